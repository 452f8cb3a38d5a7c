/** Someone who can be on call, as PagerDuty references people. */
export type Responder = { readonly id: string; readonly name: string; readonly email: string }

/** A note on an incident. */
export type Note = { readonly id: string; readonly content: string; readonly by: Responder; readonly at: string }

/** An incident as this PagerDuty keeps it. Times are RFC 3339. */
export type PagerIncident = {
  readonly id: string
  readonly number: number
  /** What deduplicates: one open incident for one key. */
  readonly key: string
  readonly title: string
  readonly status: 'triggered' | 'acknowledged' | 'resolved'
  readonly urgency: 'high' | 'low'
  readonly priority: string
  readonly service: string
  readonly assignee: Responder
  /** The level of the escalation policy that it is at. */
  readonly level: number
  readonly acknowledgedBy?: Responder
  readonly createdAt: string
  readonly notes: readonly Note[]
}

/** What an alerting rule sends to open an incident. */
export type Trigger = Pick<PagerIncident, 'key' | 'title' | 'urgency' | 'priority' | 'service'>

/** What happened to an incident; the webhook's `event_type` is `incident.` and this. */
export type EventType =
  | 'triggered'
  | 'acknowledged'
  | 'unacknowledged'
  | 'escalated'
  | 'reassigned'
  | 'resolved'
  | 'reopened'
  | 'annotated'

/** One event, and who made it happen. */
export type Happened = { readonly type: EventType; readonly incident: PagerIncident; readonly by: Responder }

/** The one who is on call. */
export const onCall: Responder = { id: 'PANA001', name: 'Ana Ruiz', email: 'ana@acme.example' }

/** The second level, and the doctor's own user. */
export const secondLevel: Responder = { id: 'PDAN001', name: 'Dan Meyer', email: 'dan@acme.example' }
/** The user that an API key of the doctor acts as. */
export const doctorUser: Responder = { id: 'PDOC001', name: 'Cluster Doctor', email: 'doctor@acme.example' }

/** Everybody with an account here. */
export const users: readonly Responder[] = [
  onCall,
  secondLevel,
  { id: 'PBEN001', name: 'Ben Okafor', email: 'ben@acme.example' },
  { id: 'PCARA01', name: 'Cara Lind', email: 'cara@acme.example' },
  doctorUser,
]

/** The escalation policy of every service here: its levels in order. */
export const policy = {
  id: 'PPOLICY',
  name: 'Production',
  levels: [
    { who: onCall, schedule: { id: 'PSCHED1', name: 'Primary' } },
    { who: secondLevel, schedule: { id: 'PSCHED2', name: 'Secondary' } },
  ],
} as const

/** An incident in the REST and webhook form of PagerDuty. */
export const wireIncident = (incident: PagerIncident, origin: string): Readonly<Record<string, unknown>> => ({
  id: incident.id,
  type: 'incident',
  summary: `[#${incident.number}] ${incident.title}`,
  self: `${origin}/incidents/${incident.id}`,
  html_url: `${origin}/page/${incident.id}`,
  number: incident.number,
  incident_number: incident.number,
  incident_key: incident.key,
  title: incident.title,
  status: incident.status,
  urgency: incident.urgency,
  created_at: incident.createdAt,
  priority: { id: 'PPRIO01', type: 'priority_reference', summary: incident.priority },
  service: { id: 'PSVC001', type: 'service_reference', summary: incident.service },
  escalation_policy: { id: policy.id, type: 'escalation_policy_reference', summary: policy.name },
  teams: [],
  assignees: incident.status === 'resolved' ? [] : [personReference(incident.assignee)],
  assignments:
    incident.status === 'resolved' ? [] : [{ at: incident.createdAt, assignee: personReference(incident.assignee) }],
  acknowledgements:
    incident.acknowledgedBy === undefined
      ? []
      : [{ at: incident.createdAt, acknowledger: personReference(incident.acknowledgedBy) }],
})

/** A person as PagerDuty references one. */
export const personReference = (person: Responder): Readonly<Record<string, string>> => ({
  id: person.id,
  type: 'user_reference',
  summary: person.name,
})

/** A person in full, as `GET /users` answers. */
export const wireUser = (person: Responder): Readonly<Record<string, string>> => ({
  ...personReference(person),
  type: 'user',
  name: person.name,
  email: person.email,
})

/** Who is on call now, as `GET /oncalls` answers; shifts end at the next full eight hours. */
export const wireOnCalls = (now: number): readonly Readonly<Record<string, unknown>>[] => {
  const shift = 8 * 3_600_000
  const [start, end] = [Math.floor(now / shift) * shift, (Math.floor(now / shift) + 1) * shift]
  return policy.levels.map(({ who, schedule }, index) => ({
    user: personReference(who),
    escalation_level: index + 1,
    escalation_policy: { id: policy.id, type: 'escalation_policy_reference', summary: policy.name },
    schedule: { id: schedule.id, type: 'schedule_reference', summary: schedule.name },
    start: new Date(start).toISOString(),
    end: new Date(end).toISOString(),
  }))
}

/** A note as `POST /incidents/{id}/notes` answers it. */
export const wireNote = (note: Note): Readonly<Record<string, unknown>> => ({
  id: note.id,
  content: note.content,
  created_at: note.at,
  user: personReference(note.by),
  channel: { summary: 'The PagerDuty website or APIs' },
})

/** What a webhook says about an event: the incident, or for a note the note with its incident. */
export const wireEvent = ({ type, incident }: Happened, origin: string): Readonly<Record<string, unknown>> => {
  const note = incident.notes.at(-1)
  if (type !== 'annotated' || note === undefined) return wireIncident(incident, origin)
  const { id, self, html_url, summary } = wireIncident(incident, origin)
  return {
    id: note.id,
    type: 'incident_note',
    content: note.content,
    trimmed: false,
    incident: { id, self, html_url, summary, type: 'incident_reference' },
  }
}
