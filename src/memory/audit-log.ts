import { type FileHandle, mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditEntry, TimelineEvent } from '../domain/timeline.ts'
import type { AuditLog, RecordFilter } from '../ports.ts'
import { genesis, nextEntry } from './audit-entry.ts'
import { claimFile } from './claim-file.ts'

type Head = { readonly seq: number; readonly hash: string }

/** An audit log that is closed when its process ends. `file` is the path of this process' chain. */
export type OpenAuditLog = AuditLog & { readonly file: string; close(): Promise<void> }

/** Appends bytes and returns once they are on the disk. Tests give one that runs full. */
export type Disk = (handle: FileHandle, bytes: Buffer) => Promise<void>

const toDisk: Disk = async (handle, bytes) => {
  await handle.appendFile(bytes)
  await handle.datasync()
}

/**
 * The record on disk: `DIR/NAME.jsonl`, one chain for each writing process (`NAME-2.jsonl` while another holds the first), so
 * no two ever share a chain. `append` resolves once the entry is on disk (fdatasync) and throws when it cannot be: then
 * nothing of it is left in the file. A last line that a crash tore is moved to `*.torn` and the chain goes on before it.
 */
export const openAuditLog = async (dir: string, name = 'doctor', disk: Disk = toDisk): Promise<OpenAuditLog> => {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const claim = await claimFile(dir, name)
  const file = join(dir, `${claim.name}.jsonl`)
  let { head, size, first } = await recover(file)
  const handle: FileHandle = await open(file, 'a', 0o600)
  let waiting: Waiting[] = []
  let busy = false
  let writing: Promise<void> = Promise.resolve()
  let broken: Error | undefined

  // `busy` falls in the same tick in which nothing waits any more, so no append can be left between two flushes.
  const flush = async (): Promise<void> => {
    busy = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const entries = chain(batch, head)
        const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
        await writeAll(disk, handle, file, bytes, size)
        size += bytes.length
        head = entries.at(-1) ?? head
        first ??= entries[0]?.hash
        batch.forEach((one, index) => {
          one.resolve(entries[index] as AuditEntry)
        })
      } catch (cause) {
        const error = new Error('the record could not be written', { cause })
        if (cause instanceof NotRestored) broken = error
        for (const one of batch) one.reject(error)
      }
    }
    busy = false
  }

  return {
    file,
    append: (event) =>
      new Promise((resolve, reject) => {
        if (broken !== undefined) return reject(broken)
        waiting.push({ event, resolve, reject })
        if (!busy) writing = flush()
      }),
    read: (filter) => readEntries(dir, filter),
    // Processes elsewhere may have a chain of the same name; none has its first entry.
    head: () => ({ seq: head.seq, hash: head.hash, chain: `${claim.name}-${(first ?? head.hash).slice(0, 8)}` }),
    close: async () => {
      broken ??= new Error('the record is closed')
      await writing
      await handle.close()
      await claim.release()
    },
  }
}

type Waiting = {
  readonly event: TimelineEvent
  readonly resolve: (entry: AuditEntry) => void
  readonly reject: (error: Error) => void
}

const chain = (batch: readonly Waiting[], head: Head): readonly AuditEntry[] => {
  const entries: AuditEntry[] = []
  for (const { event } of batch) entries.push(nextEntry(event, entries.at(-1) ?? head))
  return entries
}

/** The file holds bytes that were not acknowledged and could not be taken back: nothing more may be appended to it. */
class NotRestored extends Error {}

const writeAll = async (disk: Disk, handle: FileHandle, file: string, bytes: Buffer, size: number): Promise<void> => {
  try {
    await disk(handle, bytes)
  } catch (cause) {
    // Half a line would break the chain for the next entry: take back what was not acknowledged.
    await truncate(file, size).catch((error: unknown) => {
      throw new NotRestored('the half-written entry could not be taken back', { cause: error })
    })
    throw cause
  }
}

/** The head of an existing chain; a torn last line is put aside first. */
const recover = async (file: string): Promise<{ head: Head; size: number; first: string | undefined }> => {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  const end = bytes.lastIndexOf(0x0a) + 1
  if (end < bytes.length) {
    await writeFile(`${file}.torn`, bytes.subarray(end), { flag: 'a', mode: 0o600 })
    await truncate(file, end)
  }
  const lines = bytes.subarray(0, end).toString('utf8').split('\n')
  const last = lines.at(-2)
  if (last === undefined || last === '') return { head: { seq: 0, hash: genesis }, size: end, first: undefined }
  const entry = parseEntry(last)
  if (entry === undefined) throw new Error(`the last entry of ${file} is not one; run doctor audit verify`)
  const first = parseEntry(lines[0] ?? '')?.hash
  return { head: { seq: entry.seq, hash: entry.hash }, size: end, first }
}

/** An entry of one line of the record, or undefined where it is not one. */
export const parseEntry = (line: string): AuditEntry | undefined => {
  try {
    const entry = JSON.parse(line) as Partial<AuditEntry> | null
    const whole = typeof entry?.seq === 'number' && typeof entry.hash === 'string' && typeof entry.prev === 'string'
    return whole && typeof entry.kind === 'string' && typeof entry.at === 'string' ? (entry as AuditEntry) : undefined
  } catch {
    return undefined
  }
}

/** The chains of a record folder, sorted by name. */
export const auditFiles = async (dir: string): Promise<readonly string[]> =>
  (await readdir(dir)).filter((name) => name.endsWith('.jsonl')).sort()

/** Entries of a record on disk, a folder of chains or one file, without opening it for writing; in the order of their time. */
export const readRecord = async (path: string, filter: RecordFilter): Promise<readonly AuditEntry[]> =>
  (await stat(path)).isDirectory() ? readEntries(path, filter) : sorted(entriesIn(await readFile(path, 'utf8'), filter))

/** Entries of all chains of the folder that the filter asks for, in the order of their time. */
const readEntries = async (dir: string, filter: RecordFilter): Promise<readonly AuditEntry[]> => {
  const found: AuditEntry[] = []
  for (const name of await auditFiles(dir))
    for (const entry of entriesIn(await readFile(join(dir, name), 'utf8'), filter)) found.push(entry)
  return sorted(found)
}

const entriesIn = (text: string, filter: RecordFilter): readonly AuditEntry[] => {
  const { kinds } = filter
  const wanted = kinds ?? [filter.plan ?? filter.incident ?? '']
  return text.split('\n').flatMap((line) => {
    if (!wanted.some((part) => line.includes(part))) return []
    const entry = parseEntry(line)
    if (entry === undefined) return []
    if (filter.incident !== undefined && entry.incident !== filter.incident) return []
    if (filter.plan !== undefined && entry.plan !== filter.plan) return []
    return kinds === undefined || kinds.includes(entry.kind) ? [entry] : []
  })
}

const sorted = (entries: readonly AuditEntry[]): readonly AuditEntry[] =>
  entries.toSorted((a, b) => (a.at === b.at ? a.seq - b.seq : a.at < b.at ? -1 : 1))
