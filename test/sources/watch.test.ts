import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { source as argocd } from '../../src/sources/argocd.ts'
import { source, troubleOf } from '../../src/sources/watch.ts'

const at = '2026-11-21T10:00:00.000Z'
const object = (kind: string, rest: object, metadata: object = {}): KubeObject =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'checkout', namespace: 'shop', generation: 3, ...metadata },
    ...rest,
  }) as unknown as KubeObject
const textOf = (one: KubeObject) => troubleOf(one, 'prod', at)?.alert.title

describe('the trouble of what is watched', () => {
  it.each([
    [
      'Deployment',
      { spec: { replicas: 3 }, status: { availableReplicas: 1 } },
      'Deployment shop/checkout: 1 of 3 pods are available',
      'warning',
    ],
    [
      'Deployment',
      { spec: { replicas: 3 }, status: {} },
      'Deployment shop/checkout: none of its 3 pods is available',
      'critical',
    ],
    ['Deployment', { status: {} }, 'Deployment shop/checkout: its pod is not available', 'critical'],
    [
      'StatefulSet',
      { spec: { replicas: 2 }, status: { readyReplicas: 1 } },
      'StatefulSet shop/checkout: 1 of 2 pods are ready',
      'warning',
    ],
    [
      'DaemonSet',
      { status: { desiredNumberScheduled: 5, numberReady: 4 } },
      'DaemonSet shop/checkout: 4 of 5 pods are ready',
      'warning',
    ],
  ] as const)('%s %j', (kind, rest, title, severity) => {
    const trouble = troubleOf(object(kind, rest), 'prod', at)
    expect(trouble?.alert).toMatchObject({
      source: 'watch',
      status: 'firing',
      title,
      severity,
      cluster: 'prod',
      namespace: 'shop',
      workload: { kind, name: 'checkout' },
    })
  })

  it('of a node counts from when its readiness changed', () => {
    const node = object(
      'Node',
      { status: { conditions: [{ type: 'Ready', status: 'Unknown', lastTransitionTime: '2026-11-21T09:50:00Z' }] } },
      { namespace: undefined },
    )
    expect(troubleOf(node, 'prod', at)).toMatchObject({
      stillSince: '2026-11-21T09:50:00Z',
      alert: { title: 'Node checkout: its kubelet does not answer', severity: 'critical' },
    })
  })

  it.each([
    ['has all its pods', object('Deployment', { spec: { replicas: 2 }, status: { availableReplicas: 2 } })],
    ['is scaled to nothing', object('Deployment', { spec: { replicas: 0 }, status: {} })],
    ['has more than it wants', object('StatefulSet', { spec: { replicas: 1 }, status: { readyReplicas: 2 } })],
    ['is on its way out', object('Deployment', { spec: { replicas: 2 }, status: {} }, { deletionTimestamp: at })],
    [
      'was changed and not looked at yet',
      object('Deployment', { spec: { replicas: 2 }, status: { observedGeneration: 2 } }),
    ],
    ['is a daemon that no node wants', object('DaemonSet', { status: { desiredNumberScheduled: 0, numberReady: 0 } })],
    ['is a node without conditions yet', object('Node', { status: {} })],
    ['is of a kind that nobody watches', object('Job', { status: { failed: 3 } })],
  ])('is none where it %s', (_, one) => {
    expect(troubleOf(one, 'prod', at)).toBeUndefined()
  })

  it('is another one for the same name elsewhere, and the same one whatever its numbers are', () => {
    const print = (one: KubeObject, cluster = 'prod') => troubleOf(one, cluster, at)?.alert.fingerprint
    const first = print(object('Deployment', { spec: { replicas: 3 }, status: { availableReplicas: 1 } }))
    expect(print(object('Deployment', { spec: { replicas: 3 }, status: {} }))).toBe(first)
    expect(print(object('Deployment', { status: {} }, { namespace: 'other' }))).not.toBe(first)
    expect(print(object('StatefulSet', { status: {} }))).not.toBe(first)
    expect(print(object('Deployment', { status: {} }), 'staging')).not.toBe(first)
  })

  it('of an Application is the one that Argo CD itself would have told', () => {
    const application = object('Application', {
      apiVersion: 'argoproj.io/v1alpha1',
      spec: { destination: { namespace: 'shop' }, source: { repoURL: 'https://git.example/shop' } },
      status: {
        health: { status: 'Degraded', lastTransitionTime: '2026-11-21T09:58:00Z' },
        sync: { status: 'Synced', revision: 'abc' },
      },
    })
    const told = argocd.parse(
      { app_name: 'checkout', cluster: 'prod', namespace: 'shop', health_status: 'Degraded', sync_status: 'Synced' },
      {},
      at,
    )
    const own = troubleOf(application, 'prod', at)
    expect(own?.stillSince).toBe('2026-11-21T09:58:00Z')
    expect(told.kind === 'alerts' ? told.alerts[0]?.fingerprint : '').toBe(own?.alert.fingerprint)
    expect(
      textOf({ ...application, status: { health: { status: 'Healthy' }, sync: { status: 'OutOfSync' } } } as never),
    ).toBeUndefined()
    expect(textOf({ ...application, status: { health: { status: 'Progressing' } } } as never)).toBeUndefined()
  })

  it('comes over no wire', () => {
    expect(source.verify({}, new Uint8Array(), '')).toBe(false)
    expect(source.parse({}, {}, at).kind).toBe('ignored')
  })
})
