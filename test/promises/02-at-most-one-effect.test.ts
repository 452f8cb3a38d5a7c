import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStage, type Stage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

describe('promise 2: at most one effect per plan', () => {
  it('fifty presses of two approvers at once are one decision and one write, and everyone is answered', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const before = stage.told('U0ANA').length + stage.told('U0DAN').length
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => stage.signed(stage.pressBody(card, n % 2 === 0 ? 'U0ANA' : 'U0DAN'))),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]))
    const { life } = await stage.settled(card)
    expect(life).toMatchObject({ state: 'verified', effect: 'done' })
    expect(life.approvals).toHaveLength(1)
    expect((await stage.kinds(card)).filter((kind) => kind === 'plan.approved')).toHaveLength(1)
    expect(stage.writes(workload)).toHaveLength(1)
    await expect.poll(() => stage.told('U0ANA').length + stage.told('U0DAN').length - before).toBe(50)
  })

  it('the same signed press, a hundred times over, counts once', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    const body = stage.pressBody(card, 'U0ANA')
    const at = Date.now()
    await Promise.all(Array.from({ length: 100 }, () => stage.signed(body, at)))
    expect((await stage.settled(card)).life.state).toBe('verified')
    expect((await stage.kinds(card)).filter((kind) => kind === 'plan.approved')).toHaveLength(1)
    expect(stage.writes(workload)).toHaveLength(1)
  })

  it('an order to execute that comes twenty times leads to one write', async () => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    await stage.press(card, 'U0ANA')
    await Promise.all(
      Array.from({ length: 20 }, () => stage.app.doctor.jobs.add({ v: 1, kind: 'execute', plan: card.id })),
    )
    await stage.settled(card)
    expect(stage.writes(workload)).toHaveLength(1)
    expect((await stage.kinds(card)).filter((kind) => kind === 'effect.intended')).toHaveLength(1)
  })

  it.each([
    ['closes the connection', { kind: 'apply-then-drop' }],
    ['answers 500', { kind: 'apply-then-status', code: 500 }],
    ['answers 504', { kind: 'apply-then-status', code: 504 }],
  ] as const)('a server that %s after it wrote is read back, never written to again', async (_, effect) => {
    const workload = stage.workload()
    const card = await stage.card(workload)
    stage.at.set('execute.armed', () => {
      stage.cluster.faults.fail({ method: 'PATCH', effect, times: 1 })
    })
    await stage.press(card, 'U0ANA')
    const { life } = await stage.settled(card)
    stage.at.clear()
    expect(life).toMatchObject({ state: 'verified', effect: 'done' })
    expect(stage.writes(workload)).toHaveLength(1)
    expect(await stage.kinds(card)).toEqual([
      'plan.proposed',
      'plan.approved',
      'effect.intended',
      'effect.unknown',
      'effect.done',
      'effect.verified',
    ])
    expect(await stage.sound()).toBe(true)
  })
})
