import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../src/main/log.ts'
import { checkRights } from '../../src/main/rights.ts'
import { start } from '../../src/main.ts'
import { startWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ cluster: { controllers: false } })
})
afterAll(() => world?.close())

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
