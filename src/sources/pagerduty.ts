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
})
const delivery = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().min(1).max(100),
    occurred_at: z.string().max(100).nullish(),
    data: z.looseObject({ id: z.string().optional() }),
  }),
})

/**
 * What an event does to its incident. Who works on it and how urgent it is only change the link, as an acknowledgement does;
 * events that are not here change nothing that we follow.
 */
const statusOf: Readonly<Record<string, Alert['status']>> = {
  'incident.triggered': 'firing',
  'incident.reopened': 'firing',
  'incident.unacknowledged': 'firing',
  'incident.escalated': 'acknowledged',
  'incident.delegated': 'acknowledged',
  'incident.reassigned': 'acknowledged',
  'incident.priority_updated': 'acknowledged',
  'incident.acknowledged': 'acknowledged',
  'incident.resolved': 'resolved',
}

const parse = (payload: unknown, receivedAt: string): Parsed => {
  const outer = delivery.safeParse(payload)
  if (!outer.success) return firstProblem(outer.error)
  const { event } = outer.data
  const status = statusOf[event.event_type]
  if (status === undefined)
    return { kind: 'ignored', reason: `event ${cleanText(event.event_type, 100)} changes nothing` }
  const inner = incident.safeParse(event.data)
  if (!inner.success) {
    const problem = firstProblem(inner.error)
    return { ...problem, field: `event.data.${problem.field}` }
  }
  return { kind: 'alerts', alerts: [alertOf(inner.data, event.id, status, event.occurred_at ?? undefined, receivedAt)] }
}

const alertOf = (
  data: z.infer<typeof incident>,
  deliveryId: string,
  status: Alert['status'],
  occurredAt: string | undefined,
  receivedAt: string,
): Alert => {
  const title = cleanText(data.title ?? '', limits.title) || `PagerDuty incident ${cleanText(data.id, 40)}`
  const url = cleanUrl(data.html_url ?? undefined)
  const priority = cleanText(data.priority?.summary ?? '', 40)
  const assignees = (data.assignees ?? []).slice(0, 10).map((one) => cleanText(one.summary ?? one.id, 80))
  const service = cleanText(data.service?.summary ?? '', 120)
  return {
    source: 'pagerduty',
    deliveryId,
    // PagerDuty keeps one incident for one key, so its id is what is equal for the same trouble.
    fingerprint: sha256(`pagerduty\0${data.id}`),
    status,
    title,
    severity: data.urgency === 'low' ? 'info' : priority === '' ? 'critical' : severityOf(priority),
    labels: service === '' ? {} : { pagerduty_service: service },
    annotations: {},
    startsAt: cleanTime(data.created_at ?? occurredAt, receivedAt),
    ...placeOfText(title),
    link: {
      id: cleanText(data.id, 100),
      ...(data.number === null || data.number === undefined ? {} : { number: data.number }),
      ...(url === undefined ? {} : { url }),
      ...(priority === '' ? {} : { priority }),
      ...(assignees.length === 0 ? {} : { assignees }),
    },
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
