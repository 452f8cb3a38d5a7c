import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channel } from '../flows/world.ts'
import { openStage, type Shown, type Stage, type Workload } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({ env: { DOCTOR_PLAN_TTL: '60s' } })
})
afterAll(() => stage?.close())

/** Approves and holds the executor back while `meanwhile` happens, so that it surely comes between approval and arming. */
const approveThen = async (card: Shown, meanwhile: () => Promise<unknown>) => {
  await stage.app.doctor.store.lock(`execute-${card.id}`, 20, async () => {
    await stage.press(card, 'U0ANA')
    await stage.until(card, ({ life }) => life.state === 'approved')
    await meanwhile()
  })
  await stage.app.doctor.jobs.add({ v: 1, kind: 'execute', plan: card.id })
  return stage.settled(card)
}
const command = async (user: string, text: string, answer: RegExp) => {
  await stage.slack.as(user).command(`/doctor ${text}`, channel)
  await stage.slack.waitFor((message) => message.ephemeral_to === user && answer.test(message.text))
}
const nothingWasDone = (workload: Workload) => expect(stage.writes(workload)).toEqual([])

describe('promise 6: deny, expiry and freeze win', () => {
  it('a denial between approval and arming stops it, and the first word of all stands on the card', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const { life } = await approveThen(card, () => stage.press(card, 'U0DAN', 'doctor.deny'))
    expect(life).toMatchObject({ state: 'denied', effect: 'none' })
    nothingWasDone(workload)
    await stage.slack.waitFor((message) => message.ts === card.ts && /Denied by/.test(JSON.stringify(message.blocks)))
  })

  it('a freeze that anybody declares between approval and arming stops it', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const { life } = await approveThen(card, () => command('U0BEN', 'freeze something is odd', /Frozen/))
    expect(life).toMatchObject({ state: 'refused', effect: 'none', outcome: { code: 'frozen' } })
    nothingWasDone(workload)
    const next = stage.workload()
    await expect(stage.card(next)).rejects.toThrow(/frozen/i)
    await command('U0BEN', 'unfreeze', /Only those who may approve/)
    await command('U0ANA', 'unfreeze', /No longer frozen/)
  })

  it('a freeze in the last instant, after every other gate, still stops it', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const { doctor } = stage.app
    const original = doctor.audit.append
    Object.assign(doctor.audit, {
      append: async (event: Parameters<typeof original>[0]) => {
        const entry = await original(event)
        if (event.kind === 'effect.intended')
          await doctor.store.put(
            'freeze',
            '*',
            { on: true, by: 'ben', at: event.at, reason: 'now' },
            await versionOfFreeze(),
          )
        return entry
      },
    })
    await stage.press(card, 'U0ANA')
    const { life } = await stage.settled(card)
    Object.assign(doctor.audit, { append: original })
    expect(life).toMatchObject({ effect: 'none', outcome: { code: 'frozen' } })
    nothingWasDone(workload)
    await command('U0ANA', 'unfreeze', /No longer frozen/)
  })

  it('a press a moment after the expiry is too late, and the buttons go away', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const { plan } = await stage.record(card)
    await stage.app.doctor.clock.sleep(Date.parse(plan.expiresAt) - stage.app.doctor.clock.now() + 1)
    await stage.press(card, 'U0ANA')
    expect((await stage.settled(card)).life).toMatchObject({ state: 'expired', approvals: [] })
    nothingWasDone(workload)
    const shown = await stage.slack.waitFor(
      (message) => message.ts === card.ts && !JSON.stringify(message.blocks).includes('doctor.approve'),
    )
    expect(JSON.stringify(shown.blocks)).toMatch(/expired/i)
  })

  it('an approval in time whose turn comes too late is not carried out', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const { plan } = await stage.record(card)
    const { life } = await approveThen(card, () =>
      stage.app.doctor.clock.sleep(Date.parse(plan.expiresAt) - stage.app.doctor.clock.now() + 1),
    )
    expect(life).toMatchObject({ state: 'expired', effect: 'none' })
    nothingWasDone(workload)
  })
})

const versionOfFreeze = async () => (await stage.app.doctor.store.get('freeze', '*'))?.version ?? 0
