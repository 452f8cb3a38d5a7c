import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { damagedObjects } from '../../src/snapshot/damaged-objects.ts'
import { inferredGaps } from '../../src/snapshot/inferred-gaps.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'

const objects = (...values: readonly object[]): readonly KubeObject[] =>
  values.flatMap((value) => objectFromJson(value) ?? [])

const node = {
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1' },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
}
const set = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web-1', namespace: 'shop' },
  spec: { replicas: 1 },
  status: { replicas: 1 },
}
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-1-a',
    namespace: 'shop',
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'u', controller: true }],
  },
  spec: { nodeName: 'n1', containers: [{ name: 'web' }] },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'web', ready: true, restartCount: 0, state: { running: {} } }],
  },
}
const sources = (list: readonly { readonly source: string }[]) => list.map(({ source }) => source)

describe('what a snapshot lacks', () => {
  it('is nothing where all that is pointed at is there', () => {
    expect(inferredGaps(objects(node, set, pod))).toEqual([])
  })
  it('is a kind that something of it names, and pods wherever there are none', () => {
    expect(sources(inferredGaps(objects(set, pod)))).toEqual(['nodes'])
    expect(sources(inferredGaps(objects(node, pod)))).toEqual(['replicasets'])
    expect(sources(inferredGaps(objects(node, set)))).toEqual(['pods'])
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
    expect(inferredGaps(objects(node, set, { ...pod, spec: { ...pod.spec, volumes } }))).toEqual([
      {
        source: 'persistentvolumeclaims',
        reason: 'not-in-snapshot',
        message: 'the snapshot holds no PersistentVolumeClaim, though 1 pod in it name one',
      },
    ])
  })
})

describe('what no API server leaves out', () => {
  const faults = (value: object) => damagedObjects(objects(value)).map(({ message }) => message)
  it('is there in objects that were read whole', () => {
    expect(damagedObjects(objects(node, set, pod))).toEqual([])
  })
  it.each([
    ['a status', { ...pod, status: undefined }, 'Pod shop/web-1-a has no status'],
    ['a phase', { ...pod, status: { ...pod.status, phase: null } }, 'Pod shop/web-1-a has no status.phase'],
    [
      'the status of a container',
      { ...pod, status: { ...pod.status, containerStatuses: [] } },
      'Pod shop/web-1-a has no status of container web',
    ],
    [
      'the state of a container',
      { ...pod, status: { ...pod.status, containerStatuses: [{ name: 'web', ready: true, state: 'x' }] } },
      'Pod shop/web-1-a has no state of container web',
    ],
    ['a spec', { ...set, spec: 7 }, 'ReplicaSet shop/web-1 has no spec'],
    ['the condition Ready', { ...node, status: { conditions: [] } }, 'Node n1 has no condition Ready'],
    [
      'the status of a condition',
      { ...set, status: { conditions: [{ type: 'ReplicaFailure' }] } },
      'ReplicaSet shop/web-1 has a condition ReplicaFailure without type or status',
    ],
  ])('%s', (_, damaged, message) => {
    expect(faults(damaged)).toEqual([message])
  })
})
