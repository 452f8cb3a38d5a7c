import type { WriteRequest } from './domain/change.ts'
import type { ClusterIdentity } from './domain/cluster.ts'
import type { Read } from './domain/coverage.ts'
import type { Job } from './domain/job.ts'
import type { KubeObject } from './domain/kubernetes.ts'
import type { ObjectRef } from './domain/object.ts'
import type { OnCall, PagerCommand, PagerIncident, PagerUser } from './domain/pager.ts'
import type { FailedStep, PipelineRun, PushedImage } from './domain/pipeline.ts'
import type { PullRequestView } from './domain/pull-request.ts'
import type { AuditEntry, TimelineEvent, TimelineKind } from './domain/timeline.ts'
import type { WritePermit } from './policy/permit.ts'

export { type Chat, type ChatMessage, type ChatUser, NoLongerWanted } from './ports/chat.ts'

/**
 * The seams: where the outside must be replaceable. What is here is all that the doctor may ask of a cluster, a chat, a Git
 * host and a store. BullMQ and the model SDK have no port; tests fake them at their wire.
 */

/** A raw list as it came over the wire: the body is decoded by the snapshot, off the hot path where large. */
export type RawList = { readonly contentType: string; readonly body: Uint8Array }

/** How a resource is addressed: `pods` of '' v1, `deployments` of apps v1. */
export type ResourceType = {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly namespaced: boolean
}

/** A resource type that a server serves, with the names that people type for it and what can be done with it. */
export type ServedType = ResourceType & {
  readonly shortNames: readonly string[]
  readonly singular: string
  readonly verbs: readonly string[]
}

/** Options of a log read; every bound is enforced at the API server. */
export type LogOptions = {
  readonly container?: string
  readonly previous?: boolean
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly sinceSeconds?: number
  readonly timestamps?: boolean
}

/** The reading half of a cluster: all that diagnosis is ever handed. It has no method that can change anything. */
export type ClusterReader = {
  /** The context's name, shown with every answer. */
  readonly name: string
  /** The address of the API server, for people. */
  readonly server: string
  /** One list of a resource, all namespaces or one, unparsed. `accept` chooses JSON, protobuf, Table or metadata only. */
  list(
    type: ResourceType,
    options: {
      readonly namespace?: string
      readonly accept?: string
      readonly labelSelector?: string
      readonly fieldSelector?: string
      readonly limit?: number
      readonly signal?: AbortSignal
      /**
       * Asked for each answer that is a list, by its content type: what it gives takes the body as it comes, and the body of
       * the answer is empty then. A reader may leave it out, and give the whole body.
       */
      readonly into?: (contentType: string) => ((chunk: Uint8Array) => void) | undefined
    },
  ): Promise<Read<RawList>>
  get(ref: ObjectRef, signal?: AbortSignal): Promise<Read<KubeObject>>
  /**
   * The resource types the server serves (cached for a while), to resolve `po`, `deploy`, custom resources. `groups` does not
   * need those of the core group, which costs a request of its own.
   */
  resources(signal?: AbortSignal, wanted?: 'all' | 'groups'): Promise<Read<readonly ServedType[]>>
  logs(namespace: string, pod: string, options: LogOptions, signal?: AbortSignal): Promise<Read<string>>
  /** GET of a path below the API server as text: `/version`, `/readyz?verbose`, node logs through the proxy. */
  raw(path: string, signal?: AbortSignal): Promise<Read<string>>
  /** Whether these credentials may; SelfSubjectAccessReview. */
  canI(access: AccessQuery, signal?: AbortSignal): Promise<Read<AccessAnswer>>
  identify(signal?: AbortSignal): Promise<ClusterIdentity>
  /** What watches keep of the cluster; absent where there are none. Only diagnosis looks there, and says how old it is. */
  readonly memory?: ClusterMemory
}

/** A list that a watch keeps, decoded and sorted by namespace and name. `heardAt`: when the server last said a word about it. */
export type HeldList = {
  readonly kind: 'held'
  readonly objects: readonly KubeObject[]
  /** Milliseconds since the epoch. */
  readonly heardAt: number
}

