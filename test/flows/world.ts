import { createHmac, randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRedis, type RedisServer } from '../../src/adapters/redis/connect.ts'
import { loadConfig } from '../../src/config.ts'
import { type ClusterOptions, type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { type LocalSlack, startLocalSlack } from '../../src/demo/slack/start.ts'
import { type Clock, systemClock } from '../../src/doctor/doctor.ts'
import { silentLog } from '../../src/main/log.ts'
import { type Overrides, type Running, start } from '../../src/main.ts'

/** The whole program over the wire: real Redis, a local Slack, a simulated cluster, and the app between them. */
export type World = {
  readonly app: Running
  readonly slack: LocalSlack
  readonly cluster: SimulatedCluster
  readonly redis: RedisServer
  readonly dataDir: string
  pagerduty(event: object, options?: { readonly secret?: string }): Promise<Response>
  alertmanager(group: object, token?: string): Promise<Response>
  close(): Promise<void>
}

export const secrets = { pagerduty: 'pd-secret-0123456789', alertmanager: 'am-token-0123456789' } as const
export const channel = 'C0ONCALL'

/** Starts a world. `env` adds to or replaces the app's environment; `cluster` says what is in it. */
export const startWorld = async (
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly mode?: 'http' | 'socket'
    readonly cluster?: Omit<ClusterOptions, 'name'>
    readonly overrides?: Overrides
  } = {},
): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-flow-'))
  const dataDir = join(folder, 'data')
  mkdirSync(dataDir)
  const [redis, slack, cluster] = await Promise.all([
    openRedis({}),
    startLocalSlack({ retryDelaysMs: [50, 100, 200] }),
    startSimulatedCluster({ name: 'prod-eu1', ...options.cluster }),
  ])
  for (const user of ['reader', 'writer'] as const) writeFileSync(join(folder, user), cluster.kubeconfig(user))
  const loaded = loadConfig({
    PORT: '0',
    DOCTOR_DATA_DIR: dataDir,
    KUBECONFIG: join(folder, 'reader'),
    DOCTOR_WRITER_KUBECONFIG: join(folder, 'writer'),
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_API_URL: slack.apiUrl,
    SLACK_CHANNEL: channel,
    ...(options.mode === 'socket'
      ? { SLACK_APP_TOKEN: slack.appToken }
      : { SLACK_SIGNING_SECRET: slack.signingSecret }),
    PAGERDUTY_WEBHOOK_SECRET: secrets.pagerduty,
    ALERTMANAGER_WEBHOOK_TOKEN: secrets.alertmanager,
    DOCTOR_APPROVERS: 'U0ANA,U0DAN',
    ...options.env,
  })
  if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems))
  const app = await start(loaded.config, {
    redis,
    log: silentLog,
    pace: { burst: 20, everyMs: 20, giveUpMs: 3_000, most: 500 },
    times: { backoff: 50 },
    ...options.overrides,
  })
  if (options.mode !== 'socket') await slack.connect(`${app.url}/slack/events`)

  return {
    app,
    slack,
    cluster,
    redis,
    dataDir,
    pagerduty: (event, { secret = secrets.pagerduty } = {}) => {
      const body = JSON.stringify({ event })
      const signature = createHmac('sha256', secret).update(body).digest('hex')
      return fetch(`${app.url}/webhooks/pagerduty`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', 'x-pagerduty-signature': `v1=${signature}` },
      })
    },
    alertmanager: (group, token = secrets.alertmanager) =>
      fetch(`${app.url}/webhooks/alertmanager`, {
        method: 'POST',
        body: JSON.stringify(group),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      }),
    close: async () => {
      await app.stop()
      await Promise.all([slack.close(), cluster.close(), redis.stop()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A clock on which waiting takes a tenth of the time (or less), so that a check over twenty seconds does not take twenty. */
export const hurriedClock = (times = 10): Clock => {
  let ahead = 0
  return {
    now: () => Date.now() + Math.round(ahead),
    sleep: async (ms, signal) => {
      await systemClock.sleep(ms / times, signal)
      ahead += ms - ms / times
    },
  }
}

/** A PagerDuty V3 event about one incident. */
export const pagerdutyEvent = (type: string, data: object = {}): object => ({
  id: randomUUID(),
  event_type: `incident.${type}`,
  resource_type: 'incident',
  occurred_at: new Date().toISOString(),
  agent: { id: 'PLH1HKV', type: 'user_reference', summary: 'Ana' },
  data: {
    id: 'PGR0VU2',
    type: 'incident',
    self: 'https://api.pagerduty.com/incidents/PGR0VU2',
    html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
    number: 4711,
    status: 'triggered',
    incident_key: 'd3640fbd41094207a1c11e58e46b1662',
    created_at: new Date().toISOString(),
    title: 'payments/checkout is failing',
    urgency: 'high',
    priority: { id: 'PSO75BM', type: 'priority_reference', summary: 'P1' },
    assignees: [{ id: 'PTUXL6G', type: 'user_reference', summary: 'Ana' }],
    service: { id: 'PF9KMXH', type: 'service_reference', summary: 'payments' },
    ...data,
  },
})
