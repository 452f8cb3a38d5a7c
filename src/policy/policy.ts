import type { BlastRadius } from '../domain/change.ts'
import type { ObjectRef } from '../domain/object.ts'
import type { ApprovalRule, Risk } from '../domain/plan.ts'
import type { Principal } from '../domain/principal.ts'

/** All that a policy may look at. Plain data, so that a verdict can be asked again later and be the same. */
export type PolicyRequest = {
  readonly cluster: string
  readonly action: string
  readonly target: ObjectRef
  readonly labels: Readonly<Record<string, string>>
  readonly namespaceLabels: Readonly<Record<string, string>>
  readonly risk: Risk
  readonly requester: Principal
  readonly blast: Pick<BlastRadius, 'pods' | 'workloads' | 'services'>
  /** Whether the server's dry run was seen. What could not be previewed needs more approval. */
  readonly previewed: boolean
  readonly frozen: boolean
  /** RFC 3339 and the time zone that windows are written in. */
  readonly at: string
}

/** What the policy says. `determining` names the rules that decided; reasons are sentences for people. */
export type Verdict =
  | { readonly kind: 'allow'; readonly rule: ApprovalRule }
  | { readonly kind: 'needs-approval'; readonly rule: ApprovalRule }
  | {
      readonly kind: 'deny'
      readonly code: string
      readonly reasons: readonly string[]
      readonly determining: readonly string[]
    }

/** A loaded policy. `version` is the hash of its text and of the approver list: a plan is bound to it. Never throws. */
export type Policy = {
  readonly version: string
  verdict(request: PolicyRequest): Verdict
}
