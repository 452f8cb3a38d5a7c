import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { type LocalSlack, startLocalSlack } from '../../src/demo/slack/start.ts'
import type { AuditEntry } from '../../src/domain/timeline.ts'
import { verifyAudit } from '../../src/memory/verify-audit.ts'
import { freePort } from '../free-port.ts'
import { imageOf, images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, secrets } from './world.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-stop-'))
const dataDir = join(folder, 'data')
const children: ChildProcess[] = []
let slack: LocalSlack
let cluster: SimulatedCluster
let url = ''
let port = ''

const begin = async () => {
  const child = spawn(process.execPath, [resolve('src/cli.ts'), 'start'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      PORT: port,
      DOCTOR_DATA_DIR: dataDir,
      KUBECONFIG: join(folder, 'reader'),
      DOCTOR_WRITER_KUBECONFIG: join(folder, 'writer'),
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_API_URL: slack.apiUrl,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_CHANNEL: channel,
      ALERTMANAGER_WEBHOOK_TOKEN: secrets.alertmanager,
      DOCTOR_APPROVERS: 'U0ANA',
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const code = new Promise<number | null>((done) => child.once('close', (exit) => done(exit)))
  for (let tries = 0; tries < 400; tries += 1) {
    if ((await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true) break
    await sleep(25)
  }
  return { child, code, output: () => text }
}
const alert = (name: string) =>
  fetch(`${url}/webhooks/alertmanager`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secrets.alertmanager}` },
    body: JSON.stringify({
      version: '4',
      status: 'firing',
      groupKey: name,
      alerts: [
        {
          labels: { alertname: name, namespace: 'payments', deployment: 'checkout' },
          startsAt: new Date().toISOString(),
        },
      ],
    }),
  })
const record = (): readonly AuditEntry[] =>
  readdirSync(join(dataDir, 'audit'))
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) =>
      readFileSync(join(dataDir, 'audit', name), 'utf8')
        .trim()
        .split('\n'),
    )
    .map((line) => JSON.parse(line) as AuditEntry)
const writes = () => cluster.requests.filter((one) => one.method === 'PATCH' && !one.dryRun)

beforeAll(async () => {
  port = String(await freePort())
  url = `http://127.0.0.1:${port}`
  ;[slack, cluster] = await Promise.all([
    startLocalSlack({ retryDelaysMs: [50, 100, 200] }),
    startSimulatedCluster({ name: 'prod-eu1', seed: seedBrokenCheckout, images, speed: 20 }),
  ])
  for (const user of ['reader', 'writer'] as const) writeFileSync(join(folder, user), cluster.kubeconfig(user))
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all([slack?.close(), cluster?.close()])
  rmSync(folder, { recursive: true, force: true })
})

describe('SIGTERM while work runs', () => {
  it('during a diagnosis: leaves with 0, and the next process finishes it', async () => {
    const first = await begin()
    await slack.connect(`${url}/slack/events`)
    const slow = cluster.faults.fail({ path: '/api/v1/pods', effect: { kind: 'delay', milliseconds: 1_200 } })
    expect((await alert('Stuck')).status).toBe(202)
    await sleep(150)
    const asked = Date.now()
    first.child.kill('SIGTERM')
    // npm passes on what a terminal has sent to the whole group already.
    await sleep(20)
    first.child.kill('SIGTERM')
    first.child.kill('SIGINT')
    expect(await first.code).toBe(0)
    expect(Date.now() - asked).toBeLessThan(10_000)
    expect(first.output()).not.toMatch(/unsettled|Error:|\.ts:\d+/)
    slow()
    expect(writes()).toEqual([])
  })

  it('during a change: what left is on the record, nothing leaves twice, and it is seen through afterwards', async () => {
    const second = await begin()
    const card = await slack.waitFor(
      (message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'),
      15_000,
    )
    const slow = cluster.faults.fail({ method: 'PATCH', effect: { kind: 'delay', milliseconds: 400 } })
    await slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    for (let tries = 0; tries < 300 && writes().length === 0; tries += 1) await sleep(10)
    const asked = Date.now()
    second.child.kill('SIGTERM')
    second.child.kill('SIGTERM')
    expect(await second.code).toBe(0)
    expect(Date.now() - asked).toBeLessThan(25_000)
    expect(second.output()).not.toMatch(/unsettled|Error:|\.ts:\d+/)
    slow()
    const kinds = record().map((entry) => entry.kind)
    expect(kinds.filter((kind) => kind === 'effect.intended')).toHaveLength(1)
    expect(writes()).toHaveLength(1)
    const third = await begin()
    for (let tries = 0; tries < 200 && !record().some((entry) => entry.kind === 'effect.done'); tries += 1)
      await sleep(25)
    expect(record().filter((entry) => entry.kind === 'effect.done')).toHaveLength(1)
    expect(imageOf(cluster)).toContain('2.8.1')
    expect(writes()).toHaveLength(1)
    third.child.kill('SIGTERM')
    expect(await third.code).toBe(0)
    expect((await verifyAudit(join(dataDir, 'audit'))).sound).toBe(true)
  }, 60_000)
})
