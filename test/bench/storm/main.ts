import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalSlack, startLocalSlack } from '../../../src/demo/slack/start.ts'
import type { Incident } from '../../../src/domain/incident.ts'
import { type App, startApp } from './app.ts'
import { type KillableRedis, startRedis } from './redis.ts'
import { type Sent, type Storm, sendStorm } from './send.ts'

/**
 * Alert storms against the app as processes of their own, each figure beside its bar (SAFETY F27, F28). `--only NAME` plays one of
 * them, `--check` exits 1 when a bar is missed, `--alerts N` and `--seconds N` make them smaller.
 */
const root = join(import.meta.dirname, '../../..')
const argument = (name: string, fallback: number): number => {
  const at = process.argv.indexOf(name)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
const alerts = argument('--alerts', 10_000)
const seconds = argument('--seconds', 60)
const secret = 'bench-pagerduty-secret'
const channel = 'C0ONCALL'

/** One storm: how many troubles, how many replicas, and whether Redis is killed in the middle. */
type Play = { readonly name: string; readonly troubles: number; readonly replicas: number; readonly kill: boolean }
const plays: readonly Play[] = [
  { name: 'plain', troubles: argument('--troubles', 50), replicas: 1, kill: false },
  { name: 'redis-killed', troubles: argument('--troubles', 50), replicas: 1, kill: true },
  { name: 'two-replicas', troubles: argument('--troubles', 50), replicas: 2, kill: false },
  { name: 'distinct', troubles: alerts, replicas: 1, kill: false },
]

type Row = { readonly what: string; readonly figure: string; readonly bar: string; readonly holds: boolean }

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? Number.NaN
const most = (what: string, value: number, bar: number, unit = ''): Row => ({
  what,
  figure: `${Math.round(value)}${unit}`,
  bar: `≤ ${bar}${unit}`,
  holds: value <= bar,
})
const exactly = (what: string, value: number, bar: number): Row => ({
  what,
  figure: String(value),
  bar: `= ${bar}`,
  holds: value === bar,
})

/** What of a play is looked at from outside while it runs. */
type Scene = {
  readonly folder: string
  readonly redis: KillableRedis
  readonly slack: LocalSlack
  readonly apps: readonly App[]
}

const play = async (one: Play): Promise<readonly Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-storm-'))
  const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })]
  try {
    return await measure(one, await raise(one, folder, closers))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}

const raise = async (one: Play, folder: string, closers: (() => unknown)[]): Promise<Scene> => {
  const cluster = await startCluster(folder)
  closers.push(() => void cluster.kill('SIGTERM'))
  const redis = await startRedis(folder)
  closers.push(() => redis.stop())
  const slack = await startLocalSlack({})
  closers.push(() => slack.close())
  const apps: App[] = []
  for (let index = 0; index < one.replicas; index += 1) {
    const app = await startApp({
      ...environment(folder, redis.url, slack),
      DOCTOR_SPOOL_MB: '64',
      // Replicas share the seal key as they would share a secret; the record of each is its own.
      DOCTOR_DATA_DIR: join(folder, `data-${index}`),
      DOCTOR_SEAL_KEY: sealKey,
    })
    apps.push(app)
    closers.push(() => app.stop())
  }
  await slack.connect(`${apps[0]?.url}/slack/events`)
  return { folder, redis, slack, apps }
}

const sealKey = 'ab'.repeat(32)

const environment = (folder: string, redis: string, slack: LocalSlack): Readonly<Record<string, string>> => ({
  REDIS_URL: redis,
  SLACK_API_URL: slack.apiUrl,
  SLACK_BOT_TOKEN: slack.botToken,
  SLACK_SIGNING_SECRET: slack.signingSecret,
  SLACK_CHANNEL: channel,
  KUBECONFIG: join(folder, 'reader.kubeconfig'),
  DOCTOR_WRITER_KUBECONFIG: join(folder, 'writer.kubeconfig'),
  DOCTOR_APPROVERS: 'S0ONCALL',
  PAGERDUTY_WEBHOOK_SECRET: secret,
  LOG_LEVEL: 'silent',
})

const startCluster = async (folder: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ['test/bench/big-cluster.ts', folder, '500'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve, reject) => {
    child.stdout?.once('data', resolve)
    child.once('exit', () => reject(new Error('the cluster did not start')))
  })
  return child
}

