/** Someone who can be on call, as PagerDuty references people. */
export type Responder = { readonly id: string; readonly name: string; readonly email: string }

/** A note on an incident. */
export type Note = { readonly id: string; readonly content: string; readonly by: string; readonly at: string }

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
  readonly createdAt: string
  readonly notes: readonly Note[]
}

/** What an alerting rule sends to open an incident. */
export type Trigger = Pick<PagerIncident, 'key' | 'title' | 'urgency' | 'priority' | 'service'>

/** What happened to an incident; the webhook's `event_type` is `incident.` and this. */
export type EventType = 'triggered' | 'acknowledged' | 'unacknowledged' | 'resolved' | 'reopened' | 'annotated'

/** The one who is on call. */
export const onCall: Responder = { id: 'PANA001', name: 'Ana', email: 'ana@acme.example' }

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
  assignees: [personReference(incident.assignee)],
  assignments: [{ at: incident.createdAt, assignee: personReference(incident.assignee) }],
})

/** A person as PagerDuty references one. */
export const personReference = (person: Responder): Readonly<Record<string, string>> => ({
  id: person.id,
  type: 'user_reference',
  summary: person.name,
})

/** A note as `POST /incidents/{id}/notes` answers it. */
export const wireNote = (note: Note): Readonly<Record<string, unknown>> => ({
  id: note.id,
  content: note.content,
  created_at: note.at,
  user: { type: 'user_reference', summary: note.by },
  channel: { summary: 'The PagerDuty website or APIs' },
})
