import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import type { Fields, KubeObject } from '../../../src/demo/cluster/types.ts'
import { node } from '../../../src/demo/cluster/world/nodes.ts'

type Loose = KubeObject & { spec: Fields; status: Fields }

let cluster: SimulatedCluster
beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'operations', controllers: false, images: { 'reg.dev/app:1': {} } })
  cluster.store.apply(node(1, '2026-11-20T10:00:00Z'))
  cluster.controllers.tick(1_000)
  cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  cluster.store.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIDriver',
    metadata: { name: 'csi.acme.dev' },
    spec: {},
  })
  for (const [name, allowVolumeExpansion] of [
    ['grows', true],
    ['stays', false],
  ] as const)
    cluster.store.apply({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name },
      provisioner: 'csi.acme.dev',
      allowVolumeExpansion,
    })
})
afterAll(() => cluster.close())

const get = (resource: string, name: string): Loose => cluster.store.get(resource, 'shop', name) as Loose
const container = { name: 'app', image: 'reg.dev/app:1' }

describe('a suspended Job', () => {
  it('has no pods any more, and gets new ones when it goes on', () => {
    cluster.store.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', namespace: 'shop' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [container] } } },
    })
    cluster.controllers.tick(5_000)
    expect(get('jobs.batch', 'migrate').status).toMatchObject({ active: 1 })
    cluster.store.patch('jobs.batch', 'shop', 'migrate', { spec: { suspend: true } })
    cluster.controllers.tick(60_000)
    expect(get('jobs.batch', 'migrate').status).toMatchObject({ conditions: [{ type: 'Suspended', status: 'True' }] })
    expect(get('jobs.batch', 'migrate').status).not.toHaveProperty('active')
    cluster.store.patch('jobs.batch', 'shop', 'migrate', { spec: { suspend: false } })
    cluster.controllers.tick(5_000)
    expect(get('jobs.batch', 'migrate').status).toMatchObject({ active: 1, startTime: expect.any(String) })
  })
})

describe('a volume claim that asks for more', () => {
  const size = (name: string, storage: string) =>
    cluster.store.patch('persistentvolumeclaims', 'shop', name, { spec: { resources: { requests: { storage } } } })
  const claim = (name: string, storageClassName: string) => {
    cluster.store.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '10Gi' } } },
    })
    cluster.controllers.tick(5_000)
    expect(get('persistentvolumeclaims', name).status).toMatchObject({ phase: 'Bound', capacity: { storage: '10Gi' } })
  }

  it('grows its volume at once, and its file system where a pod has it mounted', () => {
    claim('data', 'grows')
    size('data', '20Gi')
    cluster.controllers.tick(5_000)
    const { volumeName } = get('persistentvolumeclaims', 'data').spec
    expect(cluster.store.get('persistentvolumes', undefined, String(volumeName))).toMatchObject({
      spec: { capacity: { storage: '20Gi' } },
    })
    expect(get('persistentvolumeclaims', 'data').status).toMatchObject({
      capacity: { storage: '10Gi' },
      conditions: [{ type: 'FileSystemResizePending', status: 'True' }],
    })
    cluster.store.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'database', namespace: 'shop' },
      spec: {
        containers: [container],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    })
    cluster.controllers.tick(10_000)
    expect(get('persistentvolumeclaims', 'data').status).toMatchObject({ capacity: { storage: '20Gi' } })
    expect(get('persistentvolumeclaims', 'data').status).not.toHaveProperty('conditions')
  })

  it('is refused by a class that does not allow it, and below what it has', () => {
    claim('fixed', 'stays')
    expect(() => size('fixed', '20Gi')).toThrow('the storageclass that provisions the pvc must support resize')
    expect(() => size('data', '5Gi')).toThrow('field can not be less than status.capacity')
  })
})