/** That the server refused to list a kind, less than a minute or so ago: it is not asked again for each diagnosis. */
export type HeldRefusal = Extract<Read<never>, { readonly kind: 'unreadable' }>

/**
 * What is known of a cluster without asking it. `undefined` means that nothing vouches for it now: then the server is asked.
 * Nothing that decides about a write, or confirms one, may look here: that reads the server.
 */
export type ClusterMemory = {
  /** A whole list, or its part in one namespace. What is asked for and not kept yet begins to be kept. */
  list(
    type: ResourceType,
    options: { readonly accept: string; readonly namespace?: string | undefined },
  ): HeldList | HeldRefusal | undefined
  /** What `/version` said less than ten minutes ago. */
  version(): string | undefined
  /** What the server said less than two minutes ago that it serves. */
  resources(): readonly ServedType[] | undefined
  /** A number that is another one once anything kept has changed, or begun or ceased to be vouched for; below 0 once it is closed. */
  revision(): number
}

/** One thing that somebody may want to do; `as` asks for somebody else. */
export type AccessQuery = {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly as?: { readonly user: string; readonly groups?: readonly string[] }
}
/** What the API server's authorizer says, with its reason where it gives one. */
export type AccessAnswer = { readonly allowed: boolean; readonly reason?: string }

/** What the API server said to a write that it would have made: the object after it. */
export type DryRun =
  | {
      readonly kind: 'accepted'
      readonly before: KubeObject | null
      readonly after: KubeObject | null
      readonly warnings: readonly string[]
    }
  | { readonly kind: 'rejected'; readonly status: number; readonly reason: string; readonly message: string }
  | { readonly kind: 'cannot-preview'; readonly message: string }
  | { readonly kind: 'unreadable'; readonly reason: string; readonly message: string }

/** What a command in a container said, out and err together; `exitCode` null: it was not told, or its time was over. */
export type CommandOutput = { readonly text: string; readonly exitCode: number | null; readonly truncated: boolean }

/** What became of a write. `unknown`: it was sent and no answer came; only reading back can tell. */
export type WriteResult =
  | {
      readonly kind: 'done'
      readonly status: number
      readonly object: KubeObject | null
      readonly said?: CommandOutput
    }
  | { readonly kind: 'rejected'; readonly status: number; readonly reason: string; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** The writing half: other credentials, other process where deployed. It can do nothing without a permit but rehearse. */
export type ClusterWriter = {
  readonly name: string
  get(ref: ObjectRef, signal?: AbortSignal): Promise<Read<KubeObject>>
  list: ClusterReader['list']
  canI(access: AccessQuery, signal?: AbortSignal): Promise<Read<AccessAnswer>>
  /** Identity as seen on the connection that will write. */
  identify(signal?: AbortSignal): Promise<ClusterIdentity>
  /** The request with `dryRun=All`: the one thing it does without a permit. */
  dryRun(request: WriteRequest, target: ObjectRef, signal?: AbortSignal): Promise<DryRun>
  /** Sends exactly the pinned request of the permit's plan; anything else throws before a socket opens. */
  write(permit: WritePermit): Promise<WriteResult>
}

/** What became of a write to an issue. `unknown`: only looking for its mark can tell. */
export type IssueWrite =
  | { readonly kind: 'done'; readonly number: number; readonly url: string }
  | { readonly kind: 'rejected' | 'unknown'; readonly message: string }

/** One new text file, and the pull request that proposes it. */
export type TextProposal = {
  readonly branch: string
  readonly path: string
  readonly text: string
  readonly title: string
  readonly body: string
}

/** Issues of the Git host: the doctor only writes them, and reads back no more than its own hidden marks. */
export type IssueHost = {
  /** The open issue with a label whose text holds the mark. */
  findIssue(
    repository: string,
    label: string,
    marker: string,
  ): Promise<Read<{ readonly number: number; readonly url: string }>>
  hasComment(repository: string, number: number, marker: string): Promise<Read<boolean>>
  openIssue(
    repository: string,
    issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] },
  ): Promise<IssueWrite>
  comment(repository: string, number: number, body: string): Promise<IssueWrite>
  closeIssue(repository: string, number: number): Promise<IssueWrite>
}

