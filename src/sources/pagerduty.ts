import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import { cleanText, cleanTime, cleanUrl, firstProblem, limits, severityOf } from './reading/bounds.ts'
import { placeOfText } from './reading/place.ts'
import { equalText, hmac } from './reading/signature.ts'
import type { Parsed, Source } from './source.ts'

const reference = z.object({
  id: z.string().min(1).max(100),
  summary: z.string().nullish(),
  html_url: z.string().nullish(),
})
const incident = z.object({
  id: z.string().min(1).max(100),
  type: z.string().max(100).optional(),
  html_url: z.string().nullish(),
  number: z.number().int().nonnegative().nullish(),
  status: z.string().max(50).nullish(),
  title: z.string().nullish(),
  created_at: z.string().nullish(),
  urgency: z.string().max(50).nullish(),
  incident_key: z.string().nullish(),
  service: reference.nullish(),
  priority: z.object({ summary: z.string().nullish() }).nullish(),
  assignees: z.array(reference).max(500).nullish(),
  escalation_policy: reference.nullish(),
  teams: z.array(reference).max(100).nullish(),
})
const delivery = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().min(1).max(100),
    occurred_at: z.string().max(100).nullish(),
    agent: reference.nullish(),
    data: z.looseObject({ id: z.string().optional(), type: z.string().max(100).optional() }),
  }),
})
/** The events that are about something on an incident: a note, a call for help, a status update, a bridge, a workflow. */
const about = z.object({
  incident: reference,
  content: z.string().nullish(),
  message: z.string().nullish(),
  state: z.string().max(50).nullish(),
  summary: z.string().nullish(),
  user: reference.nullish(),
  escalation_policy: reference.nullish(),
  conference_url: z.string().nullish(),
  conference_numbers: z
    .array(z.object({ label: z.string().nullish(), number: z.string().nullish() }))
    .max(50)
    .nullish(),
})

type Kind = NonNullable<Alert['news']>['kind']

/** What an event of an incident as a whole does to it. Who works on it and how urgent it is change what is shown, no more. */
const statusOf: Readonly<Record<string, readonly [Alert['status'], Kind]>> = {
  'incident.triggered': ['firing', 'triggered'],
  'incident.reopened': ['firing', 'reopened'],
  'incident.unacknowledged': ['firing', 'unacknowledged'],
  'incident.escalated': ['acknowledged', 'escalated'],
  'incident.delegated': ['acknowledged', 'delegated'],
  'incident.reassigned': ['acknowledged', 'reassigned'],
  'incident.priority_updated': ['acknowledged', 'priority'],
  'incident.service_updated': ['acknowledged', 'moved'],
  'incident.acknowledged': ['acknowledged', 'acknowledged'],
  'incident.resolved': ['resolved', 'resolved'],
}

/** What is said on an incident, by event. Any other event that names an incident is passed on under its own name. */
const saidOn: Readonly<Record<string, Kind>> = {
  'incident.annotated': 'note',
  'incident.responder.added': 'responder-asked',
  'incident.responder.replied': 'responder-answered',
  'incident.status_update_published': 'status-update',
  'incident.conference_bridge.updated': 'bridge',
}

const parse = (payload: unknown, receivedAt: string): Parsed => {
  const outer = delivery.safeParse(payload)
  if (!outer.success) return firstProblem(outer.error)
  const { event } = outer.data
  const known = statusOf[event.event_type]
  if (known !== undefined) {
    const inner = incident.safeParse(event.data)
    if (inner.success) return { kind: 'alerts', alerts: [alertOf(inner.data, event, known, receivedAt)] }
    const problem = firstProblem(inner.error)
    return { ...problem, field: `event.data.${problem.field}` }
  }
  const inner = event.event_type.startsWith('incident.') ? about.safeParse(event.data) : undefined
  return inner?.success === true
    ? { kind: 'alerts', alerts: [toldOf(inner.data, event, receivedAt)] }
    : { kind: 'ignored', reason: `event ${cleanText(event.event_type, 100)} changes nothing` }
}

type Event = z.infer<typeof delivery>['event']

const newsOf = (event: Event, kind: Kind, text = ''): NonNullable<Alert['news']> => {
  const by = cleanText(event.agent?.summary ?? '', 80)
  return {
    kind,
    ...(by === '' ? {} : { by }),
    ...(event.agent ? { byId: cleanText(event.agent.id, 100) } : {}),
    ...(text === '' ? {} : { text }),
  }
}

