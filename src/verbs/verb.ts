import type { CaseStory } from '../domain/case-story.ts'
import type { Read } from '../domain/coverage.ts'
import type { Answer, Document } from '../domain/document.ts'
import type { HygieneReport } from '../domain/hygiene.ts'
import type { Incident } from '../domain/incident.ts'
import type { IncidentWish } from '../domain/incident-wish.ts'
import type { PlanRequest } from '../domain/job.ts'
import type { PatternReport } from '../domain/log-patterns.ts'
import type { MaintenanceWindow } from '../domain/maintenance.ts'
import type { Neighbourhood } from '../domain/neighbourhood.ts'
import type { OnCall } from '../domain/pager.ts'
import type { Principal } from '../domain/principal.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { ClusterReader, Pipelines } from '../ports.ts'
import type { Arguments, FlagTable } from './arguments.ts'
import type { PlanFace } from './plan-face.ts'
import type { KubeconfigRow } from './reading/kubeconfig-row.ts'

/** What only the running app can do for a verb; absent on the command line. */
export type AppFace = {
  readonly user: Principal
  readonly incidents: () => Promise<readonly Incident[]>
  /** Opens (or joins) an investigation and says where its thread is. */
  readonly investigate: (request: {
    readonly cluster: string
    readonly namespace?: string
    readonly focus?: { readonly kind?: string; readonly name: string }
    readonly question: string
  }) => Promise<string | Refusal>
  /** Asks the language model; its answer comes where the person asked. A refusal where there is none. */
  readonly ask: (request: {
    readonly cluster: string
    readonly namespace?: string
    readonly question: string
  }) => Promise<undefined | Refusal>
  /** Asks for a plan; its approval card appears in the thread. */
  readonly plan: (request: Omit<PlanRequest, 'requester' | 'incident' | 'replyTo'>) => Promise<string | Refusal>
  /** Plans, and who may decide about them. */
  readonly plans: PlanFace
  readonly report: (cluster: string | undefined) => Promise<string | Refusal>
  readonly frozen: () => Promise<{
    readonly on: boolean
    readonly by?: string
    readonly reason?: string
    readonly at?: string
  }>
  readonly freeze: (on: boolean, reason: string) => Promise<string | Refusal>
  /** Does with an incident what the person wants: the one that is named, else the thread's, else the only open one. */
  readonly tend: (wish: IncidentWish, incident?: string) => Promise<string | Refusal>
  /** What the record says of an incident, found in the same way; ended ones too. */
  readonly story: (incident?: string) => Promise<CaseStory | Refusal>
  /** Has the draft of an incident's review written to the Git host, found in the same way. */
  readonly publishReview: (to: 'issue' | 'pr', incident?: string) => Promise<string | Refusal>
  /** Who is on call, for the thread's incident or for everything. */
  readonly onCall: () => Promise<Read<readonly OnCall[]>>
  /** The maintenance windows that are open now. */
  readonly windows: () => Promise<readonly MaintenanceWindow[]>
  /** Opens a window for so many seconds; zero end the one of that very place. */
  readonly maintain: (wish: {
    readonly cluster?: string
    readonly namespace?: string
    readonly seconds: number
    readonly reason: string
  }) => Promise<string | Refusal>
  /** A document as Markdown, for a person to paste elsewhere. */
  readonly markdown: (document: Document) => string
}

/** Which cluster, and which part of it; without a namespace all of it. */
export type LookAt = { readonly cluster: string; readonly namespace?: string; readonly signal: AbortSignal }

/** What needs a whole view of a cluster rather than single reads: over live clusters, or over the files of a snapshot. */
export type Look = {
  /** Of files: the cluster that they are of, whatever cluster is named. */
  readonly files?: string
  readonly hygiene: (at: LookAt) => Promise<HygieneReport>
  readonly graph: (
    at: LookAt,
    asked: { readonly kind?: string; readonly name: string; readonly depth: number },
  ) => Promise<Neighbourhood | Refusal>
  /** `since` in seconds. */
  readonly patterns: (at: LookAt, since: number | undefined) => Promise<PatternReport>
}

/** Where a verb runs: the clusters it may read, and what a missing --context or --namespace means here. */
export type VerbContext = {
  readonly readers: ReadonlyMap<string, ClusterReader>
  /** The cluster meant when none is named: the thread's, else the first. */
  readonly cluster: string
  /** The namespace and workload meant inside an incident's thread. */
  readonly namespace?: string
  readonly workload?: { readonly kind?: string; readonly name: string }
  /** The contexts of the kubeconfig, without credentials; absent in a pod. */
  readonly kubeconfig?: () => readonly KubeconfigRow[]
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly signal: AbortSignal
  readonly app?: AppFace
  readonly look?: Look
  /** The pipelines of the Git host, and which repositories are meant where none is named; absent where nothing lets us read them. */
  readonly pipelines?: {
    readonly read: Pipelines
    readonly repositories: readonly string[]
    /** The run that the incident of this thread is about. */
    readonly run?: { readonly repository: string; readonly id: number }
  }
}

/** One command, for the terminal and for Slack alike. Its file is `src/verbs/<name>.ts` and exports `verb`. */
export type Verb = {
  readonly name: string
  readonly aliases?: readonly string[]
  /** One line for the list. */
  readonly summary: string
  /** The line after the name: `[WORKLOAD] [-n NAMESPACE]`. */
  readonly usage: string
  readonly examples: readonly string[]
  readonly flags: FlagTable
  /** `everywhere`, or `app` for what needs the running app. */
  readonly where: 'everywhere' | 'app'
  readonly run: (context: VerbContext, args: Arguments) => Promise<Answer>
}

/** Flags that most reads share. */
export const placeFlags = {
  context: { value: 'CLUSTER', help: 'the cluster (kube context) to read' },
  cluster: { value: 'CLUSTER', help: 'the same as --context' },
  namespace: { short: 'n', value: 'NAMESPACE', help: 'the namespace' },
  'all-namespaces': { short: 'A', help: 'all namespaces' },
} as const satisfies FlagTable
