import type { PlanRequest } from '../../domain/job.ts'
import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import type { Verdict } from '../../policy/policy.ts'

/**
 * What a model came up with, and what people were asked about before it went out of date, never happens by itself: where a
 * policy asks nobody, one of its approvers is asked.
 */
export const withAPerson = (
  request: Pick<PlanRequest, 'proposedBy' | 'askedBefore'>,
  verdict: Verdict | Refusal,
): Verdict | Refusal => {
  const asks = request.proposedBy === 'model' || request.askedBefore === true
  return !asks || isRefusal(verdict) || verdict.kind !== 'allow'
    ? verdict
    : { kind: 'needs-approval', rule: { ...verdict.rule, quorum: Math.max(1, verdict.rule.quorum) } }
}