const measure = async (one: Play, scene: Scene): Promise<readonly Row[]> => {
  const { apps, redis, slack } = scene
  const storm: Storm = { alerts, troubles: one.troubles, seconds }
  await Promise.all(apps.map((app) => app.loopDelay()))
  const before = apps.map((app) => app.used())
  const begin = Date.now()
  let banner = Number.NaN
  const watching = slack
    .waitFor((message) => message.text.includes('Alert storm'), seconds * 1_000)
    .then(
      () => {
        banner = Date.now() - begin
      },
      () => undefined,
    )
  if (one.kill) setTimeout(() => void killRedis(redis), (seconds * 1_000) / 2)
  const minute = sleep(Math.min(60, seconds) * 1_000).then(() => posted(slack))
  const sent = await sendStorm(
    apps.map((app) => app.url),
    secret,
    storm,
  )
  const used = apps.map((app, index) => app.used() - (before[index] ?? 0))
  const delays = await Promise.all(apps.map((app) => app.loopDelay()))
  const messages = await minute
  const ended = Date.now()
  const drained = await drain(apps, scene.folder, ended)
  await (one.troubles > 1_000 ? watching : undefined)
  const incidents = await redis.incidents(sealKey)
  const peaks = apps.map((app) => app.peak())
  const calls = { posts: callsOf(slack, 'chat.postMessage'), edits: callsOf(slack, 'chat.update') }
  return rowsOf(one, sent, { incidents, messages, drained, delays, used, banner, peaks, calls })
}

const killRedis = async (redis: KillableRedis): Promise<void> => {
  redis.kill()
  await sleep(3_000)
  await redis.start()
}

const posted = (slack: LocalSlack): number =>
  slack.messages(channel).filter((message) => message.user === 'U0DOC' || message.bot_id !== undefined).length

const callsOf = (slack: LocalSlack, method: string): number =>
  slack.calls.filter((call) => call.method === method).length

/** Whether a gateway still has deliveries on its disk. */
const keeps = (folder: string): boolean =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((name) => name.endsWith('.journal'))

/** How long until no job waits or is worked on, in seconds; two looks in a row, since one job may make the next. */
const drain = async (apps: readonly App[], folder: string, since: number): Promise<number> => {
  for (let quiet = 0; quiet < 2; ) {
    if (Date.now() - since > 180_000) return Number.POSITIVE_INFINITY
    const busy = await apps[0]?.busy().catch(() => 1)
    quiet = busy === 0 && !keeps(folder) ? quiet + 1 : 0
    if (quiet < 2) await sleep(250)
  }
  return (Date.now() - since) / 1_000
}

type Seen = {
  readonly incidents: readonly Incident[]
  readonly messages: number
  readonly drained: number
  readonly delays: readonly number[]
  readonly used: readonly number[]
  readonly banner: number
  readonly peaks: readonly number[]
  readonly calls: { readonly posts: number; readonly edits: number }
}

const rowsOf = (one: Play, sent: Sent, seen: Seen): readonly Row[] => {
  const counted = seen.incidents.reduce((sum, incident) => sum + incident.seen, 0)
  const distinct = one.troubles > 1_000
  return [
    exactly('alerts taken', sent.taken, alerts),
    exactly('sum of counts', counted, alerts),
    ...(distinct
      ? [most('seconds to the storm’s own message', seen.banner / 1_000, 5, ' s')]
      : [most('incidents', seen.incidents.length, one.troubles)]),
    most('answer, p99', percentile(sent.answers, 0.99), 500, ' ms'),
    most('answer, slowest', Math.max(...sent.answers), 2_500, ' ms'),
    // While Redis is away an alert is refused at once, and its sender sends it again.
    ...(one.kill ? [most('refusal, p99', percentile(sent.refusals, 0.99), 500, ' ms')] : []),
    most('Slack messages in the first minute', seen.messages, 60),
    {
      what: 'messages and edits in all',
      figure: `${seen.calls.posts} + ${seen.calls.edits}`,
      bar: 'few',
      holds: true,
    },
    ...seen.peaks.map((peak) => most('resident memory, peak', peak, 512, ' MB')),
    ...seen.delays.map((delay) => most('event loop delay, p99', delay, 50, ' ms')),
    most('drained after the last', seen.drained, 120, ' s'),
    ...seen.used.map((cpu) => ({
      what: 'processor time during the storm',
      figure: `${cpu.toFixed(1)} s`,
      bar: `of ${seconds} s`,
      holds: true,
    })),
    { what: 'asked to send again', figure: String(sent.refusals.length), bar: one.kill ? 'some' : 'few', holds: true },
  ]
}

const at = process.argv.indexOf('--only')
const wanted = at < 0 ? undefined : process.argv[at + 1]
let missed = 0
for (const one of plays.filter(({ name }) => wanted === undefined || name === wanted)) {
  const rows = await play(one)
  missed += rows.filter((row) => !row.holds).length
  console.log(
    `\n${one.name}: ${alerts} alerts in ${seconds} s over ${one.troubles} troubles, ${one.replicas} replica(s)`,
  )
  for (const row of rows)
    console.log(
      `  ${row.what.padEnd(40)} ${row.figure.padStart(10)} ${row.bar.padStart(12)}  ${row.holds ? 'holds' : 'MISSED'}`,
    )
}
process.exit(process.argv.includes('--check') && missed > 0 ? 1 : 0)
