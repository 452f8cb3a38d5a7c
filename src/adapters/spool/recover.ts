import { open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { linesOf } from './lines.ts'

/** Told of what a journal could not keep: a torn end, a line whose checksum is wrong. It was never acknowledged, or is damaged. */
export type Lost = (why: string, bytes: number) => void

/** What a process left behind: up to where its lines are done, and how many are not. */
export type Left = { readonly id: string; readonly size: number; readonly done: number; readonly waiting: number }

/** How an unfinished end is called when it is told of. */
export const torn = 'a torn last line'

/**
 * Looks through a journal. An end that a crash tore was never acknowledged: it is told of, put into `path.torn`, and cut off.
 * A file without a whole first line holds nothing and is removed.
 */
export const recover = async (path: string, lost: Lost): Promise<Left | undefined> => {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    const [header] = await linesOf(handle, 0, size)
    if (header === undefined || !/^[0-9a-f]{16}$/.test(header.text)) {
      lost(header === undefined ? torn : 'a file that is no journal', size)
      if (header === undefined) await rm(path, { force: true })
      else await writeFile(`${path}.torn`, await readFile(path), { mode: 0o600 }).then(() => rm(path, { force: true }))
      return undefined
    }
    const done = Math.max(header.end, await markOf(path, header.text))
    let waiting = 0
    let end = header.end
    for (let lines = await linesOf(handle, end, size); lines.length > 0; lines = await linesOf(handle, end, size)) {
      waiting += lines.filter((line) => line.end > done).length
      end = lines.at(-1)?.end ?? end
    }
    if (end < size) {
      const rest = Buffer.alloc(Math.min(size - end, 4 * 1024 * 1024))
      await handle.read(rest, 0, rest.length, end)
      await writeFile(`${path}.torn`, rest, { flag: 'a', mode: 0o600 })
      await truncate(path, end)
      lost(torn, size - end)
    }
    return { id: header.text, size: end, done: Math.min(done, end), waiting }
  } finally {
    await handle.close()
  }
}

const markOf = async (path: string, id: string): Promise<number> => {
  const text = await readFile(`${path}.done`, 'utf8').catch(() => '')
  const [of, at] = text.trim().split(' ')
  const offset = Number(at)
  return of === id && Number.isSafeInteger(offset) ? offset : 0
}
