import type { ObjectRef } from './object.ts'

/**
 * One HTTP request to an API server, exact to the byte: what the writing client pins. `path` is canonical, `query` sorted.
 * The one GET is the handshake that runs a command in a container.
 */
export type WriteRequest = {
  readonly method: 'PATCH' | 'POST' | 'PUT' | 'DELETE' | 'GET'
  readonly path: string
  readonly query: readonly (readonly [string, string])[]
  readonly contentType: string
  readonly body: string
}

/** An edit of one file in a Git repository: the whole text before and after. */
export type FileEdit = { readonly path: string; readonly before: string; readonly after: string }

/**
 * One step of a sequence: one request about one object, how long (seconds) it may wait for its turn and for its end, and
 * what must be so before the next step is begun.
 */
export type SequenceStep = {
  readonly request: WriteRequest
  readonly target: ObjectRef & { readonly uid: string }
  /** The object's fingerprint as shown; null where the uid in the request says enough. */
  readonly fingerprint: string | null
  readonly until:
    | { readonly kind: 'gone' }
    | { readonly kind: 'holds'; readonly fields: Readonly<Record<string, unknown>> }
    /** The pod is gone, and its workload has as many ready pods as it wants. */
    | { readonly kind: 'replaced'; readonly workload: ObjectRef }
  readonly within: number
  readonly summary: string
}

/**
 * What a plan does to the world: exactly one request to one API server, exactly one pull request, its merge, or a sequence of requests,
 * each with its own intent and its own check before the next (decision 0009).
 */
export type Change =
  | { readonly kind: 'cluster-write'; readonly request: WriteRequest }
  | { readonly kind: 'sequence'; readonly steps: readonly SequenceStep[] }
  | {
      readonly kind: 'pull-request'
      readonly repository: string
      readonly base: string
      readonly baseSha: string
      readonly branch: string
      readonly title: string
      readonly body: string
      readonly edits: readonly FileEdit[]
      readonly labels?: readonly string[]
      /** Logins and `org/team`s who are asked for a review. */
      readonly reviewers?: readonly string[]
    }
  /** The merge of a pull request of ours, of exactly this head: of another one the Git host refuses it. */
  | {
      readonly kind: 'merge'
      readonly repository: string
      readonly number: number
      readonly branch: string
      readonly base: string
      readonly head: string
      readonly method: 'merge' | 'squash' | 'rebase'
    }

/** What a change can hurt: counted from the view, for people and for policy. */
export type BlastRadius = {
  readonly pods: number
  readonly workloads: number
  readonly services: number
  readonly objects: readonly ObjectRef[]
  /** Plain words a person must know: `no PodDisruptionBudget`, `an HPA scales this`. */
  readonly notes: readonly string[]
}

/** One line of what the server's dry run would change. */
export type DiffLine = { readonly op: ' ' | '-' | '+'; readonly text: string }
