import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { canonicalHash, sha256 } from '../domain/canonical.ts'
import { cleanLabels, cleanText, cleanTime, cleanUrl, firstProblem, limits, severityOf } from './reading/bounds.ts'
import { placeOfLabels } from './reading/place.ts'
import { bearerIs, equalText, hmac } from './reading/signature.ts'
import type { Parsed, Source } from './source.ts'

const labels = z.record(z.string().max(1_000), z.unknown())
const one = z.object({
  status: z.enum(['firing', 'resolved']).optional(),
  labels: labels.nullish(),
  annotations: labels.nullish(),
  startsAt: z.string().max(100).nullish(),
  endsAt: z.string().max(100).nullish(),
  generatorURL: z.string().nullish(),
  silenceURL: z.string().nullish(),
  dashboardURL: z.string().nullish(),
  panelURL: z.string().nullish(),
  fingerprint: z.string().max(200).nullish(),
})
const group = z.object({
  // Old Grafanas sent no version, and one of their own: the shape decides.
  version: z.string().max(20).nullish(),
  orgId: z.number().int().nullish(),
  groupKey: z.string().max(20_000).nullish(),
  status: z.enum(['firing', 'resolved']),
  groupLabels: labels.nullish(),
  commonLabels: labels.nullish(),
  commonAnnotations: labels.nullish(),
  externalURL: z.string().nullish(),
  title: z.string().nullish(),
  alerts: z.array(one).min(1).max(1_000),
})

const parse = (payload: unknown, receivedAt: string): Parsed => {
  const parsed = group.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { data } = parsed
  const named = cleanLabels(data.groupLabels ?? undefined)
  const common = cleanLabels(data.commonLabels ?? undefined)
  const key = data.groupKey ?? canonicalHash(Object.keys(named).length > 0 ? named : common)
  // Two organisations of one Grafana may have equal groups; they are different people's.
  const fingerprint = sha256(`grafana\0${data.orgId ?? 0}\0${key}`)
  return { kind: 'alerts', alerts: data.alerts.map((item) => alertOf(item, data, fingerprint, receivedAt)) }
}

const alertOf = (
  item: z.infer<typeof one>,
  data: z.infer<typeof group>,
  fingerprint: string,
  receivedAt: string,
): Alert => {
  const all = cleanLabels({ ...data.commonLabels, ...item.labels })
  const annotations = cleanLabels({ ...data.commonAnnotations, ...item.annotations })
  const own = item.fingerprint ?? canonicalHash(all)
  const url = [item.panelURL, item.dashboardURL, item.generatorURL, data.externalURL]
    .map((text) => cleanUrl(text ?? undefined))
    .find((text) => text !== undefined)
  const silence = cleanUrl(item.silenceURL ?? undefined)
  const title = annotations['summary'] ?? annotations['title'] ?? all['alertname'] ?? data.title
  return {
    source: 'grafana',
    deliveryId: sha256(
      [fingerprint, own, item.startsAt ?? '', item.endsAt ?? '', item.status ?? data.status, data.status].join('\0'),
    ),
    fingerprint,
    // A group is resolved only when all of it is, so an alert that ended in a firing group says nothing yet.
    status: data.status,
    title: cleanText(title ?? 'an alert without a name', limits.title),
    severity: severityOf(all['severity'] ?? all['priority']),
    labels: all,
    annotations,
    startsAt: cleanTime(item.startsAt ?? undefined, receivedAt),
    ...placeOfLabels(all),
    ...(url === undefined
      ? {}
      : { link: { id: cleanText(own, 100), url, ...(silence === undefined ? {} : { silence }) } }),
  }
}

/**
 * Grafana alerting's webhook contact point: one incident for one group. The token comes as a bearer, or as the secret of its
 * HMAC signature over the body.
 */
export const source: Source = {
  id: 'grafana',
  deliveryIds: 'computed',
  rememberSeconds: 600,
  verify: (headers, body, secret) => {
    if (bearerIs(headers['authorization'], secret)) return true
    const signature = headers['x-grafana-alerting-signature']
    return secret !== '' && signature !== undefined && equalText(signature.trim().toLowerCase(), hmac(secret, body))
  },
  parse: (payload, _headers, receivedAt) => parse(payload, receivedAt),
}
