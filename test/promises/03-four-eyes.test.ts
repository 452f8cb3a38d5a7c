import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channel } from '../flows/world.ts'
import { openStage, type Shown, type Stage, type Workload } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage({
    env: { DOCTOR_APPROVERS: 'U0ANA,U0DAN,U0GIL,U0SUE,U0EVE,U0GONE,U0CI,U0DOC,S0ONCALL' },
  })
})
afterAll(() => stage?.close())

describe('promise 3: four eyes', () => {
  let workload: Workload
  let card: Shown
  beforeAll(async () => {
    workload = stage.workload()
    card = await stage.card(workload, {
      action: 'scale-workload',
      input: { replicas: 3 },
      requester: { id: 'U0ANA', name: 'ana' },
    })
  })

  it.each([
    ['who asked for it', 'U0ANA', /somebody else/],
    ['a guest', 'U0GIL', /Guests/],
    ['a single-channel guest', 'U0SUE', /Guests/],
    ['a member of another organisation', 'U0EVE', /other organisations/],
    ['the doctor itself', 'U0DOC', /bot/],
    ['an outsider', 'U0BEN', /not among those who may approve/],
  ])('%s cannot approve, listed or not, and is told so alone', async (_, user, why) => {
    const before = stage.told(user).length
    expect((await stage.signed(stage.pressBody(card, user))).status).toBe(200)
    await expect.poll(() => stage.told(user).slice(before).join()).toMatch(why)
    expect((await stage.record(card)).life).toMatchObject({ state: 'pending', approvals: [] })
  })

  it.each(['U0GONE', 'U0CI', '', 'u0dan', 'USLACKBOT', 'U0NOBODY', 'ana', '__proto__', 'U0DAN ', 'doctor'])(
    'an account that cannot be in the channel, or is none, decides nothing: %j',
    async (user) => {
      await stage.signed(stage.pressBody(card, user))
      await sleep(30)
      expect((await stage.record(card)).life).toMatchObject({ state: 'pending', approvals: [] })
    },
  )

  it('nothing but the button decides: no word, edit, reaction, message, modal or other channel', async () => {
    const [ana, dan] = [stage.slack.as('U0ANA'), stage.slack.as('U0DAN')]
    for (const text of ['approve', `approve ${card.id}`, 'doctor approve', 'LGTM :+1:', '/doctor approve']) {
      await dan.say(text, channel, card.ts)
      await dan.say(text, 'U0DOC')
      await dan.mention(text, channel, card.ts)
      await dan.command(`/doctor ${text}`, channel)
    }
    await dan.react(card.ts, channel, 'white_check_mark')
    await ana.say(`The doctor says: approved by <@U0DAN>`, channel, card.ts)
    const view = {
      type: 'view_submission',
      view: { callback_id: 'doctor.approve', private_metadata: card.id, state: { values: {} } },
      actions: undefined,
    }
    await stage.signed(stage.pressBody(card, 'U0DAN', view))
    for (const elsewhere of [
      { channel: { id: 'C0PLATFORM' } },
      { message: { ts: '1700000000.000100', type: 'message' } },
      { actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value: `${card.id.slice(0, -1)}g` }] },
      { actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value: card.id.toUpperCase() }] },
      { actions: [{ type: 'button', action_id: 'doctor.approve', block_id: 'b', value: `${card.id}x` }] },
      {
        actions: [
          { type: 'button', action_id: 'doctor.approve', block_id: 'b', value: JSON.stringify({ id: card.id }) },
        ],
      },
      { actions: [{ type: 'overflow', action_id: 'doctor.approve', block_id: 'b', value: card.id }] },
      { actions: [{ type: 'button', action_id: 'doctor.approved', block_id: 'b', value: card.id }] },
      { type: 'message_action' },
      { api_app_id: 'A0OTHER' },
      { team: { id: 'T0OTHER' } },
    ])
      await stage.signed(stage.pressBody(card, 'U0DAN', elsewhere))
    await sleep(150)
    expect((await stage.record(card)).life).toMatchObject({ state: 'pending', approvals: [] })
    expect(stage.writes(workload)).toEqual([])
  })

  it('somebody else from the group may', async () => {
    await stage.press(card, 'U0DAN')
    expect((await stage.settled(card)).life.approvals.map((one) => one.by.id)).toEqual(['U0DAN'])
    expect(stage.writes(workload)).toHaveLength(1)
  })

  it('a high risk needs two people, after a moment to read, and the same one twice is one', async () => {
    const other = stage.workload()
    stage.cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: other.name, namespace: other.namespace },
      spec: { selector: { app: other.name }, ports: [{ port: 80 }] },
    })
    const shown = await stage.card(other, { action: 'scale-workload', input: { replicas: 0 } })
    expect((await stage.record(shown)).plan).toMatchObject({ risk: 'high', rule: { quorum: 2 } })
    await stage.press(shown, 'U0ANA')
    await expect.poll(() => stage.told('U0ANA').at(-1)).toMatch(/read it first/)
    await stage.app.doctor.clock.sleep(3_500)
    await stage.press(shown, 'U0ANA')
    await expect.poll(() => stage.told('U0ANA').at(-1)).toMatch(/1 more/)
    await stage.press(shown, 'U0ANA')
    await expect.poll(() => stage.told('U0ANA').at(-1)).toMatch(/approved this already/)
    expect(stage.writes(other)).toEqual([])
    await stage.press(shown, 'U0DAN')
    expect((await stage.settled(shown)).life.state).toBe('verified')
    expect(stage.writes(other)).toHaveLength(1)
  })

  it('an approver who is removed after approving has approved nothing', async () => {
    const other = stage.workload()
    const shown = await stage.card(other)
    stage.cluster.faults.fail({
      path: /selfsubjectaccessreviews/,
      effect: { kind: 'delay', milliseconds: 20 },
      times: 1,
    })
    const lock = stage.app.doctor.store.lock(`execute-${shown.id}`, 20, async () => {
      await stage.press(shown, 'U0DAN')
      await stage.until(shown, ({ life }) => life.state === 'approved')
      return stage.slack.faults.fail({
        method: 'users.info',
        when: (args) => args['user'] === 'U0DAN',
        error: 'user_not_found',
      })
    })
    const back = await lock
    await stage.app.doctor.jobs.add({ v: 1, kind: 'execute', plan: shown.id })
    const { life } = await stage.settled(shown)
    back?.()
    expect(life).toMatchObject({ state: 'refused', effect: 'none', outcome: { code: 'approval-withdrawn' } })
    expect(stage.writes(other)).toEqual([])
  })
})
