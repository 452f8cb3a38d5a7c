import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRound } from '../../src/doctor/rounds.ts'
import type { BreakGlass } from '../../src/domain/break-glass.ts'
import { requestFor, seedDeployment } from '../doctor/ward.ts'
import { channel, startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ cluster: { controllers: false } })
  for (const [name, namespace] of [
    ['dns', 'kube-system'],
    ['web', 'quiet'],
    ...Array.from({ length: 7 }, (_, i) => [`app-${i}`, 'shop'] as const),
  ] as const)
    seedDeployment(world, name, namespace)
  world.cluster.store.patch('namespaces', undefined, 'quiet', {
    metadata: { labels: { 'cluster-doctor.dev/mode': 'observe' } },
  } as never)
})
afterAll(() => world?.close())

const wish = (name: string, namespace: string) => {
  const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name }
  const { replyTo: _, ...request } = requestFor('restart-rollout', {}, { target })
  return world.app.doctor.jobs.add({ v: 1, kind: 'plan', request })
}
const answer = async (user: string, line: string, contains: string) => {
  await world.slack.as(user).command(`/doctor ${line}`, channel)
  const found = await world.slack.waitFor(
    (message) => message.ephemeral_to === user && JSON.stringify(message.blocks).includes(contains),
  )
  return JSON.stringify(found.blocks)
}

describe('who may, over the wire', () => {
  it('says what it would have proposed where it only observes, with nothing to press', async () => {
    await wish('web', 'quiet')
    const said = await world.slack.waitFor((message) => message.text.includes('Observing only'))
    expect(JSON.stringify(said.blocks)).toContain('restartedAt')
    expect(JSON.stringify(said.blocks)).not.toContain('doctor.approve')
    expect(await answer('U0ANA', 'agreement', 'not compared yet')).toContain('restart-rollout')
  })

  it('shows five cards and one message for what is more, and on the Home tab what waits for whom', async () => {
    for (let index = 0; index < 7; index += 1) await wish(`app-${index}`, 'shop')
    await world.slack.waitFor((message) => /more proposals? waits?/.test(message.text))
    const cards = () =>
      world.slack.messages(channel).filter((one) => JSON.stringify(one.blocks).includes('doctor.approve'))
    expect(cards()).toHaveLength(5)
    expect(await answer('U0CARA', 'plans', 'waits: 0 of 1')).toContain('ana')
    for (const user of ['U0ANA', 'U0CARA']) await world.slack.as(user).openHome()
    await expect.poll(() => JSON.stringify(world.slack.home('U0ANA') ?? '')).toContain('Waits for you')
    await expect.poll(() => JSON.stringify(world.slack.home('U0CARA') ?? '')).toContain('open')
    expect(JSON.stringify(world.slack.home('U0CARA'))).not.toContain('Waits for you')
    const first = cards()[0]
    await world.slack.as('U0ANA').press(first?.ts ?? '', channel, 'doctor.deny')
    await expect
      .poll(() => world.slack.messages(channel).filter((one) => one.text.includes('Plan (waits')).length)
      .toBe(5)
    expect(await answer('U0BEN', 'why-not restart shop/app-6', 'The rules')).toContain('catalogue permits it')
  })

  it('lifts a rule when two people want it, and shows who they are', async () => {
    expect(await answer('U0ANA', 'why-not restart kube-system/dns', 'protected-namespace')).toContain(
      'Two people can lift it',
    )
    await answer('U0CARA', 'break-glass protected-namespace DNS is down -n kube-system', 'not among')
    await answer('U0ANA', 'break-glass protected-namespace DNS is down -n kube-system', 'It is asked for')
    const card = await world.slack.waitFor((message) => message.text.includes('Break-glass asked for'))
    const press = (user: string, button: string) =>
      world.slack.as(user).press(card.ts, channel, `doctor.break-glass.${button}`)
    const stored = async () => (await world.app.doctor.store.list<BreakGlass>('break-glass'))[0]?.value
    await press('U0ANA', 'grant')
    await world.slack.waitFor((message) => message.ephemeral_to === 'U0ANA' && message.text.includes('somebody else'))
    expect((await stored())?.granted).toBeUndefined()
    await press('U0DAN', 'grant')
    await world.slack.waitFor((message) => message.ephemeral_to === 'U0DAN' && message.text.includes('Granted'))
    expect((await stored())?.granted?.by.id).toBe('U0DAN')
    await expect.poll(() => world.slack.messages(channel).find((one) => one.ts === card.ts)?.text).toContain('granted')
    await press('U0DAN', 'end')
    await expect.poll(async () => (await stored())?.ended?.by.id).toBe('U0DAN')
  })

  it('posts the head of the record where people keep it', async () => {
    const now = () => Date.parse('2026-11-23T23:00:00Z')
    const { doctor } = world.app
    const config = { ...doctor.config, report: { hour: 9, minute: 0, timezone: 'UTC' } }
    await makeRound({ ...doctor, config, clock: { ...doctor.clock, now } }, 'executor')
    await world.slack.waitFor((message) => message.text.startsWith('Record all-'))
  })
})
