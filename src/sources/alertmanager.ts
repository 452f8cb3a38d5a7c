import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { canonicalHash, sha256 } from '../domain/canonical.ts'
import { cleanLabels, cleanText, cleanTime, cleanUrl, firstProblem, limits, severityOf } from './reading/bounds.ts'
import { placeOfLabels } from './reading/place.ts'
import { bearerIs } from './reading/signature.ts'
import type { Parsed, Source } from './source.ts'

const labels = z.record(z.string().max(1_000), z.unknown())
const one = z.object({
  status: z.enum(['firing', 'resolved']).optional(),
  labels: labels.optional(),
  annotations: labels.optional(),
  startsAt: z.string().max(100).optional(),
  endsAt: z.string().max(100).optional(),
  generatorURL: z.string().optional(),
  fingerprint: z.string().max(200).optional(),
})
const group = z.object({
  version: z.literal('4'),
  groupKey: z.string().max(20_000).optional(),
  status: z.enum(['firing', 'resolved']),
  receiver: z.string().max(1_000).optional(),
  groupLabels: labels.optional(),
  commonLabels: labels.optional(),
  commonAnnotations: labels.optional(),
  externalURL: z.string().optional(),
  alerts: z.array(one).min(1).max(1_000),
})

const parse = (payload: unknown, receivedAt: string): Parsed => {
  const parsed = group.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { data } = parsed
  const common = cleanLabels(data.commonLabels)
  const named = cleanLabels(data.groupLabels)
  // Alertmanager groups what belongs together, so the group is the trouble; without a key its labels are.
  const fingerprint = sha256(
    `alertmanager\0${data.groupKey ?? canonicalHash(Object.keys(named).length > 0 ? named : common)}`,
  )
  const alerts = data.alerts.map((item) => alertOf(item, data, fingerprint, receivedAt))
  return { kind: 'alerts', alerts }
}

const alertOf = (
  item: z.infer<typeof one>,
  data: z.infer<typeof group>,
  fingerprint: string,
  receivedAt: string,
): Alert => {
  const all = cleanLabels({ ...data.commonLabels, ...item.labels })
  const annotations = cleanLabels({ ...data.commonAnnotations, ...item.annotations })
  // A group is resolved only when all of it is, so an alert that ended in a firing group says nothing yet.
  const status = data.status
  const startsAt = cleanTime(item.startsAt, receivedAt)
  const own = item.fingerprint ?? canonicalHash(all)
  const url = cleanUrl(item.generatorURL) ?? cleanUrl(data.externalURL)
  const title = annotations['summary'] ?? annotations['title'] ?? annotations['message'] ?? all['alertname']
  return {
    source: 'alertmanager',
    deliveryId: sha256(
      [fingerprint, own, item.startsAt ?? '', item.endsAt ?? '', item.status ?? status, status].join('\0'),
    ),
    fingerprint,
    status,
    title: cleanText(title ?? 'an alert without a name', limits.title),
    severity: severityOf(all['severity'] ?? all['priority']),
    labels: all,
    annotations,
    startsAt,
    ...placeOfLabels(all),
    ...(url === undefined ? {} : { link: { id: cleanText(own, 100), url, ...silenceOf(data) } }),
  }
}

/** Where the group can be silenced: the new silence of its own Alertmanager, filled in. */
const silenceOf = (data: z.infer<typeof group>): { readonly silence?: string } => {
  const matchers = Object.entries(cleanLabels(data.groupLabels)).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  )
  const base = cleanUrl(data.externalURL)
  if (base === undefined || matchers.length === 0) return {}
  const filter = encodeURIComponent(`{${matchers.join(', ')}}`)
  const silence = cleanUrl(`${base.replace(/\/+$/, '')}/#/silences/new?filter=${filter}`)
  return silence === undefined ? {} : { silence }
}

/** The Alertmanager webhook, version 4: bearer token, one incident for one group. */
export const source: Source = {
  id: 'alertmanager',
  deliveryIds: 'computed',
  // It has no delivery ids: the same alert in the same state within ten minutes is a retry; later it is news that it still fires.
  rememberSeconds: 600,
  verify: (headers, _body, secret) => bearerIs(headers['authorization'], secret),
  parse: (payload, _headers, receivedAt) => parse(payload, receivedAt),
}
