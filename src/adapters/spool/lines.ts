import type { FileHandle } from 'node:fs/promises'

/** No line is longer: a body of 256 KB whose every byte is escaped, and what stands around it. */
export const longestLine = 2 * 1024 * 1024

/** A line as it stands, and where the next begins. */
export type RawLine = { readonly text: string; readonly end: number }

/** The whole lines from `from` on, as many as fit in 2 MB; empty where no line ends before `to`, or within that. */
export const linesOf = async (handle: FileHandle, from: number, to: number): Promise<readonly RawLine[]> => {
  const buffer = Buffer.alloc(Math.min(longestLine, to - from))
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, from)
  const lines: RawLine[] = []
  let start = 0
  for (let at = buffer.indexOf(0x0a); at >= 0 && at < bytesRead; at = buffer.indexOf(0x0a, start)) {
    lines.push({ text: buffer.toString('utf8', start, at), end: from + at + 1 })
    start = at + 1
  }
  return lines
}
