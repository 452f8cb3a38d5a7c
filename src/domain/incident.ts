import type { Alert } from './alert.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Durations } from './durations.ts'
import type { ObjectRef } from './object.ts'
import { type Refusal, refused } from './refusal.ts'

/** Where an incident stands. `resolved`, `escalated` and `closed` end it. */
export type IncidentState =
  | 'open'
  | 'investigating'
  | 'awaiting-approval'
  | 'executing'
  | 'verifying'
  | 'resolved'
  | 'escalated'
  | 'closed'

/** Where the thread of an incident lives: the parent message that is edited in place. */
export type ThreadRef = { readonly channel: string; readonly ts: string }

/** Another incident that turned out to be the same trouble and goes on in this one. `over`: its own signal ended. */
export type JoinedIncident = {
  readonly id: string
  readonly title: string
  readonly source: Alert['source']
  readonly link?: NonNullable<Alert['link']>
  readonly over: boolean
}

/** One trouble, one thread. `seen` counts every accepted signal that joined it. Times are RFC 3339. */
export type Incident = {
  readonly id: string
  readonly fingerprint: string
  readonly state: IncidentState
  readonly title: string
  readonly severity: Alert['severity']
  readonly cluster: string
  readonly namespace?: string
  readonly focus?: { readonly kind?: string; readonly name: string }
  readonly question?: string
  readonly source: Alert['source']
  readonly link?: NonNullable<Alert['link']>
  readonly openedBy: string
  readonly openedAt: string
  readonly updatedAt: string
  readonly endedAt?: string
  readonly seen: number
  /** The newest deliveries that `seen` counts, so that one whose taking-in was cut off is not counted again. */
  readonly recent?: readonly string[]
  readonly thread?: ThreadRef
  /** Whose it is, as a label of the signal says. */
  readonly team?: string
  /** Who said that they look after it; a Slack id where it was said in Slack. */
  readonly acknowledged?: { readonly by: string; readonly at: string }
  /** Who it was given to in Slack. */
  readonly assignee?: string
  /** What people tied to it: a ticket, a document, a call. */
  readonly links?: readonly { readonly url: string; readonly name: string }[]
  /** The incidents that go on here; and where this one goes on, once it is one of those. */
  readonly joined?: readonly JoinedIncident[]
  readonly mergedInto?: string
  /** Its own signal ended while one of those that joined still fires. */
  readonly over?: boolean
  /** When it came back after it had ended, the newest ones. */
  readonly turns?: readonly string[]
  /** It came and went so often that its end is believed only once it was quiet for a while, from `quietSince` on. */
  readonly flapping?: boolean
  /** How long it and its parts took, in seconds, once it ended then; an older end is no longer meant. */
  readonly took?: { readonly endedAt: string; readonly seconds: Durations }
  readonly quietSince?: string
  /** Where a person asked for it; absent: the channel that its place is routed to. */
  readonly channel?: string
  /** How often it was diagnosed. */
  readonly rounds?: number
  readonly diagnosis?: Diagnosis
  /** When a model was last asked about it by the doctor itself. */
  readonly consultedAt?: string
  readonly plans: readonly string[]
  /** What was tried, by whom and how it ended: shown and used by the next proposal. */
  readonly attempts: readonly Attempt[]
}

/** An action that was carried out for a cause, with its verified outcome: entries come from verification only. */
export type Attempt = {
  readonly plan: string
  readonly cluster: string
  readonly action: string
  readonly target: ObjectRef
  readonly code?: string
  readonly at: string
  readonly by: string
  readonly outcome: 'verified' | 'failed' | 'unknown'
  readonly note: string
}

const next: Readonly<Record<IncidentState, readonly IncidentState[]>> = {
  open: ['investigating', 'resolved', 'closed', 'escalated'],
  investigating: ['awaiting-approval', 'investigating', 'executing', 'resolved', 'escalated', 'closed'],
  'awaiting-approval': ['executing', 'investigating', 'resolved', 'escalated', 'closed', 'awaiting-approval'],
  executing: ['verifying', 'awaiting-approval', 'investigating', 'escalated', 'resolved'],
  verifying: ['resolved', 'awaiting-approval', 'investigating', 'escalated'],
  resolved: ['investigating', 'executing', 'awaiting-approval', 'closed', 'resolved'],
  escalated: ['investigating', 'awaiting-approval', 'executing', 'resolved', 'closed'],
  closed: [],
}

/** The one way an incident changes its state. Refuses a step that the life of a case does not have. */
export const transition = (incident: Incident, to: IncidentState, at: string): Incident | Refusal => {
  if (incident.state === to) return { ...incident, updatedAt: at }
  if (!next[incident.state].includes(to))
    return refused('incident-transition', `Incident ${incident.id} is ${incident.state}; it cannot become ${to}.`)
  const ended = to === 'resolved' || to === 'closed'
  const { endedAt: _, ...rest } = incident
  return { ...rest, state: to, updatedAt: at, ...(ended ? { endedAt: at } : {}) }
}

/** The workflow run that an incident is about; undefined where it is about something else. */
export const runOfIncident = ({ link }: Incident): { readonly repository: string; readonly id: number } | undefined =>
  link?.run === undefined || !/^\d{1,15}$/.test(link.id) ? undefined : { repository: link.run, id: Number(link.id) }
