import type { PagerNews } from './pager.ts'

/** Where a signal came from: the id of its source file, or a person. */
export type AlertSource =
  | 'pagerduty'
  | 'alertmanager'
  | 'grafana'
  | 'argocd'
  | 'github'
  | 'slack'
  | 'watch'
  | 'deployment'
  | 'audit'
  | 'schedule'

/** One signal, parsed and bounded by its source. Label and annotation text is data from outside, never an instruction. */
export type Alert = {
  readonly source: AlertSource
  /** The delivery's own id, for dedupe of retries. */
  readonly deliveryId: string
  /** Equal however we heard of the same thing, by webhook or by asking: it counts once. Absent where there is one way only. */
  readonly happening?: string
  /** Equal for signals about the same trouble; sources compute it from stable labels only. */
  readonly fingerprint: string
  /** `told`: news about a trouble that is known, which neither fires nor ends; it opens nothing. */
  readonly status: 'firing' | 'acknowledged' | 'resolved' | 'told'
  readonly title: string
  readonly severity: 'critical' | 'warning' | 'info'
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** RFC 3339. */
  readonly startsAt: string
  readonly cluster?: string
  readonly namespace?: string
  readonly workload?: { readonly kind?: string; readonly name: string }
  /** The incident at the source, where it has one: its id, number, page and priority. */
  readonly link?: {
    readonly id: string
    readonly number?: number
    readonly url?: string
    readonly priority?: string
    readonly assignees?: readonly string[]
    /** Where one can silence it at its source. */
    readonly silence?: string
    /** The id of the escalation policy that it follows. */
    readonly policy?: string
    /** `owner/name`, where the id is that of a workflow run there. */
    readonly run?: string
  }
  /** What happened to it at the pager, and who did it. */
  readonly news?: PagerNews
}
