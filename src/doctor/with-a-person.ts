import type { PlanRequest } from '../domain/job.ts'
import { isRefusal, type Refusal } from '../domain/refusal.ts'
import type { Verdict } from '../policy/policy.ts'

/** What a model came up with never happens by itself: where a policy asks nobody, one of its approvers is asked. */
export const withAPerson = (request: Pick<PlanRequest, 'proposedBy'>, verdict: Verdict | Refusal): Verdict | Refusal =>
  request.proposedBy !== 'model' || isRefusal(verdict) || verdict.kind !== 'allow'
    ? verdict
    : { kind: 'needs-approval', rule: { ...verdict.rule, quorum: Math.max(1, verdict.rule.quorum) } }
