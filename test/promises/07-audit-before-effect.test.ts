import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/domain/canonical.ts'
import type { AuditEntry, TimelineKind } from '../../src/domain/timeline.ts'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

/** The record as it is on disk, read without our own reader. */
const onDisk = (): readonly AuditEntry[] => {
  const folder = join(stage.dataDir, 'audit')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as AuditEntry)
}
/** From now on the disk is full for entries of this kind; returns how it gets room again. */
const full = (kind: TimelineKind) => {
  const { audit } = stage.app.doctor
  const original = audit.append
  Object.assign(audit, {
    append: (event: Parameters<typeof original>[0]) =>
      event.kind === kind
        ? Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }))
        : original(event),
  })
  return () => Object.assign(audit, { append: original })
}

describe('promise 7: audit before effect', () => {
  it('the record and the writes that reached the server are the same list, each intent before its write', async () => {
    const roll = stage.workload()
    const scale = stage.workload()
    const restart = stage.workload()
    const cards = [
      await stage.card(roll),
      await stage.card(scale, { action: 'scale-workload', input: { replicas: 5 } }),
      await stage.card(restart, { action: 'restart-rollout' }),
    ]
    for (const card of cards) await stage.press(card, 'U0ANA')
    for (const card of cards) expect((await stage.settled(card)).life.effect).toBe('done')
    const intents = onDisk().filter((entry) => entry.kind === 'effect.intended')
    const writes = stage.writes()
    const key = (method: unknown, path: unknown, body: unknown) => `${method} ${path} ${body}`
    expect(writes.map((one) => key(one.method, one.path, sha256(one.body))).sort()).toEqual(
      intents.map(({ data }) => key(data?.['method'], data?.['path'], data?.['bodyHash'])).sort(),
    )
    for (const intent of intents) {
      const write = writes.find((one) => one.path === intent.data?.['path'])
      const done = onDisk().find((entry) => entry.kind === 'effect.done' && entry.plan === intent.plan)
      expect(done?.seq).toBeGreaterThan(intent.seq)
      expect(done?.data?.['intent']).toBe(intent.seq)
      expect(write?.user).toBe('system:serviceaccount:cluster-doctor:doctor-writer')
      expect(intent.data?.['approvals']).toMatchObject([{ by: { id: 'U0ANA' }, planHash: intent.planHash }])
    }
    expect(await stage.sound()).toBe(true)
  })

  it('an intent that cannot be kept is a write that is not made; when there is room again it is', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const room = full('effect.intended')
    await stage.press(card, 'U0ANA')
    await sleep(200)
    expect(stage.writes(workload)).toEqual([])
    expect((await stage.record(card)).life).toMatchObject({ state: 'approved', effect: 'none' })
    room()
    await stage.app.doctor.jobs.add({ v: 1, kind: 'execute', plan: card.id })
    expect((await stage.settled(card)).life.state).toBe('verified')
    expect(stage.writes(workload)).toHaveLength(1)
  })

  it('an approval that cannot be kept is none, and whoever pressed is told', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const room = full('plan.approved')
    await stage.press(card, 'U0ANA')
    expect((await stage.settled(card)).life).toMatchObject({ state: 'refused', effect: 'none' })
    room()
    await expect.poll(() => stage.told('U0ANA').at(-1)).toMatch(/record could not be written/)
    expect(stage.writes(workload)).toEqual([])
  })

  it('diagnosis goes on while the disk is full', async () => {
    const room = full('diagnosis.made')
    await stage.slack.as('U0CARA').command('/doctor diagnose shop-1/checkout', 'C0ONCALL')
    const parent = await stage.slack.waitFor((message) => message.text.includes('shop-1/checkout'))
    await stage.slack.waitFor((message) => message.thread_ts === parent.ts && message.ts !== parent.ts)
    room()
  })
})
