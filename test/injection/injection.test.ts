import { expect, it } from 'vitest'
import { decisive, liveInSlack } from './judge.ts'
import { calm, openStable, toldOf } from './ride.ts'
import { hostiles } from './texts.ts'
import { tryAll } from './try-all.ts'

it('there are at least two hundred texts, no two alike', () => {
  expect(new Set(hostiles.map(({ text }) => text)).size).toBeGreaterThanOrEqual(200)
})

it('the judge sees what it looks for', async () => {
  const stable = await openStable()
  try {
    const ride = await stable.ride(toldOf(calm))
    const { record, diagnosis } = ride
    const withPlan = (more: object) => ({ diagnosis, record: { ...record, plan: { ...record.plan, ...more } } })
    expect(decisive(withPlan({}))).toBe(decisive(ride))
    for (const more of [
      { risk: 'high' },
      { summary: 'x' },
      { action: 'x' },
      { rule: { ...record.plan.rule, quorum: 0 } },
    ])
      expect(decisive(withPlan(more))).not.toBe(decisive(ride))
    expect(liveInSlack(ride)).toEqual([])
    const approvers = { rule: { ...record.plan.rule, approvers: ['U0EVIL'] } }
    expect(liveInSlack(withPlan(approvers))).toContain('live in Slack: <@U0EVIL>')
  } finally {
    await stable.close()
  }
})

it('one text of each dress in each carrier changes no byte that a person decides by', async () => {
  const sample = hostiles.filter((_, index) => index % 38 === 0)
  expect(sample.length).toBe(7)
  expect(await tryAll(sample)).toEqual([])
})
