import { deliveryText } from '../../domain/delivered-by.ts'
import { refText } from '../../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { undoEdit } from '../../gitops/undo-edit.ts'
import type { Doctor } from '../doctor.ts'
import { readFollow } from '../follow/follow-store.ts'
import { readPlan } from './plan-store.ts'

/**
 * The input of open-pull-request that takes a merged pull request of ours back: the same files, with just its own lines as
 * they were, on top of what the base is now. Refuses where those lines were changed again since.
 */
export const revertInput = async (doctor: Doctor, id: string): Promise<Readonly<Record<string, unknown>> | Refusal> => {
  const record = await readPlan(doctor, id)
  if (isRefusal(record)) return record
  const { plan } = record
  const { change } = plan
  const { git } = doctor
  const number = (await readFollow(doctor, id))?.pull?.number ?? record.life.after ?? '?'
  if (change.kind !== 'pull-request') return refused('nothing-to-revert', 'That plan opened no pull request.')
  if (git === undefined) return refused('no-git', 'There is no Git host set up.')
  const head = await git.headOf(change.repository, change.base)
  if (head.kind !== 'ok')
    return refused('git-unread', `Branch ${change.base} of ${change.repository} could not be read.`)
  const edits: { path: string; before: string; after: string }[] = []
  for (const edit of change.edits) {
    const now = await git.readFile(change.repository, edit.path, head.value)
    if (now.kind !== 'ok') return refused('git-unread', `${edit.path} of ${change.repository} could not be read.`)
    const after = undoEdit(edit, now.value.text)
    if (isRefusal(after)) return after
    edits.push({ path: edit.path, before: now.value.text, after })
  }
  const owner = plan.success.kind === 'pull-request-open' ? plan.success.afterMerge?.owner : undefined
  return {
    repository: change.repository,
    base: change.base,
    baseSha: head.value,
    title: `Revert pull request ${number}: ${plan.summary}`.slice(0, 120),
    body: [
      '## Why',
      `Pull request ${number} was merged and ${refText(plan.target)} is not well since.`,
      '',
      '## What changes',
      ...change.edits.map(({ path }) => `- \`${path}\`: its lines as they were before`),
      '',
      '## Test plan',
      `- [ ] ${owner === undefined ? 'The delivery' : deliveryText(owner)} is Synced after the merge`,
      `- [ ] ${refText(plan.target)} is at least as well as before pull request ${number}`,
      '',
      '## Rollback',
      `Revert this pull request on \`${change.base}\`.`,
      '',
      'Risk: low.',
    ].join('\n'),
    edits,
  }
}