/** A place outside that keeps heads of the record: a line of a file, with its commit. Safe to repeat. */
export type HeadKeeper = {
  keep(
    repository: string,
    file: string,
    line: string,
  ): Promise<
    | { readonly kind: 'done'; readonly commit: string }
    | { readonly kind: 'rejected' | 'unknown'; readonly message: string }
  >
}

/** The Git host, as far as the doctor needs it. It can push only to `doctor/…` branches, and merges only by a permit. */
export type GitHost = IssueHost & {
  /** A file's text and the commit it was read at. */
  readFile(
    repository: string,
    path: string,
    ref: string,
  ): Promise<Read<{ readonly text: string; readonly sha: string }>>
  /** A file's bytes, for what is no text; at most 1 MB. */
  readBytes(repository: string, path: string, ref: string): Promise<Read<Uint8Array>>
  listFiles(repository: string, ref: string, prefix?: string): Promise<Read<readonly string[]>>
  headOf(repository: string, branch: string): Promise<Read<string>>
  defaultBranch(repository: string): Promise<Read<string>>
  /** Opens the pull request of the permit's plan, or returns the one that is already open from its branch. */
  openChange(
    permit: WritePermit,
  ): Promise<
    | { readonly kind: 'done'; readonly number: number; readonly url: string }
    | { readonly kind: 'rejected'; readonly message: string }
    | { readonly kind: 'unknown'; readonly message: string }
  >
  findChange(
    repository: string,
    branch: string,
  ): Promise<Read<{ readonly number: number; readonly url: string; readonly state: string }>>
  /** How a pull request stands: merged or not, its checks and reviews. */
  viewChange(repository: string, number: number): Promise<Read<PullRequestView>>
  /** Proposes one new file of words, no manifest; the pull request that is there from its branch is the answer. */
  openDocument(repository: string, proposal: TextProposal): Promise<IssueWrite>
  /** Merges the pull request of the permit's plan at exactly its head; of another head the host refuses it. */
  mergeChange(
    permit: WritePermit,
  ): Promise<
    | { readonly kind: 'done'; readonly commit: string }
    | { readonly kind: 'rejected' | 'unknown'; readonly message: string }
  >
  /** How the repository lets pull requests be merged: the way that leaves one commit, where it is allowed. */
  mergeMethod(repository: string): Promise<Read<'merge' | 'squash' | 'rebase'>>
  /** Whether `revision` is `commit` or was built on it. */
  contains(repository: string, commit: string, revision: string): Promise<Read<boolean>>
}

/** Which runs are asked for; the newest first, at most a hundred a page. */
export type RunsAsked = {
  /** The file of one workflow: `deploy.yml`. */
  readonly workflow?: string
  readonly branch?: string
  readonly sha?: string
  readonly limit: number
  readonly page?: number
}

/** The pipelines of the Git host, to be read only: nothing here runs, cancels or repeats one. Logs come redacted. */
export type Pipelines = {
  /** The branch whose runs count: those of others are somebody's work that is not done yet. */
  defaultBranch(repository: string, signal?: AbortSignal): Promise<Read<string>>
  runs(repository: string, asked: RunsAsked, signal?: AbortSignal): Promise<Read<readonly PipelineRun[]>>
  run(repository: string, id: number, signal?: AbortSignal): Promise<Read<PipelineRun>>
  /** The first failed step of each failed job with its log; none where the run failed before any job. */
  failedSteps(run: PipelineRun, signal?: AbortSignal): Promise<Read<readonly FailedStep[]>>
  /** The images that the logs of a run say it pushed. */
  pushed(run: PipelineRun, signal?: AbortSignal): Promise<Read<readonly PushedImage[]>>
}

/** Something that happened on the Git host, in the shape in which its webhook would have told it. */
export type HostEvent = { readonly name: string; readonly at: string; readonly payload: unknown }

/** What happened on the Git host since a time (RFC 3339), oldest first, for where its webhooks cannot reach. */
export type HostNews = {
  since(repository: string, time: string, signal?: AbortSignal): Promise<Read<readonly HostEvent[]>>
}

/** What became of something that the pager was told. `not-sent`: it changed nothing; `unknown`: only reading back can tell. */
export type PagerAnswer =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'not-sent'; readonly afterMs: number; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string }

