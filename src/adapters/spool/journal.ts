import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rm, truncate } from 'node:fs/promises'
import { dirname } from 'node:path'
import { linesOf } from './lines.ts'
import { type Lost, recover, torn } from './recover.ts'

/** One line of a journal, and where the next begins. */
export type Line = { readonly text: string; readonly end: number }

/** Lines on disk that are done one after the other. */
export type Journal = {
  /** Resolves once the line is on disk (fdatasync). Throws when it cannot be: then nothing of it is left in the file. */
  append(text: string): Promise<void>
  /** The oldest lines that are not done, the same ones each time, at most `most`. Damaged lines are told of and left out. */
  next(most: number): Promise<readonly Line[]>
  /** These oldest lines will not come again, also after a crash. When the last one is done the file is removed. */
  done(lines: readonly Line[]): Promise<void>
  /** How many lines are not done, those included that are just being written. */
  waiting(): number
  /** Bytes on disk. */
  size(): number
  close(): Promise<void>
}

type Files = { readonly id: string; readonly lines: FileHandle; readonly mark: FileHandle }
type Waiting = { readonly bytes: Buffer; readonly resolve: () => void; readonly reject: (error: unknown) => void }

/** The checksum that begins each line. */
export const checksum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

/**
 * Opens the journal at `path`; what a process that died left there goes on where it was. `path.done` holds how far it is, under
 * the journal's own id, so that an old mark never hides the lines of a new file.
 */
export const openJournal = async (path: string, lost: Lost): Promise<Journal> => {
  const left = await recover(path, lost)
  let files: Files | undefined = left === undefined ? undefined : await opened(path, left.id)
  let size = left?.size ?? 0
  let done = left?.done ?? 0
  let waiting = left?.waiting ?? 0
  let ahead: Line[] = []
  let unwritten: Waiting[] = []
  let broken: Error | undefined
  let last: Promise<unknown> = Promise.resolve()
  // Writing and removing take turns: a file is never removed under what is being written.
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work)
    last = result.catch(() => undefined)
    return result
  }

  const flush = async (): Promise<void> => {
    const batch = unwritten
    unwritten = []
    if (batch.length === 0) return
    try {
      if (broken !== undefined) throw broken
      files ??= await begun(path)
      if (size === 0) size = (await files.lines.stat()).size
      if (done === 0) done = size
      const bytes = Buffer.concat(batch.map((one) => one.bytes))
      await write(files.lines, path, bytes, size)
      size += bytes.length
      for (const one of batch) one.resolve()
    } catch (error) {
      if (error instanceof NotTakenBack) broken = error
      waiting -= batch.length
      for (const one of batch) one.reject(error)
    }
  }

  const removeWhenDone = async (): Promise<void> => {
    if (waiting > 0 || files === undefined) return
    await Promise.all([files.lines.close(), files.mark.close()])
    files = undefined
    size = 0
    done = 0
    ahead = []
    await rm(path, { force: true })
    await rm(`${path}.done`, { force: true })
  }

  const readAhead = async (): Promise<void> => {
    while (ahead.length === 0 && files !== undefined && done < size) {
      const found = await linesOf(files.lines, done, size)
      if (found.length === 0) {
        lost('a line without an end', size - done)
        waiting = 0
        done = size
      }
      for (const line of found) {
        const text = line.text.slice(17)
        if (line.text.slice(0, 16) === checksum(text)) ahead.push({ text, end: line.end })
        else {
          lost('a damaged line', line.text.length)
          waiting -= 1
          if (ahead.length === 0) done = line.end
        }
      }
    }
    if (waiting === 0) await inTurn(removeWhenDone)
  }

  return {
    append: (text) =>
      new Promise((resolve, reject) => {
        waiting += 1
        unwritten.push({ bytes: Buffer.from(`${checksum(text)} ${text}\n`), resolve, reject })
        if (unwritten.length === 1) void inTurn(flush)
      }),
    next: async (most) => {
      if (ahead.length === 0) await readAhead()
      return ahead.slice(0, most)
    },
    done: async (lines) => {
      const last = lines.at(-1)
      if (last === undefined) return
      if (files === undefined || lines.some((line, index) => ahead[index] !== line))
        throw new Error('only the oldest lines can be done')
      await files.mark.write(Buffer.from(`${files.id} ${String(last.end).padStart(16, '0')}\n`), 0, undefined, 0)
      ahead = ahead.slice(lines.length)
      done = last.end
      waiting -= lines.length
      if (waiting === 0) await inTurn(removeWhenDone)
    },
    waiting: () => waiting,
    size: () => size,
    close: async () => {
      broken ??= new Error('the journal is closed')
      await inTurn(flush)
      await Promise.all([files?.lines.close(), files?.mark.close()])
      files = undefined
    },
  }
}

const opened = async (path: string, id: string): Promise<Files> => ({
  id,
  lines: await open(path, 'a+', 0o600),
  mark: await open(`${path}.done`, 'a+', 0o600).then(async (handle) => {
    // Appending handles write at the end whatever they are told.
    await handle.close()
    return open(`${path}.done`, 'r+', 0o600)
  }),
})

/** A new file with an id of its own, whose name is on disk as well. */
const begun = async (path: string): Promise<Files> => {
  const id = randomBytes(8).toString('hex')
  const lines = await open(path, 'ax', 0o600)
  await lines.appendFile(`${id}\n`)
  await lines.sync()
  await lines.close()
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
  return opened(path, id)
}

/** The file holds bytes that were not acknowledged and could not be taken back: nothing more may be appended to it. */
class NotTakenBack extends Error {}

const write = async (handle: FileHandle, path: string, bytes: Buffer, size: number): Promise<void> => {
  try {
    await handle.appendFile(bytes)
    await handle.datasync()
  } catch (cause) {
    await truncate(path, size).catch((error: unknown) => {
      throw new NotTakenBack(`${torn} could not be taken back`, { cause: error })
    })
    throw cause
  }
}
