import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type LocalSlack, startLocalSlack } from '../../src/demo/slack/start.ts'
import { freePort } from '../free-port.ts'
import { approvalsToWrites } from './approval.ts'

/**
 * Measures the app from outside, as a process of its own beside a cluster of 5,000 pods, and prints each figure beside its bar.
 * `--check` exits 1 when a bar is missed; `--pods N` chooses another size.
 */
const root = join(import.meta.dirname, '../..')
const argument = (name: string): string | undefined => process.argv[process.argv.indexOf(name) + 1]
const pods = process.argv.includes('--pods') ? Number(argument('--pods')) : 5_000
const channel = 'C0ONCALL'
const token = 'bench-alertmanager-token'
const folder = mkdtempSync(join(tmpdir(), 'doctor-bench-'))
const children: ChildProcess[] = []
type Row = { readonly what: string; readonly bar: string; readonly figure: string; readonly holds: boolean }
const rows: Row[] = []

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? Number.NaN
const record = (what: string, value: number, bar: number, unit: 'ms' | 'MB') =>
  rows.push({ what, bar: `< ${bar} ${unit}`, figure: `${Math.round(value)} ${unit}`, holds: value < bar })

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess => {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  return child
}

/** Resident memory of a process in MB, as the kernel counts it. */
const resident = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

const ready = async (url: string): Promise<void> => {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 0,
    )
    if (status === 200) return
    await sleep(20)
  }
  throw new Error('the app did not become ready')
}

const alert = (index: number) => ({
  version: '4',
  groupKey: `{}:{alertname="Bench${index}"}`,
  status: 'firing',
  receiver: 'doctor',
  groupLabels: { alertname: `Bench${index}` },
  commonLabels: { alertname: `Bench${index}`, namespace: `team-${index % 20}`, severity: 'critical' },
  commonAnnotations: { summary: `bench ${index}` },
  externalURL: 'http://alertmanager.test',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: `Bench${index}`, namespace: `team-${index % 20}`, severity: 'critical' },
      annotations: {},
      startsAt: new Date().toISOString(),
      fingerprint: `bench${index}`,
    },
  ],
})

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}

const measure = async (slack: LocalSlack, url: string, pid: number): Promise<void> => {
  const person = slack.as('U0CARA')
  await sleep(2_000)
  record('resident memory, idle', resident(pid), 180, 'MB')

  // Reads through to Slack: from typing to the answer being visible.
  const reads: number[] = []
  for (let index = 0; index < 20; index += 1) {
    const begin = performance.now()
    const before = slack.messages(channel).length
    await person.command(`/doctor pods -n team-${index % 20}`, channel)
    await slack.waitFor((message) => message.channel === channel && slack.messages(channel).length > before, 10_000)
    reads.push(performance.now() - begin)
  }
  record('fast read, typed to visible, p95', percentile(reads, 0.95), 1_000, 'ms')

  // Commands while a worker diagnoses the whole cluster.
  let peak = 0
  let diagnosing = true
  const watching = (async () => {
    while (diagnosing) {
      peak = Math.max(peak, resident(pid))
      await sleep(20)
    }
  })()
  const acks: number[] = []
  const diagnoses: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const count = slack.messages(channel).length
    const diagnosis = timed(async () => {
      await person.command(`/doctor diagnose -q "round ${round}"`, channel)
      await slack.waitFor(
        (message) =>
          slack.messages(channel).indexOf(message) >= count && slack.messages(channel, message.ts).length > 1,
        60_000,
      )
    })
    await sleep(300)
    acks.push(
      ...(await Promise.all(Array.from({ length: 50 }, () => timed(() => person.command('/doctor help', channel))))),
    )
    diagnoses.push(await diagnosis)
  }
  diagnosing = false
  await watching
  record('ack of /doctor, 3 × 50 at once during diagnoses, p99', percentile(acks, 0.99), 500, 'ms')
  record(`diagnosis of ${pods} pods, typed to cause in the thread, slowest of 3`, Math.max(...diagnoses), 10_000, 'ms')
  record('resident memory, peak during that diagnosis', peak, 400, 'MB')

  const first: number[] = []
  const cause: number[] = []
  for (let index = 0; index < 5; index += 1) {
    const begin = performance.now()
    const response = await fetch(`${url}/webhooks/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(alert(index)),
    })
    if (response.status !== 202)
      throw new Error(`the webhook was answered ${response.status}: ${await response.text()}`)
    const parent = await slack.waitFor(
      (message) =>
        JSON.stringify(message).includes(`bench ${index}`) || JSON.stringify(message).includes(`Bench${index}`),
      20_000,
    )
    first.push(performance.now() - begin)
    await slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts, 30_000)
    cause.push(performance.now() - begin)
  }
  record('webhook to first line in the thread, p95', percentile(first, 0.95), 3_000, 'ms')
  record('webhook to diagnosis, p95', percentile(cause, 0.95), 10_000, 'ms')
}

const main = async (): Promise<void> => {
  const cluster = run(['test/bench/big-cluster.ts', folder, String(pods)])
  await new Promise((resolve, reject) => {
    cluster.stdout?.once('data', resolve)
    cluster.once('exit', () => reject(new Error('the cluster did not start')))
  })
  const slack = await startLocalSlack({})
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const begin = performance.now()
  const app = run(['dist/cli.js', 'start'], {
    PORT: String(port),
    SLACK_API_URL: slack.apiUrl,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_CHANNEL: channel,
    KUBECONFIG: join(folder, 'reader.kubeconfig'),
    DOCTOR_WRITER_KUBECONFIG: join(folder, 'writer.kubeconfig'),
    DOCTOR_DATA_DIR: join(folder, 'data'),
    DOCTOR_APPROVERS: 'S0ONCALL',
    ALERTMANAGER_WEBHOOK_TOKEN: token,
    DOCTOR_DEBOUNCE: '0s',
    LOG_LEVEL: 'warn',
  })
  await ready(url)
  record('start to ready', performance.now() - begin, 3_000, 'ms')
  await slack.connect(`${url}/slack/events`)
  await measure(slack, url, app.pid ?? 0)
  // Ten an hour are the budget of a cluster.
  const writes = await approvalsToWrites(slack, cluster, channel, 9)
  record('approval pressed to write at the API server, p95', percentile(writes, 0.95), 1_000, 'ms')
  app.kill('SIGTERM')
  await new Promise((resolve) => app.once('exit', resolve))
  await slack.close()
}

try {
  await main()
} finally {
  for (const child of children) child.kill('SIGTERM')
  await sleep(300)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
const width = Math.max(...rows.map((row) => row.what.length))
for (const row of rows)
  console.log(
    `${row.what.padEnd(width)}  ${row.figure.padStart(10)}  ${row.bar.padStart(12)}  ${row.holds ? 'holds' : 'MISSED'}`,
  )
process.exit(process.argv.includes('--check') && rows.some((row) => !row.holds) ? 1 : 0)
