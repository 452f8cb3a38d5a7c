import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import { cleanText, cleanTime, cleanUrl, firstProblem, limits } from './reading/bounds.ts'
import { bearerIs } from './reading/signature.ts'
import type { Parsed, Source } from './source.ts'

const text = z.string().nullish()
const notice = z.object({
  app: z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is not the name of an Application'),
  appNamespace: text,
  project: text,
  cluster: text,
  destination: z.object({ namespace: text, server: text, name: text }).nullish(),
  sync: text,
  health: text,
  phase: text,
  message: text,
  revision: text,
  repoURL: text,
  url: text,
  startedAt: text,
  finishedAt: text,
})

const parse = (payload: unknown, receivedAt: string): Parsed => {
  const parsed = notice.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { data } = parsed
  const status = statusOf(data)
  if (status === undefined) return { kind: 'ignored', reason: 'neither failed nor healthy' }
  return { kind: 'alerts', alerts: [alertOf(data, status, receivedAt)] }
}

/** Health decides over a trigger's name: a Healthy and not failed Application is well, whatever hook said so. */
const statusOf = (data: z.infer<typeof notice>): Alert['status'] | undefined => {
  if (data.phase === 'Failed' || data.phase === 'Error') return 'firing'
  if (data.health === 'Degraded' || data.health === 'Missing') return 'firing'
  if (data.health === 'Healthy' && data.sync !== 'Unknown') return 'resolved'
  return data.sync === 'Unknown' ? 'firing' : undefined
}

const alertOf = (data: z.infer<typeof notice>, status: Alert['status'], receivedAt: string): Alert => {
  const what = data.phase === 'Failed' || data.phase === 'Error' ? 'sync failed' : `is ${data.health ?? 'not in sync'}`
  const cluster = cleanText(data.cluster ?? data.destination?.name ?? '', 253)
  const namespace = cleanText(data.destination?.namespace ?? '', 63)
  const url = cleanUrl(data.url ?? undefined)
  const labels = { app: data.app, project: data.project, revision: data.revision, repo: data.repoURL }
  return {
    source: 'argocd',
    deliveryId: sha256(JSON.stringify([data.app, data.phase, data.health, data.sync, data.revision, data.finishedAt])),
    fingerprint: sha256(`argocd\0${cluster}\0${data.appNamespace ?? ''}\0${data.app}`),
    status,
    title: cleanText(`Argo CD application ${data.app} ${what}`, limits.title),
    severity: data.health === 'Degraded' ? 'critical' : 'warning',
    labels: Object.fromEntries(
      Object.entries(labels).flatMap(([key, value]) => (value ? [[key, cleanText(value, 250)]] : [])),
    ),
    annotations: data.message ? { message: cleanText(data.message) } : {},
    startsAt: cleanTime(data.startedAt ?? data.finishedAt ?? undefined, receivedAt),
    ...(cluster === '' ? {} : { cluster }),
    ...(namespace === '' ? {} : { namespace }),
    ...(url === undefined ? {} : { link: { id: data.app, url } }),
  }
}

/** Argo CD notifications, with the body template of docs/operations.md: bearer token, one incident for one Application. */
export const source: Source = {
  id: 'argocd',
  deliveryIds: 'computed',
  rememberSeconds: 600,
  verify: (headers, _body, secret) => bearerIs(headers['authorization'], secret),
  parse: (payload, _headers, receivedAt) => parse(payload, receivedAt),
}
