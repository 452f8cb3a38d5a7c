import { z } from 'zod'
import type { Alert } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import { cleanText, cleanTime, cleanUrl, firstProblem, limits } from './reading/bounds.ts'
import { bearerIs } from './reading/signature.ts'
import type { Parsed, Source } from './source.ts'

const text = z.string().nullish()
const name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is not the name of an Application')
const notice = z.object({
  app_name: name,
  app_namespace: text,
  project: text,
  cluster: text,
  namespace: text,
  sync_status: text,
  health_status: text,
  operation_phase: text,
  message: text,
  resources: z.unknown().optional(),
  revision: text,
  repo_url: text,
  url: text,
  started_at: text,
  finished_at: text,
})

/** The alerts of a notice as Argo CD's notifications carry it, whoever brings it. */
export const parseNotice = (payload: unknown, receivedAt: string): Parsed => {
  const parsed = notice.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { data } = parsed
  const status = statusOf(data)
  if (status === undefined) return { kind: 'ignored', reason: 'neither failed nor healthy' }
  return { kind: 'alerts', alerts: [alertOf(data, status, receivedAt)] }
}

const failed = ({ operation_phase: phase }: z.infer<typeof notice>): boolean => phase === 'Failed' || phase === 'Error'

/** Health decides over a trigger's name: a Healthy and not failed Application is well, whatever hook said so. */
const statusOf = (data: z.infer<typeof notice>): Alert['status'] | undefined => {
  if (failed(data)) return 'firing'
  if (data.health_status === 'Degraded' || data.health_status === 'Missing') return 'firing'
  if (data.health_status === 'Healthy' && data.sync_status !== 'Unknown') return 'resolved'
  return data.sync_status === 'Unknown' ? 'firing' : undefined
}

const alertOf = (data: z.infer<typeof notice>, status: Alert['status'], receivedAt: string): Alert => {
  const what = failed(data) ? 'sync failed' : `is ${data.health_status ?? 'not in sync'}`
  const cluster = cleanText(data.cluster ?? '', 253)
  const namespace = cleanText(data.namespace ?? '', 63)
  const url = cleanUrl(data.url ?? undefined)
  const labels = { app: data.app_name, project: data.project, revision: data.revision, repo: data.repo_url }
  return {
    source: 'argocd',
    deliveryId: sha256(
      JSON.stringify([
        data.app_name,
        data.operation_phase,
        data.health_status,
        data.sync_status,
        data.revision,
        data.finished_at,
      ]),
    ),
    fingerprint: sha256(`argocd\0${cluster}\0${data.app_namespace ?? ''}\0${data.app_name}`),
    status,
    title: cleanText(`Argo CD application ${data.app_name} ${what}`, limits.title),
    severity: data.health_status === 'Degraded' ? 'critical' : 'warning',
    labels: Object.fromEntries(
      Object.entries(labels).flatMap(([key, value]) => (value ? [[key, cleanText(value, 250)]] : [])),
    ),
    annotations: {
      ...(data.message ? { message: cleanText(data.message) } : {}),
      ...(resourcesText(data.resources) === '' ? {} : { resources: resourcesText(data.resources) }),
    },
    startsAt: cleanTime(data.started_at ?? data.finished_at ?? undefined, receivedAt),
    ...(cluster === '' ? {} : { cluster }),
    ...(namespace === '' ? {} : { namespace }),
    ...(url === undefined ? {} : { link: { id: data.app_name, url } }),
  }
}

/** The resources that the notice names, as text: a list of objects, or text as a template prints it. */
const resourcesText = (resources: unknown): string => {
  if (typeof resources === 'string') return cleanText(resources, 1_000)
  if (!Array.isArray(resources)) return ''
  const one = (item: unknown) => {
    const { kind, namespace, name: called, status, health } = (item ?? {}) as Record<string, unknown>
    return [kind, [namespace, called].filter(Boolean).join('/'), status, health]
      .filter((part) => typeof part === 'string' && part !== '')
      .join(' ')
  }
  return cleanText(resources.slice(0, 20).map(one).filter(Boolean).join(', '), 1_000)
}

/** Argo CD notifications, with the body template of docs/operations.md: bearer token, one incident for one Application. */
export const source: Source = {
  id: 'argocd',
  deliveryIds: 'computed',
  rememberSeconds: 600,
  verify: (headers, _body, secret) => bearerIs(headers['authorization'], secret),
  parse: (payload, _headers, receivedAt) => parseNotice(payload, receivedAt),
}
