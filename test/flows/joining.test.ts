import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { merge } from '../../src/doctor/incident/merge.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

/** The broken checkout beside a namespace in which nothing runs; a title's namespace counts only where it exists. */
const seed: typeof seedBrokenCheckout = (cluster) => {
  seedBrokenCheckout(cluster)
  cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'billing' } })
}

const folder = mkdtempSync(join(tmpdir(), 'doctor-joining-'))
let world: World
beforeAll(async () => {
  writeFileSync(
    join(folder, 'doctor.yaml'),
    'routes:\n  - { team: search, severity: critical, channel: C0PLATFORM }\nmaintenance:\n  - { namespace: quiet, from: 2020-01-01T00:00:00Z, until: 2020-01-02T00:00:00Z }\n',
  )
  world = await startWorld({
    cluster: { seed, images, speed: 20 },
    env: { DOCTOR_CONFIG: join(folder, 'doctor.yaml') },
  })
})
afterAll(async () => {
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

const opened = async (data: object, type = 'triggered') =>
  ((await (await world.pagerduty(pagerdutyEvent(type, data))).json()) as { id: string }).id
const incident = async (id: string) => (await world.app.doctor.store.get<Incident>('incident', id))?.value as Incident
describe('incidents with one cause', () => {
  it('become one, whose thread says which, and end with the last of them', async () => {
    const first = { id: 'PFIRST', title: 'payments/checkout is failing' }
    const second = { id: 'PSECOND', title: 'payments/checkout: no healthy endpoints' }
    const into = await opened(first)
    await expect.poll(async () => (await incident(into)).diagnosis?.rootCauses.length ?? 0, { timeout: 10_000 }).toBe(1)
    const from = await opened(second)
    await expect.poll(async () => (await incident(from)).mergedInto, { timeout: 10_000 }).toBe(into)
    const { thread } = await incident(into)
    await world.slack.waitFor((one) => one.thread_ts === thread?.ts && one.text.includes('no healthy endpoints'))
    // It was about the same workload, so it waited for its diagnosis and needs no thread of its own.
    await sleep(200)
    expect((await incident(from)).thread).toBeUndefined()
    // One plan, on one card.
    expect((await world.app.doctor.store.list('plan')).length).toBeLessThanOrEqual(1)
    expect(await opened(second)).toBe(into)
    expect((await incident(into)).seen).toBe(2)
    await opened({ ...first, status: 'resolved' }, 'resolved')
    expect((await incident(into)).endedAt).toBeUndefined()
    await opened({ ...second, status: 'resolved' }, 'resolved')
    expect((await incident(into)).state).toBe('resolved')
    const all = (await world.app.doctor.store.list<Incident>('incident', 100)).map(({ value }) => value)
    expect(all.reduce((sum, { seen }) => sum + seen, 0)).toBe(3)
  })

  it('can be merged by people, and taken out again', async () => {
    // In a namespace where nothing is wrong: where a plan waits for a decision, people cannot merge.
    const into = await opened({ id: 'PMAIN', title: 'billing/ledger is slow' })
    const from = await opened({ id: 'PSIDE', title: 'billing/statements are late' })
    await expect.poll(async () => (await incident(from)).diagnosis !== undefined, { timeout: 10_000 }).toBe(true)
    await world.slack.as('U0ANA').command(`/doctor merge ${from} ${into}`, channel)
    await expect.poll(async () => (await incident(from)).mergedInto).toBe(into)
    const there = (await incident(from)).thread
    const told = await world.slack.waitFor(
      (one) => one.thread_ts === there?.ts && one.text.includes('the same trouble'),
    )
    expect(JSON.stringify(told.blocks)).toContain('ledger is slow')
    expect(await opened({ id: 'PSIDE', title: 'billing/statements are late' })).toBe(into)
    await world.slack.as('U0GIL').command(`/doctor split ${from}`, channel)
    await sleep(200)
    expect((await incident(from)).mergedInto).toBe(into)
    await world.slack.as('U0ANA').command(`/doctor split ${from}`, channel)
    await expect.poll(async () => (await incident(from)).mergedInto).toBeUndefined()
    expect((await incident(into)).joined).toBeUndefined()
    expect(await opened({ id: 'PSIDE', title: 'billing/statements are late' })).toBe(from)
  })

  it('go into each other one way only', async () => {
    const [a, b] = [
      await opened({ id: 'PLEFT', title: 'left hurts' }),
      await opened({ id: 'PRIGHT', title: 'right hurts' }),
    ]
    const { doctor } = world.app
    await Promise.all([merge(doctor, a, b, 'U0ANA'), merge(doctor, b, a, 'U0DAN'), merge(doctor, a, b, 'U0DAN')])
    const into = [(await incident(a)).mergedInto, (await incident(b)).mergedInto]
    expect(into.filter((one) => one !== undefined)).toHaveLength(1)
    expect(await opened({ id: 'PLEFT', title: 'left hurts' })).toBe(
      await opened({ id: 'PRIGHT', title: 'right hurts' }),
    )
  })
})

describe('where and when people are told', () => {
  it('goes by team and severity', async () => {
    const teams = [{ id: 'PTEAM', type: 'team_reference', summary: 'search' }]
    const id = await opened({ id: 'PROUTE', title: 'index is stale', teams })
    await expect.poll(async () => (await incident(id)).thread?.channel, { timeout: 5_000 }).toBe('C0PLATFORM')
  })

  it('waits for the end of maintenance, and tells what still holds', async () => {
    await world.slack.as('U0ANA').command('/doctor maintenance 1h -n shop upgrade', channel)
    await world.slack.waitFor((one) => one.text.includes('Maintenance of shop everywhere until'))
    const held = await opened({ id: 'PHELD', title: 'shop/cart is failing' })
    const over = await opened({ id: 'PGONE', title: 'shop/basket is failing' })
    await opened({ id: 'PGONE', title: 'shop/basket is failing', status: 'resolved' }, 'resolved')
    await sleep(400)
    expect((await incident(held)).thread).toBeUndefined()
    expect((await incident(held)).rounds).toBeUndefined()
    await world.slack.as('U0ANA').command('/doctor maintenance', channel)
    await world.slack.waitFor((one) => JSON.stringify(one.blocks).includes('upgrade'))
    await world.slack.as('U0ANA').command('/doctor maintenance end -n shop', channel)
    await expect.poll(async () => (await incident(held)).thread, { timeout: 5_000 }).toBeDefined()
    expect((await incident(over)).thread).toBeUndefined()
    expect((await incident(over)).seen).toBe(1)
  })
})
