import type { Route } from '../adapters/http/listener.ts'
import { type Taken, webhookRoute } from '../adapters/http/webhook.ts'
import type { HearOfWrites } from '../doctor/audit/hear-of-writes.ts'
import { parseAudit, verifyAudit } from '../sources/kubernetes-audit.ts'

const path = '/webhooks/kubernetes-audit'

/**
 * The routes of the API servers' audit webhooks: one for each cluster under its name, and the plain path for the first of them.
 * None where there is no token.
 */
export const auditRoutes = (
  token: string | undefined,
  clusters: readonly string[],
  hear: HearOfWrites,
  rejected: (source: string, reason: string) => void,
): readonly (readonly [string, Route])[] => {
  if (token === undefined) return []
  const route = (cluster: string): Route =>
    webhookRoute({
      verify: (headers) => verifyAudit(headers, token),
      take: (payload, request) => take(hear, cluster, payload, new Date(request.at).toISOString()),
      rejected: (reason) => rejected('kubernetes-audit', reason),
    })
  const [first] = clusters
  return [
    ...(first === undefined ? [] : [[path, route(first)] as const]),
    ...clusters.map((cluster) => [`${path}/${encodeURIComponent(cluster)}`, route(cluster)] as const),
  ]
}

const take = async (hear: HearOfWrites, cluster: string, payload: unknown, at: string): Promise<Taken> => {
  const parsed = parseAudit(payload, at)
  if (parsed.kind === 'invalid') return parsed
  if (parsed.writes.length === 0) return { kind: 'ignored', reason: 'nothing was written' }
  await hear(cluster, parsed.writes)
  return { kind: 'accepted', ids: parsed.writes.map(({ id }) => id).slice(0, 20) }
}
