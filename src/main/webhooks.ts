import type { Route } from '../adapters/http/listener.ts'
import { type Taken, webhookRoute } from '../adapters/http/webhook.ts'
import type { Config } from '../config.ts'
import type { HearOfChange } from '../doctor/follow/hear-of-change.ts'
import type { Intake } from '../doctor/open.ts'
import type { Alert } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import type { DeploymentNews } from '../domain/deployment-news.ts'
import { sources } from '../sources/load.ts'
import type { LabelledIssue, Parsed, Source } from '../sources/source.ts'
import { type DeliverySpool, type Take, takeOrKeep } from './spool.ts'

/** A route for each source that has its secret; a source without one answers 404, as INTERFACE.md promises. */
export const webhookRoutes = (
  config: Config,
  ears: WebhookEars,
  rejected: (source: string, reason: string) => void,
  spool?: DeliverySpool,
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
      take: (payload, request) => takeOrKeep(spool, takeWith(ears), source, payload, request),
      rejected: (reason) => rejected(source.id, reason),
    })
    return [[`/webhooks/${source.id}`, route] as const]
  })
}

/** Who is told of what a delivery holds. */
export type WebhookEars = {
  readonly alerts: Intake
  readonly change: HearOfChange
  readonly failure: (alerts: readonly Alert[], incident: string) => Promise<void>
  /** True where the issue is one that we know; `incident` is the case that an unknown one opened. */
  readonly label: (issue: LabelledIssue, incident?: string) => Promise<boolean>
  /** True where the deployment is something to watch. */
  readonly deployed?: (news: DeploymentNews) => Promise<boolean>
}

/** Takes deliveries in with these ears. */
export const takeWith =
  (ears: WebhookEars): Take =>
  (source, payload, request) => {
    const parsed = source.parse(payload, request.headers, new Date(request.at).toISOString())
    return takeParsed(ears, source, parsed, sha256(request.body))
  }

/** Tells what a delivery held to those whom it concerns. `body` is a hash of its bytes. */
export const takeParsed = async (ears: WebhookEars, source: Source, parsed: Parsed, body: string): Promise<Taken> => {
  switch (parsed.kind) {
    case 'pull-request':
      return (await ears.change(parsed.news))
        ? { kind: 'accepted', ids: [parsed.deliveryId] }
        : { kind: 'ignored', reason: 'not a pull request of ours' }
    case 'alerts': {
      const taken = await ears.alerts(source, parsed.alerts, body)
      if (taken.kind === 'accepted') await ears.failure(parsed.alerts, taken.ids[0] ?? '')
      return taken
    }
    case 'deployment': {
      const watched = (await ears.deployed?.(parsed.news)) ?? false
      if (parsed.alerts.length > 0) return ears.alerts(source, parsed.alerts, body)
      return watched
        ? { kind: 'accepted', ids: [parsed.deliveryId] }
        : { kind: 'ignored', reason: 'no news that asks for anything' }
    }
    case 'issue': {
      if (await ears.label(parsed.issue)) return { kind: 'accepted', ids: [parsed.deliveryId] }
      const taken = await ears.alerts(source, parsed.alerts, body)
      if (taken.kind === 'accepted') await ears.label(parsed.issue, taken.ids[0])
      return taken
    }
    default:
      return parsed
  }
}
