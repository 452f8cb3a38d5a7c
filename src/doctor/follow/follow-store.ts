import type { Follow } from '../../domain/follow.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import type { Doctor } from '../doctor.ts'
import { nowText } from '../record.ts'

/** How long a followed pull request is kept, in seconds: longer than anything is followed. */
const keep = 60 * 86_400

type Link = { readonly plan: string }

/**
 * Begins to follow the pull request that a plan opened: its record, the way from its branch to it for news, and the first
 * look. Safe to repeat.
 */
export const beginFollow = async (doctor: Doctor, { plan }: PlanRecord): Promise<void> => {
  const { change } = plan
  if (change.kind !== 'pull-request') return
  const first: Follow = {
    plan: plan.id,
    repository: change.repository,
    branch: change.branch,
    phase: 'review',
    turn: 0,
    openedAt: nowText(doctor),
    note: '',
  }
  await doctor.store.put<Link>(
    'followed-branch',
    branchKey(change.repository, change.branch),
    { plan: plan.id },
    0,
    keep,
  )
  await doctor.store.put<Follow>('follow', plan.id, first, 0, keep)
  await doctor.jobs.add({ v: 1, kind: 'follow', plan: plan.id, turn: 0 }, { key: `follow-${plan.id}-0`, delay: 2_000 })
}

/** The record of a followed pull request; undefined where it is not followed. */
export const readFollow = async (doctor: Pick<Doctor, 'store'>, plan: string): Promise<Follow | undefined> =>
  (await doctor.store.get<Follow>('follow', plan))?.value

/** Keeps where it stands. Only the holder of its lock calls this. */
export const keepFollow = async (doctor: Pick<Doctor, 'store'>, follow: Follow): Promise<Follow> => {
  for (let tries = 0; tries < 5; tries += 1) {
    const stored = await doctor.store.get<Follow>('follow', follow.plan)
    if (await doctor.store.put('follow', follow.plan, follow, stored?.version ?? 0, keep)) return follow
  }
  throw new Error('what is followed could not be stored: others kept changing it')
}

/** Which plan opened the pull request from a branch; undefined where it is none of ours. */
export const planOfBranch = async (
  doctor: Pick<Doctor, 'store'>,
  repository: string,
  branch: string,
): Promise<string | undefined> =>
  (await doctor.store.get<Link>('followed-branch', branchKey(repository, branch)))?.value.plan

/** Looks again at every pull request that was on its way when a process stopped. For the start of an executor. */
export const resumeFollows = async (doctor: Doctor): Promise<number> => {
  const open = (await doctor.store.list<Follow>('follow', 500)).filter(({ value }) => value.phase !== 'ended')
  for (const { value } of open)
    await doctor.jobs.add({ v: 1, kind: 'follow', plan: value.plan }, { key: `follow-${value.plan}-news` })
  return open.length
}

const branchKey = (repository: string, branch: string): string => `${repository.toLowerCase()}#${branch}`
