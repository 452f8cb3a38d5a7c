import type { Route } from '../adapters/http/listener.ts'
import type { Metrics } from '../adapters/http/metrics.ts'
import { slackApp } from '../adapters/slack/app.ts'
import { hearOfWrites } from '../doctor/audit/hear-of-writes.ts'
import { hearOfDeployment } from '../doctor/deploy/hear-of-deployment.ts'
import type { Doctor } from '../doctor/doctor.ts'
import { hearOfChange } from '../doctor/follow/hear-of-change.ts'
import { ears } from '../doctor/hear.ts'
import { hearOfFailure, hearOfLabel } from '../doctor/issue/hear-of-issue.ts'
import { openIntake } from '../doctor/open.ts'
import type { Store } from '../ports.ts'
import { auditRoutes } from './audit-webhook.ts'
import { rejections } from './rejections.ts'
import type { ConnectedSlack } from './slack.ts'
import { openDeliverySpool } from './spool.ts'
import { takeWith, type WebhookEars, webhookRoutes } from './webhooks.ts'

/** The hearing part: webhooks and Slack. It only verifies, stores and enqueues. */
export type Gateway = {
  readonly routes: readonly (readonly [string, Route])[]
  start(): Promise<void>
  stop(): Promise<void>
}

/** Puts the hearing part together. It hears Slack only after `start`, and webhooks as soon as its routes are listened on. */
export const gateway = async (
  doctor: Doctor,
  parts: { readonly slack: ConnectedSlack | undefined; readonly store: Store; readonly metrics: Metrics },
): Promise<Gateway> => {
  const { config, log } = doctor
  const turned = rejections(doctor)
  const hooks = {
    acked: parts.metrics.acked,
    rejected: (reason: string) => turned.rejected('slack', reason),
    fault: (err: unknown) => log.error({ err }, 'a slack request failed'),
  }
  const app =
    parts.slack === undefined || config.slack === undefined
      ? undefined
      : slackApp(config.slack, parts.slack.self, parts.store, ears(doctor), hooks)
  const listening = webhookEars(doctor)
  const spool = await openDeliverySpool(doctor, takeWith(listening))
  return {
    routes: [
      ...webhookRoutes(config, listening, turned.rejected, spool),
      ...auditRoutes(
        config.auditToken,
        [...doctor.readers.keys()],
        hearOfWrites(doctor, listening.alerts),
        turned.rejected,
      ),
      ...(app?.route === undefined ? [] : [['/slack/events', app.route] as const]),
    ],
    start: async () => {
      await app?.start()
    },
    stop: async () => {
      turned.stop()
      await Promise.all([app?.stop(), spool?.close()])
    },
  }
}

/** Who is told of what a delivery holds, or of what is found by asking. */
export const webhookEars = (doctor: Doctor): WebhookEars => ({
  alerts: openIntake(doctor),
  change: hearOfChange(doctor),
  failure: (alerts, incident) => hearOfFailure(doctor, alerts, incident),
  label: (issue, incident) => hearOfLabel(doctor, issue, incident),
  deployed: hearOfDeployment(doctor),
})
