import { sha256 } from '../../domain/canonical.ts'
import type { ClusterIdentity } from '../../domain/cluster.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { atStep, type PlanOfOne, stepNow, stepsOf } from '../../domain/plan-steps.ts'
import type { AuditEntry } from '../../domain/timeline.ts'
import { issuePermit } from '../../policy/permit.ts'
import type { ClusterWriter, GitHost } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'
import { about } from '../plans/show-plan.ts'
import { nowText } from '../record.ts'
import { keepOutput } from './command-output.ts'

/** How an effect ended, whichever host it was made on. `after`: resourceVersion or number of the pull request. */
export type EffectResult =
  | { readonly kind: 'done'; readonly after: string | null; readonly detail: string }
  | { readonly kind: 'rejected'; readonly code: string; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Puts the intent on the record, on disk, and returns the entry. Before it nothing is armed; without it nothing ever is: a
 * record that cannot be written throws here.
 */
export const recordIntent = async (
  doctor: Doctor,
  record: PlanRecord,
  identity: ClusterIdentity,
  token: number,
): Promise<AuditEntry> => {
  const { life } = record
  const plan = atStep(record.plan, stepNow(life))
  const steps = stepsOf(record.plan).length
  return doctor.audit.append({
    kind: 'effect.intended',
    at: nowText(doctor),
    ...about(record),
    actor: 'doctor',
    data: {
      ...intentOf(plan.change),
      ...(steps === 0 ? {} : { step: stepNow(life), steps }),
      token,
      approvals: life.approvals,
      identity: identity.signals,
    },
  })
}

/** The one place where an effect leaves: of a plan that is armed and whose intent is on the record, under a permit from before it. */
export const makeEffect = async (
  doctor: Doctor,
  writer: ClusterWriter,
  armed: PlanRecord,
  identity: ClusterIdentity,
  since: number,
): Promise<EffectResult> => {
  const plan = atStep(armed.plan, stepNow(armed.life))
  const permit = issuePermit(plan, identity, armed.intentSeq, since)
  if (plan.change.kind === 'cluster-write') {
    const result = await writer.write(permit)
    if (result.kind === 'done' && result.said !== undefined) await keepOutput(doctor, plan.id, result.said)
    if (result.kind === 'done')
      return { kind: 'done', after: result.object?.metadata.resourceVersion ?? null, detail: `status ${result.status}` }
    if (result.kind === 'unknown') return { kind: 'unknown', reason: result.message }
    return { kind: 'rejected', code: result.reason || String(result.status), reason: result.message }
  }
  if (doctor.git === undefined)
    return { kind: 'rejected', code: 'no-git', reason: 'there is no Git host set up any more' }
  if (plan.change.kind === 'merge') return merged(await doctor.git.mergeChange(permit), plan.change.number)
  const result = await doctor.git.openChange(permit)
  if (result.kind === 'done') return { kind: 'done', after: String(result.number), detail: result.url }
  return result.kind === 'unknown'
    ? { kind: 'unknown', reason: result.message }
    : { kind: 'rejected', code: 'git-refused', reason: result.message }
}

const merged = (result: Awaited<ReturnType<GitHost['mergeChange']>>, number: number): EffectResult => {
  if (result.kind === 'done') return { kind: 'done', after: String(number), detail: `merged as ${result.commit}` }
  return result.kind === 'unknown'
    ? { kind: 'unknown', reason: result.message }
    : { kind: 'rejected', code: 'git-refused', reason: result.message }
}

/** What the record says about a request before it leaves: method, path and body hash, never the body. */
const intentOf = (change: PlanOfOne['change']) => {
  switch (change.kind) {
    case 'cluster-write':
      return {
        method: change.request.method,
        path: change.request.path,
        query: change.request.query,
        contentType: change.request.contentType,
        bodyHash: sha256(change.request.body),
      }
    case 'pull-request':
      return {
        method: 'POST',
        path: `/repos/${change.repository}/pulls`,
        branch: change.branch,
        base: change.base,
        baseSha: change.baseSha,
        files: change.edits.map((edit) => edit.path),
        bodyHash: sha256(JSON.stringify(change.edits.map((edit) => [edit.path, edit.after]))),
      }
    case 'merge': {
      const { repository, number, branch, base, head: sha, method } = change
      const path = `/repos/${repository}/pulls/${number}/merge`
      return { method: 'PUT', path, branch, base, sha, bodyHash: sha256(JSON.stringify({ sha, merge_method: method })) }
    }
  }
}