// PagerDuty keeps one incident for one key, so its id is what is equal for the same trouble.
const fingerprintOf = (id: string): string => sha256(`pagerduty\0${id}`)

/** News about an incident that says nothing of its state: it opens nothing. */
const toldOf = (data: z.infer<typeof about>, event: Event, receivedAt: string): Alert => {
  const title = cleanText(data.incident.summary ?? '', limits.title)
  return {
    source: 'pagerduty',
    deliveryId: event.id,
    fingerprint: fingerprintOf(data.incident.id),
    status: 'told',
    title: title || `PagerDuty incident ${cleanText(data.incident.id, 40)}`,
    severity: 'info',
    labels: {},
    annotations: {},
    startsAt: cleanTime(event.occurred_at ?? undefined, receivedAt),
    news: newsOf(event, saidOn[event.event_type] ?? 'other', wordsOf(data, event.event_type)),
  }
}

/** A note keeps its lines, for the last of them may be the mark by which our own is known. */
const wordsOf = (data: z.infer<typeof about>, type: string): string => {
  const words = (text: string | null | undefined) => cleanText(text ?? '')
  const whom = words(data.user?.summary ?? data.escalation_policy?.summary)
  switch (type) {
    case 'incident.annotated':
      return cleanText(data.content ?? '', 4_000)
    case 'incident.responder.added':
    case 'incident.responder.replied':
      return [whom, words(data.state), words(data.message)].filter(Boolean).join(': ')
    case 'incident.status_update_published':
      return words(data.message)
    case 'incident.conference_bridge.updated': {
      const numbers = (data.conference_numbers ?? []).map((one) =>
        words([one.label, one.number].filter(Boolean).join(' ')),
      )
      return [cleanUrl(data.conference_url ?? undefined), ...numbers].filter(Boolean).join(', ')
    }
    default:
      return [type.replace('incident.', '').replaceAll(/[._]/g, ' '), words(data.summary)].filter(Boolean).join(': ')
  }
}

const alertOf = (
  data: z.infer<typeof incident>,
  event: Event,
  [status, kind]: readonly [Alert['status'], Kind],
  receivedAt: string,
): Alert => {
  const title = cleanText(data.title ?? '', limits.title) || `PagerDuty incident ${cleanText(data.id, 40)}`
  const url = cleanUrl(data.html_url ?? undefined)
  const priority = cleanText(data.priority?.summary ?? '', 40)
  const assignees = (data.assignees ?? []).slice(0, 10).map((one) => cleanText(one.summary ?? one.id, 80))
  const service = cleanText(data.service?.summary ?? '', 120)
  const team = cleanText(data.teams?.[0]?.summary ?? '', 80)
  return {
    source: 'pagerduty',
    deliveryId: event.id,
    fingerprint: fingerprintOf(data.id),
    status,
    title,
    severity: data.urgency === 'low' ? 'info' : priority === '' ? 'critical' : severityOf(priority),
    labels: { ...(service === '' ? {} : { pagerduty_service: service }), ...(team === '' ? {} : { team }) },
    annotations: {},
    startsAt: cleanTime(data.created_at ?? event.occurred_at ?? undefined, receivedAt),
    ...placeOfText(title),
    link: {
      id: cleanText(data.id, 100),
      ...(data.number === null || data.number === undefined ? {} : { number: data.number }),
      ...(url === undefined ? {} : { url }),
      ...(priority === '' ? {} : { priority }),
      ...(assignees.length === 0 ? {} : { assignees }),
      ...(data.escalation_policy ? { policy: cleanText(data.escalation_policy.id, 100) } : {}),
    },
    news: newsOf(event, kind),
  }
}

/** PagerDuty V3 webhooks. The signature header lists `v1=` HMACs, one for each live secret; the first ten are looked at. */
export const source: Source = {
  id: 'pagerduty',
  deliveryIds: 'given',
  rememberSeconds: 2 * 86_400,
  verify: (headers, body, secret) => {
    const listed = (headers['x-pagerduty-signature'] ?? '').slice(0, 2_000).split(',').slice(0, 10)
    const own = `v1=${hmac(secret, body)}`
    return secret !== '' && listed.map((one) => equalText(one.trim(), own)).includes(true)
  },
  parse: (payload, _headers, receivedAt) => parse(payload, receivedAt),
}
