import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage, type Shown, type Stage, type Workload } from './stage.ts'

let stage: Stage
let redis: Redis
beforeAll(async () => {
  stage = await openStage()
  redis = stage.redis.connect('commands')
  await new Promise((ready) => redis.once('ready', ready))
})
afterAll(async () => {
  redis?.disconnect()
  await stage?.close()
})

const recordKey = (id: string) => `{doctor}:record:plan:${id}`
const execute = (card: Shown) => stage.app.doctor.jobs.add({ v: 1, kind: 'execute', plan: card.id })
const nothingIsWritten = async (card: Shown, workload: Workload) => {
  const marker = stage.workload()
  await execute(card)
  // The queue is worked in order: once a later plan has its card, the job above was taken.
  const later = await stage.card(marker)
  await stage.press(later, 'U0ANA', 'doctor.deny')
  await sleep(50)
  expect(stage.writes(workload)).toEqual([])
  expect(await stage.kinds(card)).not.toContain('effect.intended')
}

describe('promise 1: no write without a live approval of exactly that plan', () => {
  it('an order to execute a plan that nobody approved does nothing', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    await nothingIsWritten(card, workload)
    expect((await stage.record(card)).life.state).toBe('pending')
    await stage.press(card, 'U0ANA', 'doctor.deny')
  })

  it('an approval written into the store by another hand is put aside, and is on the record', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const forged = structuredClone(await stage.record(card)) as { life: object }
    forged.life = {
      ...forged.life,
      state: 'approved',
      approvals: [{ plan: card.id, planHash: 'x', by: { id: 'U0ANA', name: 'ana' }, at: new Date().toISOString() }],
    }
    await redis.hset(recordKey(card.id), 'd', JSON.stringify(forged))
    await nothingIsWritten(card, workload)
    const record = await stage.app.doctor.audit.read({})
    expect(record.some((entry) => entry.kind === 'tamper.detected' && JSON.stringify(entry).includes(card.id))).toBe(
      true,
    )
  })

  it('the approved record of one plan, copied over another, approves nothing', async () => {
    const [first, second] = [stage.workload(), stage.workload()]
    const [approved, victim] = [await stage.card(first), await stage.card(second)]
    await stage.press(approved, 'U0ANA')
    await stage.settled(approved)
    const bytes = await redis.hgetall(recordKey(approved.id))
    await redis.hset(recordKey(victim.id), bytes)
    await nothingIsWritten(victim, second)
  })

  it('any byte of the plan changed in the store ends it', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const text = (await redis.hget(recordKey(card.id), 'd')) ?? ''
    const at = text.indexOf('"replicas"') < 0 ? Math.floor(text.length / 2) : text.indexOf('"replicas"') + 3
    await redis.hset(recordKey(card.id), 'd', `${text.slice(0, at)}~${text.slice(at + 1)}`)
    await stage.press(card, 'U0ANA')
    await nothingIsWritten(card, workload)
    expect(stage.told('U0ANA').at(-1)).toBeTruthy()
  })

  it('an earlier, rightly sealed state that is put back after a denial is not believed', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const approved = await stage.app.doctor.store.lock(`execute-${card.id}`, 20, async () => {
      await stage.press(card, 'U0ANA')
      await stage.until(card, ({ life }) => life.state === 'approved')
      const bytes = await redis.hgetall(recordKey(card.id))
      await stage.press(card, 'U0DAN', 'doctor.deny')
      await expect.poll(() => stage.kinds(card)).toContain('plan.denied')
      return bytes
    })
    await redis.hset(recordKey(card.id), approved ?? {})
    await nothingIsWritten(card, workload)
    expect((await stage.settled(card)).life.outcome?.code).toBe('store-went-back')
  })
})
