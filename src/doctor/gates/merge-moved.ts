import type { Change } from '../../domain/change.ts'
import { notReadyToMerge } from '../../domain/pull-request.ts'
import type { Doctor } from '../doctor.ts'
import { type Closed, closed } from './closed.ts'

/** A merge is approved for one head: it must still be that one, and nothing may hold it back, seconds before it is made. */
export const mergeMoved = async (
  { git }: Pick<Doctor, 'git'>,
  change: Extract<Change, { kind: 'merge' }>,
): Promise<Closed | undefined> => {
  if (git === undefined) return closed('refuse', 'no-git', 'There is no Git host set up any more. Nothing was done.')
  const read = await git.viewChange(change.repository, change.number)
  if (read.kind !== 'ok')
    return closed('refuse', 'git-unread', `Pull request #${change.number} could not be read. Nothing was done.`)
  const { head, base, state } = read.value
  if (state !== 'open')
    return closed('refuse', 'not-open', `Pull request #${change.number} is ${state} by now. Nothing was done.`)
  if (head !== change.head || base !== change.base)
    return closed(
      'stale',
      'head-moved',
      `Pull request #${change.number} was changed after this was shown. Nothing was done.`,
    )
  const held = notReadyToMerge(read.value)
  return held === undefined
    ? undefined
    : closed('refuse', 'not-mergeable', `Pull request #${change.number} cannot be merged: ${held}. Nothing was done.`)
}
