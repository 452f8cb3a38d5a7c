import type { Route } from '../adapters/http/listener.ts'
import { webhookRoute } from '../adapters/http/webhook.ts'
import type { Config } from '../config.ts'
import type { HearOfChange } from '../doctor/hear-of-change.ts'
import type { Intake } from '../doctor/open.ts'
import { sha256 } from '../domain/canonical.ts'
import { sources } from '../sources/load.ts'

/** A route for each source that has its secret; a source without one answers 404, as INTERFACE.md promises. */
export const webhookRoutes = (
  config: Config,
  intake: Intake,
  hear: HearOfChange,
  rejected: (source: string, reason: string) => void,
): readonly (readonly [string, Route])[] => {
  const secrets: Readonly<Record<string, string | undefined>> = {
    pagerduty: config.pagerduty.webhookSecret,
    alertmanager: config.alertmanagerToken,
    argocd: config.argocdToken,
    grafana: config.grafanaToken,
    github: config.github?.webhookSecret,
  }
  return sources.flatMap((source) => {
    const secret = secrets[source.id]
    if (secret === undefined) return []
    const route = webhookRoute({
      verify: (headers, body) => source.verify(headers, body, secret),
      take: async (payload, request) => {
        const parsed = source.parse(payload, request.headers, new Date(request.at).toISOString())
        if (parsed.kind === 'pull-request')
          return (await hear(parsed.news))
            ? { kind: 'accepted', ids: [parsed.deliveryId] }
            : { kind: 'ignored', reason: 'not a pull request of ours' }
        return parsed.kind === 'alerts' ? intake(source, parsed.alerts, sha256(request.body)) : parsed
      },
      rejected: (reason) => rejected(source.id, reason),
    })
    return [[`/webhooks/${source.id}`, route] as const]
  })
}
