import type { AfterMerge } from './after-merge.ts'
import type { BlastRadius, Change, DiffLine } from './change.ts'
import type { ClusterIdentity } from './cluster.ts'
import type { ObjectRef } from './object.ts'
import type { Principal } from './principal.ts'

/** How much a mistake would cost. It decides the quorum and the confirm dialog. */
export type Risk = 'low' | 'medium' | 'high'

/**
 * One thing that must be so of an object: a field and how its value compares. A step of the path names an entry of a list by
 * its type or name, so `status.conditions.Ready.status` is a path. Amounts compare as quantities, absent counts as 0.
 */
export type FieldExpectation =
  | { readonly path: readonly string[]; readonly is: 'present' | 'absent' }
  | {
      readonly path: readonly string[]
      readonly is: 'equal' | 'not-equal' | 'at-least' | 'at-most'
      readonly value: string | number | boolean
    }

/** How success is checked after the write: data, so that it is shown before and run after. Times in seconds. */
export type SuccessCheck =
  | { readonly kind: 'rollout-complete'; readonly target: ObjectRef; readonly within: number; readonly steady: number }
  | {
      readonly kind: 'field-equals'
      readonly target: ObjectRef
      readonly path: readonly string[]
      readonly value: unknown
      readonly within: number
    }
  | {
      /** All of `all` hold. Any of `never`, once the first of `all` holds, means that it failed for good. */
      readonly kind: 'fields-hold'
      readonly target: ObjectRef
      readonly all: readonly FieldExpectation[]
      readonly never?: readonly FieldExpectation[]
      readonly within: number
    }
  /** The object holds all these fields, whatever else the server and controllers add. */
  | {
      readonly kind: 'holds'
      readonly target: ObjectRef
      readonly fields: Readonly<Record<string, unknown>>
      readonly within: number
    }
  /** An ephemeral container ran to its end, whatever it found (`ends`), or runs. */
  | {
      readonly kind: 'container'
      readonly target: ObjectRef
      readonly container: string
      readonly ends: boolean
      readonly within: number
    }
  /** A command ran to its end and said so with exit code 0; what it said is kept where it was run. */
  | { readonly kind: 'command'; readonly target: ObjectRef; readonly within: number }
  /** Nothing runs on the node any more but what a drain leaves there. */
  | { readonly kind: 'drained'; readonly target: ObjectRef; readonly within: number }
  | {
      /** Behind the Service are ready endpoints, and all of them are pods with these labels. */
      readonly kind: 'serves'
      readonly target: ObjectRef
      readonly selector: Readonly<Record<string, string>>
      readonly within: number
    }
  | {
      /** The pod with this uid is gone, and the workload has as many ready pods as it wants, whichever template they are of. */
      readonly kind: 'replaced'
      readonly target: ObjectRef
      readonly uid: string
      readonly within: number
    }
  | { readonly kind: 'gone'; readonly target: ObjectRef; readonly uid: string; readonly within: number }
  /** All of them hold at once, and stay so for `steady` seconds. */
  | {
      readonly kind: 'all'
      readonly checks: readonly Exclude<SuccessCheck, { readonly kind: 'all' | 'pull-request-open' | 'command' }>[]
      readonly within: number
      readonly steady: number
    }
  | {
      readonly kind: 'pull-request-merged'
      readonly repository: string
      readonly number: number
      readonly within: number
    }
  /** `afterMerge`: what must hold once people merged it; absent where nothing delivers it that could be watched. */
  | {
      readonly kind: 'pull-request-open'
      readonly within: number
      readonly afterMerge?: AfterMerge & { readonly check: Exclude<SuccessCheck, { kind: 'pull-request-open' }> }
    }

/** The way back, captured before the change: an inverse action with its input, or why there is none. */
export type Undo =
  | {
      readonly kind: 'action'
      readonly action: string
      readonly target: ObjectRef
      readonly input: Readonly<Record<string, unknown>>
      readonly summary: string
    }
  | { readonly kind: 'none'; readonly reason: string }

/** Why the plan is proposed: the cause it answers, or a person's wish. */
export type PlanReason = {
  readonly summary: string
  readonly code?: string
  readonly object?: ObjectRef
  readonly evidence: readonly { readonly id: string; readonly text: string }[]
}

/** What the server said to the change in a dry run. A change that cannot be previewed says so and needs more approval. */
export type Preview =
  | {
      readonly kind: 'previewed'
      readonly diff: readonly DiffLine[]
      readonly diffHash: string
      /** For a sequence, the hash of what each step does by itself. */
      readonly steps?: readonly string[]
      readonly warnings: readonly string[]
    }
  | { readonly kind: 'not-previewed'; readonly reason: string }

/** Who decides: how many distinct approvals, from whom (Slack user and user-group ids), under which policy. */
export type ApprovalRule = {
  readonly quorum: number
  readonly approvers: readonly string[]
  readonly policyVersion: string
  readonly determining: readonly string[]
  /** Only people who are on call now may approve; present only where it is so. */
  readonly onCallOnly?: boolean
}

/**
 * A frozen, expiring proposal of exactly one change on exactly one cluster. `hash` is the SHA-256 of the canonical form of
 * everything else in it and of the exact bytes of its change; an approval is bound to that hash. Times are RFC 3339; the life is at most 30 minutes.
 */
export type Plan = {
  readonly version: 1
  /** 128 random bits in hex: the opaque value of its buttons. */
  readonly id: string
  readonly incident: string | null
  readonly cluster: string
  readonly identity: ClusterIdentity
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
  /** Its uid is empty where the plan creates it. */
  readonly target: ObjectRef & { readonly uid: string }
  readonly resourceVersion: string
  /**
   * SHA-256 of the object as shown, without what the cluster itself keeps moving: status, resourceVersion, managedFields.
   * `absent` where the plan creates it.
   */
  readonly fingerprint: string
  readonly summary: string
  readonly change: Change
  readonly preview: Preview
  readonly risk: Risk
  readonly blast: BlastRadius
  readonly success: SuccessCheck
  readonly undo: Undo
  readonly reason: PlanReason
  readonly requester: Principal
  readonly rule: ApprovalRule
  readonly attempts: readonly string[]
  readonly createdAt: string
  readonly expiresAt: string
  readonly hash: string
}
