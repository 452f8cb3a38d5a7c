import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { AuditEntry } from '../domain/timeline.ts'
import { entryHash, genesis } from './audit-entry.ts'
import { auditFiles, parseEntry } from './audit-log.ts'

/** What a chain holds, and its first bad entry where it has one. */
export type ChainReport = {
  readonly file: string
  readonly entries: number
  readonly head: string
  readonly bad?: { readonly line: number; readonly seq?: number; readonly why: string }
}

/** What the record as a whole is worth: sound only when every chain is, and every effect had its intent before it. */
export type AuditReport = { readonly sound: boolean; readonly chains: readonly ChainReport[] }

/**
 * Checks a chain file or a folder of them: each line an entry, numbers without a gap, each hash right and linked to the one
 * before, and no effect without its intent. `heads` are heads that were published elsewhere: a chain that lost its end
 * no longer holds them. Names the first bad entry of each chain.
 */
export const verifyAudit = async (path: string, heads: readonly string[] = []): Promise<AuditReport> => {
  const folder = (await stat(path)).isDirectory()
  const dir = folder ? path : dirname(path)
  const names = folder ? await auditFiles(path) : [basename(path)]
  const read = await Promise.all(names.map(async (name) => verifyChain(name, await readFile(join(dir, name), 'utf8'))))
  const known = new Set(read.flatMap((chain) => chain.hashes))
  const lost = heads.filter((head) => !known.has(head))
  const intended = new Set(read.flatMap((chain) => chain.intended))
  const chains = read.map(({ report, done }) => {
    const orphan = done.find((entry) => !intended.has(writeOf(entry)))
    if (report.bad !== undefined || orphan === undefined) return report
    return { ...report, bad: { line: orphan.seq, seq: orphan.seq, why: 'an effect without its intent' } }
  })
  const missing: readonly ChainReport[] = lost.map((head) => ({
    file: '(published head)',
    entries: 0,
    head,
    bad: { line: 0, why: 'this head was published but is on no chain: entries were cut off or changed' },
  }))
  const all = [...chains, ...missing]
  return { sound: all.every((chain) => chain.bad === undefined), chains: all }
}

type Checked = {
  readonly report: ChainReport
  readonly hashes: readonly string[]
  readonly intended: readonly string[]
  readonly done: readonly AuditEntry[]
}

const verifyChain = (file: string, text: string): Checked => {
  const lines = text.split('\n')
  const torn = lines.pop()
  const hashes: string[] = []
  const intended: string[] = []
  const done: AuditEntry[] = []
  let head = { seq: 0, hash: genesis }
  const report = (bad?: ChainReport['bad']): Checked => ({
    report: { file, entries: head.seq, head: head.hash, ...(bad === undefined ? {} : { bad }) },
    hashes,
    intended,
    done,
  })
  for (const [index, line] of lines.entries()) {
    const entry = parseEntry(line)
    const why = entry === undefined ? 'not an entry' : wrong(entry, head)
    if (entry === undefined || why !== undefined)
      return report({ line: index + 1, why: why ?? 'not an entry', ...(entry === undefined ? {} : { seq: entry.seq }) })
    head = { seq: entry.seq, hash: entry.hash }
    hashes.push(entry.hash)
    if (entry.kind === 'effect.intended') intended.push(writeOf(entry))
    if (entry.kind === 'effect.done') done.push(entry)
  }
  return torn === '' ? report() : report({ line: lines.length + 1, why: 'the last line has no end' })
}

/** Which write an entry is about: a plan's, or without a plan the one to this path for this incident. */
const writeOf = ({ plan, incident, data }: AuditEntry): string =>
  plan === undefined ? JSON.stringify([incident, data?.['path']]) : plan

const wrong = (entry: AuditEntry, head: { readonly seq: number; readonly hash: string }): string | undefined => {
  if (entry.seq !== head.seq + 1) return `its number is ${entry.seq}, ${head.seq + 1} was due`
  if (entry.prev !== head.hash) return 'it does not follow the entry before it'
  try {
    return entryHash(entry) === entry.hash ? undefined : 'its hash does not match what it says'
  } catch {
    return 'it holds what has no canonical form'
  }
}
