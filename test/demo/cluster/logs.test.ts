import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fill } from '../../../src/demo/cluster/fill.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import { node } from '../../../src/demo/cluster/world/nodes.ts'
import { call } from './request.ts'

let cluster: SimulatedCluster

beforeAll(async () => {
  cluster = await startSimulatedCluster({
    name: 'logs',
    controllers: false,
    images: {
      'reg.dev/bad:1': { starts: () => ({ exitCode: 3, after: 200, lines: ['boom'] }) },
      'reg.dev/private:1': { pull: 'unauthorized' },
      'reg.dev/chatty:1': { greets: ['hello'], chatter: { every: 1_000, lines: ['tick', 'tock'] } },
    },
  })
  cluster.store.apply(node(1, '2026-11-20T10:00:00Z'))
  cluster.controllers.tick(1_000)
})
afterAll(() => cluster.close())

const pod = (name: string, image: string): void => {
  cluster.store.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'app', image }] },
  })
}
const log = (name: string, query = '') =>
  call(cluster, 'GET', `/api/v1/namespaces/default/pods/${name}/log${query}`, { user: 'reader' })

describe('logs', () => {
  it('are there for what runs and for what ended, and refused in the words of the kubelet', async () => {
    pod('crash', 'reg.dev/bad:1')
    pod('stuck', 'reg.dev/private:1')
    cluster.controllers.tick(5_000)
    expect((await log('crash', '?previous=true')).text).toBe('boom\n')
    expect((await log('crash', '?timestamps=true')).text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z boom\n$/)
    expect((await log('stuck')).body.message).toBe(
      'container "app" in pod "stuck" is waiting to start: trying and failing to pull image',
    )
    expect((await log('stuck', '?previous=true')).body.message).toBe(
      'previous terminated container "app" in pod "stuck" not found',
    )
    expect((await log('crash', '?container=zork')).body.message).toBe('container zork is not valid for pod crash')
    expect((await log('crash', '?tailLines=-1')).code).toBe(422)
  })

  it('go on while the program runs, and are cut as asked', async () => {
    pod('chatty', 'reg.dev/chatty:1')
    cluster.controllers.tick(60_000)
    expect((await log('chatty')).text.split('\n').slice(0, 3)).toEqual(['hello', 'tick', 'tock'])
    expect((await log('chatty', '?tailLines=2')).text.trim().split('\n')).toHaveLength(2)
    expect((await log('chatty', '?limitBytes=7')).text).toBe('hello\nt')
    expect((await log('chatty', '?sinceSeconds=10')).text.trim().split('\n').length).toBeLessThanOrEqual(11)
  })

  it('of nodes are files below /var/log', async () => {
    const path = '/api/v1/nodes/worker-1/proxy/logs/'
    expect((await call(cluster, 'GET', path, { user: 'reader' })).text).toContain('<a href="kubelet.log">')
    expect((await call(cluster, 'GET', `${path}kubelet.log`, { user: 'reader' })).text).toContain(
      '"Failed" object="default/stuck"',
    )
    expect((await call(cluster, 'GET', `${path}none`, { user: 'reader' })).code).toBe(404)
  })
})

describe('big worlds', () => {
  it('are filled with what is asked for, and stay as they are when controllers look at them', async () => {
    const made = fill(cluster.store, { pods: 300, replicas: 5, events: 2 })
    expect(made).toMatchObject({ pods: 300, deployments: 60, nodes: 6, events: 600 })
    cluster.controllers.tick(30_000)
    const { body } = await call(cluster, 'GET', '/api/v1/pods?labelSelector=team', { user: 'reader' })
    expect(body.items).toHaveLength(300)
    expect(body.items.every((item: { status: { phase: string } }) => item.status.phase === 'Running')).toBe(true)
    expect(cluster.store.list('replicasets.apps')).toHaveLength(60)
  })
})
