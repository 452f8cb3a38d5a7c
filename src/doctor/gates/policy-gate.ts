import type { KubeObject } from '../../domain/kubernetes.ts'
import type { Plan } from '../../domain/plan.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { ClusterReader } from '../../ports.ts'
import type { Doctor } from '../doctor.ts'
import { type Closed, closed } from './closed.ts'
import { askPolicy } from './gates.ts'

/** Why the policy does not let this plan be carried out now, on its object as it is now; undefined where it does. */
export const policyGate = async (
  doctor: Doctor,
  reader: Pick<ClusterReader, 'get'>,
  plan: Plan,
  object: KubeObject,
  now: number,
  signal?: AbortSignal,
): Promise<Closed | undefined> => {
  const verdict = await askPolicy(doctor, reader, plan, object, now, signal)
  if (isRefusal(verdict)) return closed('refuse', verdict.code, verdict.reason)
  if (verdict.kind === 'deny')
    return closed('refuse', verdict.code, `The policy says no now. ${verdict.reasons.join(' ')} Nothing was done.`)
  if (verdict.kind === 'observe')
    return closed(
      'refuse',
      'observe-only',
      `${verdict.reasons.join(' ')} So this is only observed now. Nothing was done.`,
    )
  if (verdict.rule.policyVersion !== plan.rule.policyVersion || verdict.rule.quorum > plan.rule.quorum)
    return closed('stale', 'policy-changed', 'The policy was changed after this was shown. Nothing was done.')
  return undefined
}
