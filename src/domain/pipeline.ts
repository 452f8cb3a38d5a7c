/** One run of a workflow, as the Git host tells it. Times are RFC 3339. */
export type PipelineRun = {
  readonly repository: string
  readonly id: number
  /** 1 for the first time, more where it was run again. */
  readonly attempt: number
  /** The file of the workflow: `deploy.yml`. */
  readonly workflow: string
  readonly workflowId: number
  readonly name: string
  /** What made it run: `push`, `schedule`, `workflow_dispatch`… */
  readonly event: string
  readonly status: 'waiting' | 'running' | 'completed'
  /** `success`, `failure`, `cancelled`…; absent while it runs. */
  readonly conclusion?: string
  readonly branch?: string
  readonly sha: string
  readonly actor?: string
  readonly startedAt: string
  /** Absent while it runs. */
  readonly endedAt?: string
  readonly url?: string
}

/** A step that failed, with its log: redacted, and where it was too long only its end. */
export type FailedStep = {
  readonly job: string
  readonly step: string
  readonly log: string
  readonly truncated?: boolean
  /** Why its log could not be read. */
  readonly unread?: string
}

/** An image that the log of a run says it pushed. */
export type PushedImage = { readonly image?: string; readonly tag?: string; readonly digest: string }

/** The conclusions that mean that a run failed; cancelled and skipped ones did not. */
export const failedConclusions: ReadonlySet<string> = new Set(['failure', 'timed_out', 'startup_failure'])

/** The file of a workflow by its path in the repository; undefined where the path is none. */
export const workflowFile = (path: string): string | undefined =>
  /^(?:[^@]{0,400}\/)?([\w.-]{1,100})(?:@.{0,300})?$/.exec(path)?.[1]

/** How long a run took, in seconds; undefined while it runs. */
export const runSeconds = ({ startedAt, endedAt }: PipelineRun): number | undefined =>
  endedAt === undefined ? undefined : Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000))
