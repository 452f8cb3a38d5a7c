import type { DeployedFrom } from './deployment.ts'
import type { PlaceId } from './incident-news.ts'
import type { ObjectRef } from './object.ts'
import type { PagerNews } from './pager.ts'
import type { Principal } from './principal.ts'

/** Where an answer goes: a channel, maybe a thread, and for private answers to a command its response URL. */
export type ReplyTo = {
  readonly channel: string
  readonly thread?: string
  readonly user: string
  readonly responseUrl?: string
}

/** What a plan is asked for: by a runbook for a cause, by a person with a verb, or as the way back of another plan. */
export type PlanRequest = {
  readonly cluster: string
  readonly action: string
  readonly target: ObjectRef
  readonly input: Readonly<Record<string, unknown>>
  readonly requester: Principal
  readonly reason: {
    readonly summary: string
    readonly code?: string
    readonly object?: ObjectRef
    readonly evidence: readonly { readonly id: string; readonly text: string }[]
  }
  readonly incident?: string
  readonly replyTo?: ReplyTo
  /** A language model came up with it: a person has to approve it, whatever a policy lets happen by itself. */
  readonly proposedBy?: 'model' | undefined
  /** Set where people were asked about the same before and it has to be planned afresh: it is never done by itself then. */
  readonly askedBefore?: boolean | undefined
}

/**
 * One unit of queued work. Plain data with a version: an older job that no longer parses is put aside, never guessed at.
 * investigate, answer and report run in a worker; plan, execute and follow in the executor, which holds the write
 * credentials and those of the Git host.
 */
export type Job =
  /** `again`: looked into unasked, since no cause showed before; nothing is said where none shows now. */
  | { readonly v: 1; readonly kind: 'investigate'; readonly incident: string; readonly again?: boolean | undefined }
  | {
      readonly v: 1
      readonly kind: 'answer'
      readonly text: string
      readonly user: Principal
      readonly replyTo: ReplyTo
      readonly inThread?: string
    }
  /** Asks the model: what a person wants to know, or without a question what the analyzers could not explain. */
  | {
      readonly v: 1
      readonly kind: 'consult'
      /** Names this asking, so that trying it again edits the same message. */
      readonly id: string
      readonly cluster: string
      readonly namespace?: string | undefined
      readonly incident?: string | undefined
      readonly question?: string | undefined
      readonly user?: Principal | undefined
      readonly replyTo?: ReplyTo | undefined
    }
  | { readonly v: 1; readonly kind: 'report'; readonly cluster?: string; readonly replyTo?: ReplyTo }
  | { readonly v: 1; readonly kind: 'plan'; readonly request: PlanRequest }
  | { readonly v: 1; readonly kind: 'execute'; readonly plan: string }
  | { readonly v: 1; readonly kind: 'expire'; readonly plan: string }
  | { readonly v: 1; readonly kind: 'announce'; readonly incident: string }
  /** Tells the pager what waits to be told about an incident. */
  | { readonly v: 1; readonly kind: 'page'; readonly incident: string }
  /** Says in an incident's thread what happened to it at the pager. `id` is the delivery's: it is said once. */
  | { readonly v: 1; readonly kind: 'relay'; readonly incident: string; readonly id: string; readonly news: PagerNews }
  /** Ends an incident that came and went, once it has been quiet since `since`. */
  | { readonly v: 1; readonly kind: 'settle'; readonly incident: string; readonly since: string }
  /** Tells another place how an incident stands. */
  | { readonly v: 1; readonly kind: 'elsewhere'; readonly incident: string; readonly place: PlaceId }
  /** Mails what is kept under this id. */
  | { readonly v: 1; readonly kind: 'mail'; readonly id: string }
  /** Brings the issue of a trouble on the Git host to what is known now. */
  | { readonly v: 1; readonly kind: 'issue'; readonly fingerprint: string }
  /** Looks for workloads that were brought to another revision, and for those that carry the commit of a deployment. */
  | {
      readonly v: 1
      readonly kind: 'rollouts'
      readonly news?: DeployedFrom | undefined
      readonly tries?: number | undefined
    }
  /** Looks how a rollout went, against before. */
  | { readonly v: 1; readonly kind: 'deployed'; readonly check: string; readonly turn: number }
  /** Looks after a pull request that was opened. `turn` absent: there is news, so look now. */
  | { readonly v: 1; readonly kind: 'follow'; readonly plan: string; readonly turn?: number | undefined }

/** The queues, by who works them. */
export type QueueName = 'work' | 'answer' | 'announce' | 'effect' | 'report' | 'model'

/**
 * Which queue a job belongs to: effects never share a queue with reading, and a person who asked never waits behind
 * diagnoses or behind a channel that takes one message a second.
 */
export const queueOf = (job: Job): QueueName => {
  switch (job.kind) {
    case 'investigate':
    case 'rollouts':
    case 'deployed':
      return 'work'
    case 'answer':
      return 'answer'
    case 'announce':
    case 'page':
    case 'relay':
    case 'settle':
    case 'elsewhere':
    case 'mail':
      return 'announce'
    case 'report':
      return 'report'
    case 'consult':
      return 'model'
    case 'plan':
    case 'execute':
    case 'expire':
    case 'follow':
    case 'issue':
      return 'effect'
  }
}
