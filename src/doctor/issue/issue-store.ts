import type { IssueRecord } from '../../domain/issue.ts'
import type { Doctor } from '../doctor.ts'

/** How long it is remembered which issue goes with which trouble, in seconds. */
const keep = 180 * 86_400

type Keeper = Pick<Doctor, 'store'>

/** The record of the issue of a fingerprint; undefined where nothing was ever filed or asked. */
export const readIssue = async (doctor: Keeper, fingerprint: string): Promise<IssueRecord | undefined> =>
  (await doctor.store.get<IssueRecord>('issue', fingerprint))?.value

/** Changes the record by compare-and-swap; `change` sees the latest and may leave it by returning undefined. */
export const changeIssue = async (
  doctor: Keeper,
  fingerprint: string,
  change: (known: IssueRecord | undefined) => IssueRecord | undefined,
): Promise<IssueRecord | undefined> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await doctor.store.get<IssueRecord>('issue', fingerprint)
    const next = change(stored?.value)
    if (next === undefined) return stored?.value
    if (await doctor.store.put('issue', fingerprint, next, stored?.version ?? 0, keep)) return next
  }
  throw new Error('the issue could not be stored: others kept changing it')
}

/** Remembers whose issue a number is, for news of it. */
export const linkIssue = async (doctor: Keeper, { repository, number, fingerprint }: IssueRecord): Promise<void> => {
  if (number === undefined) return
  await doctor.store.put('issue-number', numberKey(repository, number), { fingerprint }, 0, keep)
}

/** The fingerprint of the issue with a number; undefined where it is none that we know. */
export const fingerprintOf = async (doctor: Keeper, repository: string, number: number): Promise<string | undefined> =>
  (await doctor.store.get<{ readonly fingerprint: string }>('issue-number', numberKey(repository, number)))?.value
    .fingerprint

const numberKey = (repository: string, number: number): string => `${repository.toLowerCase()}#${number}`
