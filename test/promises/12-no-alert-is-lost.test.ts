import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRedis, type RedisServer } from '../../src/adapters/redis/connect.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { pagerdutyEvent, startWorld, type World } from '../flows/world.ts'
import { freePort } from '../free-port.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-conserve-'))
let world: World
let redis: ChildProcess
let server: RedisServer
let port = 0

/** A Redis as people run it: its own process, with an append-only file, that can be killed and started again. */
const startRedis = async (): Promise<void> => {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes']
  redis = spawn('redis-server', [...args, '--appendfsync', 'always', '--loglevel', 'warning'], { stdio: 'ignore' })
  for (let tries = 0; tries < 200; tries += 1) {
    const there = await openRedis({ url: `redis://127.0.0.1:${port}` }).catch(() => undefined)
    if (there !== undefined) {
      server = there
      return
    }
    await sleep(20)
  }
  throw new Error('redis did not start')
}
const killRedis = async (): Promise<void> => {
  const gone = new Promise((resolve) => redis.once('close', resolve))
  redis.kill('SIGKILL')
  await gone
}

beforeAll(async () => {
  port = await freePort()
  await startRedis()
  world = await startWorld({ env: { DOCTOR_SPOOL_MB: '64' }, overrides: { redis: server, graceMs: 300 } })
})
afterAll(async () => {
  await world?.close()
  await killRedis()
  rmSync(folder, { recursive: true, force: true })
})

const incidents = async () =>
  (await world.app.doctor.store.list<Incident>('incident', 500)).map((stored) => stored.value)

describe('promise 12: no accepted alert is lost, none counted twice', () => {
  it('over a Redis that is killed and started again in the middle, with a sender that retries', async () => {
    const total = 150
    const troubles = 5
    let accepted = 0
    let kept = 0
    const events = Array.from({ length: total }, (_, n) =>
      pagerdutyEvent('triggered', { id: `P${n % troubles}`, title: `trouble ${n % troubles}` }),
    )
    let next = 0
    let outage: Promise<void> | undefined
    const sender = async () => {
      while (next < total) {
        const index = next++
        if (index === Math.floor(total / 2))
          outage = killRedis().then(async () => {
            await sleep(150)
            await startRedis()
          })
        // As PagerDuty does: the same delivery again, until it is taken.
        for (let tries = 0; ; tries += 1) {
          const answer = await world.pagerduty(events[index] ?? {})
          const said = (await answer.json()) as { readonly kept?: boolean }
          if (answer.status === 202) {
            accepted += 1
            if (said.kept === true) kept += 1
            break
          }
          expect(answer.status).toBe(503)
          if (tries > 1_000) throw new Error('it was never taken')
          await sleep(50)
        }
      }
    }
    await Promise.all(Array.from({ length: 8 }, sender))
    await outage
    expect(accepted).toBe(total)
    expect(kept).toBeGreaterThan(0)
    const counted = async () => (await incidents()).reduce((sum, incident) => sum + incident.seen, 0)
    await expect.poll(counted, { timeout: 45_000 }).toBe(total)
    expect(await incidents()).toHaveLength(troubles)
    await expect.poll(() => existsSync(join(world.dataDir, 'spool', 'spool.journal'))).toBe(false)
    expect(await counted()).toBe(total)
  })

  it('the same deliveries again change no count', async () => {
    const event = pagerdutyEvent('triggered', { id: 'PONCE', title: 'only once' })
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.pagerduty(event)))
    const statuses = answers.map((answer) => answer.status)
    expect(statuses.every((status) => status === 202 || status === 503)).toBe(true)
    expect((await incidents()).find((incident) => incident.title === 'only once')?.seen).toBe(1)
  })

  it('each accepted alert is on the record, and each incident gets its thread', async () => {
    const entries = await world.app.doctor.audit.read({})
    const counted = entries.filter((entry) => entry.kind === 'alert.received')
    const deliveries = new Set(counted.flatMap((entry) => (entry.data?.['deliveries'] as string[] | undefined) ?? []))
    expect(deliveries.size).toBe(151)
    for (const incident of await incidents())
      await world.slack.waitFor((message) => message.text.includes(incident.title), 15_000)
  })
})
