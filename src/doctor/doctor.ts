import type { Action } from '../actions/action.ts'
import type { Agent } from '../agent/agent.ts'
import type { Analyzer } from '../analyzers/analyzer.ts'
import type { Limits } from '../config/limits.ts'
import type { Config } from '../config.ts'
import type { PlaceId } from '../domain/incident-news.ts'
import type { Runbook } from '../domain/runbook.ts'
import type { GitOps } from '../gitops/git-ops.ts'
import type { Receipts } from '../memory/receipt.ts'
import type { Opa } from '../policy/opa.ts'
import type { Policy } from '../policy/policy.ts'
import type { Mailer, Place } from '../ports/places.ts'
import type {
  AuditLog,
  Chat,
  ClusterReader,
  ClusterWriter,
  GitHost,
  HeadKeeper,
  Jobs,
  Pager,
  Pipelines,
  Store,
} from '../ports.ts'
import type { MetricsQuery, MetricsSource, WorkflowSource } from '../snapshot/view.ts'
import type { KubeconfigRow } from '../verbs/reading/kubeconfig-row.ts'

/** Time as the process knows it, replaced in tests. `sleep` ends early, with a throw, when the signal aborts. */
export type Clock = {
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** A structured log: static lower-case messages, ids as fields. Never evidence, never a secret. */
export type Log = {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The places of the write path where a process may die; a test makes one of them do so. */
export type Crashpoint = (name: string) => void

/**
 * Everything a step of a case may use, as one plain object made by main. `writers` is empty in a process that only
 * diagnoses; `readers` and `writers` are keyed by the cluster's name.
 */
export type Doctor = {
  readonly config: Config
  readonly limits: Limits
  readonly readers: ReadonlyMap<string, ClusterReader>
  readonly writers: ReadonlyMap<string, ClusterWriter>
  /** Absent where no Prometheus is set up. */
  readonly metrics?: MetricsSource
  /** The same Prometheus for one query at a time: what a model may ask. */
  readonly metricsQuery?: MetricsQuery
  /** The contexts of the kubeconfig without credentials; absent where there is none to show. */
  readonly kubeconfig?: () => readonly KubeconfigRow[]
  readonly chat: Chat
  readonly git?: GitHost
  /** Absent where no Git host is set up: then heads of the record are only posted. */
  readonly heads?: HeadKeeper
  /** Absent where no Git host is set up: then what Git owns is left to people, with words. */
  readonly gitOps?: GitOps
  /** The pipelines of the Git host, read-only; absent where nothing lets us read them. */
  readonly pipelines?: Pipelines
  /** What of them may be why a cluster is in trouble. */
  readonly workflowRuns?: WorkflowSource
  /** Absent where no pager's API is set up: then alerts come, and nothing goes back. */
  readonly pager?: Pager
  /** Absent where no model is set up: then everything works without. */
  readonly agent?: Agent
  /** Other places that are told of incidents, and where reports are mailed; absent where none is set up. */
  readonly places?: ReadonlyMap<PlaceId, Place>
  readonly mailer?: Mailer
  readonly store: Store
  readonly jobs: Jobs
  readonly audit: AuditLog
  /** Absent where receipts are not kept. */
  readonly receipts?: Receipts
  readonly policy: Policy
  /** Absent where no OPA server is set up; where there is one, it is asked as well and its failure is a no. */
  readonly opa?: Opa
  readonly analyzers: readonly Analyzer[]
  readonly runbooks: readonly Runbook[]
  readonly actions: ReadonlyMap<string, Action>
  readonly clock: Clock
  /** Fires when the process is about to stop: what only waits then goes back to the queue at once. */
  readonly leaving?: AbortSignal
  readonly log: Log
  readonly crashpoint: Crashpoint
}

/** The wall clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const done = () => {
        signal?.removeEventListener('abort', stopped)
        resolve()
      }
      const timer = setTimeout(done, ms)
      const stopped = () => {
        clearTimeout(timer)
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
      }
      if (signal?.aborted) stopped()
      else signal?.addEventListener('abort', stopped, { once: true })
    }),
}

/** The crash point of every process that is not a crash test: nothing happens. */
export const noCrash: Crashpoint = () => {}
