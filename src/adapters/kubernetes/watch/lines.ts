import type { Readable } from 'node:stream'

/** An object with its bookkeeping is at most about 3 MB in etcd; what is longer is no line of a watch. */
const longest = 8_000_000

/**
 * Hands over each whole line of a stream as it comes, and resolves when the stream has ended; a rest without its line end is
 * dropped, for it was cut off. Rejects where the stream breaks or a line is longer than 8 MB. A throw of `take` ends it.
 */
export const eachLine = async (stream: Readable, take: (line: Buffer) => void): Promise<void> => {
  const begun: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      const rest = chunk.subarray(from, end)
      const line = begun.length === 0 ? rest : Buffer.concat([...begun.splice(0), rest])
      size = 0
      from = end + 1
      if (line.length > 0) take(line)
    }
    if (from === chunk.length) continue
    begun.push(chunk.subarray(from))
    size += chunk.length - from
    if (size > longest) throw new Error('a line of the watch is too long')
  }
}
