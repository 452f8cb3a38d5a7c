import type { PullRequestNews } from '../../domain/pull-request.ts'
import type { Doctor } from '../doctor.ts'
import { planOfBranch } from './follow-store.ts'

/** Takes in news of a pull request. True where it is one of ours; then a look at it is stored in the queue. */
export type HearOfChange = (news: PullRequestNews) => Promise<boolean>

/**
 * News only says that it is time to look: what became of the pull request is read from the Git host by whoever works the
 * job, so nothing that a webhook claims is believed.
 */
export const hearOfChange =
  (doctor: Pick<Doctor, 'store' | 'jobs'>): HearOfChange =>
  async ({ repository, branch }) => {
    const plan = await planOfBranch(doctor, repository, branch)
    if (plan === undefined) return false
    await doctor.jobs.add({ v: 1, kind: 'follow', plan }, { key: `follow-${plan}-news` })
    return true
  }