/** The pager, as far as the doctor needs it. `send` sends once and never again by itself; the rest only reads. */
export type Pager = {
  incident(id: string, signal?: AbortSignal): Promise<Read<PagerIncident>>
  /** The texts of an incident's notes. */
  notes(id: string, signal?: AbortSignal): Promise<Read<readonly string[]>>
  /** `as` is the e-mail address of the person who wants it; the doctor's own user speaks where they have no account there. */
  send(id: string, command: PagerCommand, as?: string, signal?: AbortSignal): Promise<PagerAnswer>
  userByEmail(email: string, signal?: AbortSignal): Promise<Read<PagerUser>>
  /** The user that the doctor speaks as. */
  self(signal?: AbortSignal): Promise<Read<PagerUser>>
  /** Who is on call now, for everything, one escalation policy or one person. */
  onCalls(
    asked: { readonly policy?: string; readonly user?: string },
    signal?: AbortSignal,
  ): Promise<Read<readonly OnCall[]>>
}

/** A chart and its values as texts, packed sub-charts as bytes, with what `helm template` is to be told. Paths are relative to the chart. */
export type ChartInput = {
  readonly files: ReadonlyMap<string, string | Uint8Array>
  /** Values in the order in which they overrule each other. */
  readonly values: readonly string[]
  readonly sets: readonly { readonly name: string; readonly value: string; readonly text: boolean }[]
  readonly release: string
  readonly namespace: string
  readonly withCrds: boolean
}

/** Renders Helm charts, offline: it talks to no cluster and to no chart repository. */
export type ChartRenderer = { template(chart: ChartInput): Promise<Read<string>> }

/** A stored value with the version that a compare-and-swap must name. */
export type Stored<T> = { readonly value: T; readonly version: number }

/**
 * The shared memory of all replicas. Records are sealed with a key that the store does not have; one that was tampered with
 * or does not parse is put aside and read as an error, never as absent. Throws `StoreUnavailable` fast when it is away.
 */
export type Store = {
  get<T>(kind: string, id: string): Promise<Stored<T> | undefined>
  /** Writes when the stored version is still `expected` (0: must not exist). False: somebody was faster. `ttl` in seconds. */
  put<T>(kind: string, id: string, value: T, expected: number, ttl?: number): Promise<boolean>
  list<T>(kind: string, limit?: number): Promise<readonly Stored<T>[]>
  remove(kind: string, id: string): Promise<void>
  /** True for the first caller of a key within `ttl` seconds, over all replicas. */
  once(key: string, ttl: number): Promise<boolean>
  /** Adds to a counter that lives `ttl` seconds from its first use and returns the new value. */
  count(key: string, ttl: number): Promise<number>
  /** Runs `work` while holding a lock with a fencing token, or returns undefined when it is held elsewhere. */
  lock<T>(key: string, ttl: number, work: (token: number) => Promise<T>): Promise<T | undefined>
  /** The store's own clock, ms since the epoch: one clock for all replicas. */
  now(): Promise<number>
  ping(): Promise<void>
}

/** The store is not there or refuses writes. Ingress answers 503; mutations pause. */
export class StoreUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreUnavailable'
  }
}

/** Puts work on the queues. Fails fast when the queue is away; `key` collapses equal work that is still waiting. */
export type Jobs = {
  add(job: Job, options?: { readonly key?: string; readonly delay?: number; readonly attempts?: number }): Promise<void>
}

/** Which entries of the record are asked for. */
export type RecordFilter = {
  readonly incident?: string
  readonly plan?: string
  readonly kinds?: readonly TimelineKind[]
}

/** The record: append-only, hash-chained, on disk (fsync) before `append` resolves. Throws when it cannot be written. */
export type AuditLog = {
  append(event: TimelineEvent): Promise<AuditEntry>
  /** The entries of one incident or plan, or of some kinds, in order. */
  read(filter: RecordFilter): Promise<readonly AuditEntry[]>
  /** The head of the chain that this process writes; `chain` names it among all chains of all processes. */
  head(): { readonly seq: number; readonly hash: string; readonly chain: string }
}
