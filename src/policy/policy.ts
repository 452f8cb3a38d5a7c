import type { BlastRadius } from '../domain/change.ts'
import type { ObjectRef } from '../domain/object.ts'
import type { ApprovalRule, Risk } from '../domain/plan.ts'
import type { Principal } from '../domain/principal.ts'
import type { RuleFinding } from '../domain/why-not.ts'

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
  /** RFC 3339; the policy's own time zone makes weekday, day and minute of it. */
  readonly at: string
  /** Whether it answers a diagnosed cause; absent: no. Only then can nobody's approval be enough. */
  readonly cause?: boolean
  /** Whether who asks is on call now; absent: not known, which counts as no. */
  readonly onCall?: boolean
  /** Ids of rules that a break-glass lifts; only those forbids that carry `@breakglass("may-lift")` are. */
  readonly lifted?: readonly string[]
}

/**
 * What the policy says. `determining` names the rules that decided; reasons are sentences for people. `observe`: not done and
 * not asked for; what would have been is said and compared with what people did.
 */
export type Verdict =
  | { readonly kind: 'allow'; readonly rule: ApprovalRule }
  | { readonly kind: 'needs-approval'; readonly rule: ApprovalRule }
  | { readonly kind: 'observe'; readonly rule: ApprovalRule; readonly reasons: readonly string[] }
  | {
      readonly kind: 'deny'
      readonly code: string
      readonly reasons: readonly string[]
      readonly determining: readonly string[]
    }

/** A loaded policy. `version` is the hash of its text, approver list and time zone: a plan is bound to it. Never throws. */
export type Policy = {
  readonly version: string
  verdict(request: PolicyRequest): Verdict
  /** Every rule, in the order of the files: what `/doctor why-not` shows. */
  explain(request: PolicyRequest): readonly RuleFinding[]
  /** The ids of the forbids that a break-glass may lift. */
  readonly liftable: readonly string[]
  /** Whether a rule looks at `context.onCall`: only then is it worth asking the pager who asks. */
  readonly asksOnCall: boolean
}
