import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeRound } from '../../src/doctor/rounds.ts'
import type { BreakGlass } from '../../src/domain/break-glass.ts'
import { silentLog } from '../../src/main/log.ts'
import { checkRights } from '../../src/main/rights.ts'
import { start } from '../../src/main.ts'
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

const grant = (
  user: string,
  verbs: readonly string[],
  resources: readonly string[],
  apiGroups: readonly string[] = [''],
) => {
  const name = `too-much-${user}`
  world.cluster.store.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: [{ apiGroups, resources, verbs }],
  } as never)
  world.cluster.store.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: `doctor-${user}`, namespace: 'cluster-doctor' }],
  } as never)
}

describe('the rights of our credentials', () => {
  it('are not too broad as they are shipped', async () => {
    expect(await checkRights(world.app.doctor)).toEqual({ problems: [], unknown: [] })
  })

  it('that are too broad are named, and in production nothing starts with them', async () => {
    const { config, readers, writers } = world.app.doctor
    const { slack: _, ...quiet } = config
    const production = { ...quiet, profile: 'production', port: 0, dataDir: `${world.dataDir}-production` } as const
    const overrides = {
      clusters: { readers, writers, problems: [], close: () => undefined },
      redis: world.redis,
      log: silentLog,
    }
    const redis = world.redis.connect('commands')
    await new Promise((resolve) => redis.once('ready', resolve))
    await redis.config('SET', 'appendonly', 'yes')
    redis.disconnect()
    const running = await start(production, overrides)
    await running.stop()
    grant('writer', ['delete'], ['namespaces'])
    await expect(start(production, overrides)).rejects.toThrow(
      "cluster prod-eu1: the writer's credentials may delete namespaces; take that away",
    )
    grant('reader', ['*'], ['*'], ['*'])
    expect((await checkRights(world.app.doctor)).problems).toEqual([
      expect.stringMatching(/the reader's credentials may \* \*, deletecollection pods, .*impersonate groups/),
      expect.stringContaining("the writer's"),
    ])
  })

  it('that cannot be asked are said to be unknown, never to be fine', async () => {
    const canI = async () => ({ kind: 'unreadable', reason: 'timeout', message: '' }) as const
    const mute = new Map([...world.app.doctor.writers].map(([name, one]) => [name, { ...one, canI }]))
    expect(await checkRights({ readers: new Map(), writers: mute })).toEqual({ problems: [], unknown: ['prod-eu1'] })
  })
})
