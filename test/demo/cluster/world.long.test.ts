import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faults } from '../../../src/demo/cluster/faults/index.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import { world } from '../../../src/demo/cluster/world.ts'
import { call } from './request.ts'

let cluster: SimulatedCluster

type Status = {
  name: string
  ready: boolean
  restartCount: number
  state: { waiting?: { reason: string; message?: string } }
  lastState: { terminated?: { reason: string } }
}
type Pod = {
  metadata: { name: string; namespace: string; ownerReferences?: { kind: string }[] }
  status: {
    phase: string
    conditions?: { type: string; status: string; message?: string }[]
    containerStatuses?: Status[]
  }
}
type Event = { type: string; reason: string; message: string; involvedObject: { kind: string; name: string } }

const pods = (): Pod[] => cluster.store.list('pods') as unknown as Pod[]
const events = (): Event[] => cluster.store.list('events') as unknown as Event[]
const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some((entry) => entry.type === 'Ready' && entry.status === 'True') === true
const broken = (): Pod[] => pods().filter((pod) => pod.metadata.ownerReferences?.[0]?.kind !== 'Job' && !isReady(pod))
const brokenNames = (): string[] =>
  [
    ...new Set(broken().map((pod) => pod.metadata.name.replace(/-[a-z0-9]+-[a-z0-9]{5}$|-[a-z0-9]{5}$|-\d+$/, ''))),
  ].sort()
const waits = (name: string, reason: string): boolean =>
  broken().some(
    (pod) =>
      pod.metadata.name.startsWith(name) &&
      pod.status.containerStatuses?.some((status) => status.state.waiting?.reason === reason),
  )
const said = (reason: string, text: string | RegExp): boolean =>
  events().some(
    (event) =>
      event.reason === reason && (typeof text === 'string' ? event.message.includes(text) : text.test(event.message)),
  )

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false, ...world })
})
afterAll(() => cluster.close())

describe('the world', () => {
  it('is healthy, spread over zones, and has a past', () => {
    expect(brokenNames()).toEqual([])
    expect(events().filter((event) => event.type === 'Warning')).toEqual([])
    const deployments = cluster.store.list('deployments.apps') as unknown as {
      metadata: { name: string; annotations: Record<string, string> }
      spec: { replicas: number }
      status: { readyReplicas?: number }
    }[]
    for (const deployment of deployments)
      expect(deployment.status.readyReplicas, deployment.metadata.name).toBe(deployment.spec.replicas)
    const revisions = Object.fromEntries(
      deployments.map((entry) => [
        entry.metadata.name,
        entry.metadata.annotations['deployment.kubernetes.io/revision'],
      ]),
    )
    expect(revisions).toMatchObject({ checkout: '2', storefront: '2', catalog: '2', notifications: '2' })
    expect(
      new Set(cluster.store.list('nodes').map((node) => node.metadata.labels?.['topology.kubernetes.io/zone'])).size,
    ).toBe(3)
    const ages = pods().map((pod) =>
      Date.parse((pod.metadata as unknown as { creationTimestamp: string }).creationTimestamp),
    )
    expect(Math.min(...ages)).toBeLessThan(cluster.now() - 20 * 86_400_000)
  })

  it('measures what runs', async () => {
    const nodes = await call(cluster, 'GET', '/apis/metrics.k8s.io/v1beta1/nodes', { user: 'reader' })
    expect(nodes.body.items).toHaveLength(4)
    const checkout = await call(
      cluster,
      'GET',
      '/apis/metrics.k8s.io/v1beta1/namespaces/payments/pods?labelSelector=app.kubernetes.io%2Fname%3Dcheckout',
      { user: 'reader' },
    )
    expect(checkout.body.items).toHaveLength(4)
    expect(checkout.body.items[0].containers[0].usage.memory).toMatch(/^1[5-9]\d{4}Ki$/)
  })

  it('keeps Argo CD accounts of what Git owns', async () => {
    const { body } = await call(
      cluster,
      'GET',
      '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/platform-apps',
      { user: 'reader' },
    )
    expect(body.status.resources.map((entry: { name: string }) => entry.name)).toEqual([
      'notifications-config',
      'notifications',
      'image-resizer',
    ])
    const owned = cluster.store.get('deployments.apps', 'platform', 'notifications')
    expect(owned?.metadata.annotations?.['argocd.argoproj.io/tracking-id']).toBe(
      'platform-apps:apps/Deployment:platform/notifications',
    )
  })
})

/** What each fault looks like once the cluster has had two minutes with it. */
const symptoms: Record<string, () => void> = {
  'bad-image-tag': () => {
    expect(brokenNames()).toEqual(['checkout'])
    expect(waits('checkout', 'ImagePullBackOff')).toBe(true)
    expect(said('Failed', 'checkout:2.8.l: not found')).toBe(true)
  },
  'missing-secret': () => {
    expect(waits('ledger', 'CreateContainerConfigError')).toBe(true)
    expect(said('Failed', 'Error: secret "ledger-signing-key" not found')).toBe(true)
  },
  oom: () => {
    const status = broken().find((pod) => pod.metadata.name.startsWith('catalog'))?.status.containerStatuses?.[0]
    expect(status?.lastState.terminated).toMatchObject({ reason: 'OOMKilled', exitCode: 137 })
    expect(status?.restartCount).toBeGreaterThan(1)
  },
  'crash-after-config-change': () => {
    expect(waits('cart-', 'CrashLoopBackOff')).toBe(true)
    expect(said('BackOff', /^Back-off restarting failed container cart in pod cart-/)).toBe(true)
  },
  'probe-wrong-port': () =>
    expect(
      said(
        'Unhealthy',
        /^Readiness probe failed: Get "http:\/\/10\.244\.\d+\.\d+:8081\/healthz": dial tcp .*:8081: connect: connection refused$/,
      ),
    ).toBe(true),
  'liveness-wrong-path': () => {
    expect(said('Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 404')).toBe(true)
    expect(said('Killing', 'Container search failed liveness probe, will be restarted')).toBe(true)
  },
  'selector-typo': () => {
    expect(brokenNames()).toEqual([])
    expect(cluster.store.get('endpoints', 'shop', 'search')).not.toHaveProperty('subsets')
  },
  'quota-full': () =>
    expect(
      said(
        'FailedCreate',
        /exceeded quota: payments, requested: requests\.cpu=250m, used: requests\.cpu=2850m, limited: requests\.cpu=3$/,
      ),
    ).toBe(true),
  'no-room-on-nodes': () => expect(said('FailedScheduling', '0/4 nodes are available: 4 Insufficient cpu.')).toBe(true),
  'node-down': () => {
    const node = cluster.store.get('nodes', undefined, 'worker-3') as unknown as {
      status: { conditions: { type: string; status: string }[] }
      spec: { taints: { key: string }[] }
    }
    expect(node.status.conditions.find((entry) => entry.type === 'Ready')?.status).toBe('Unknown')
    expect(node.spec.taints.map((taint) => taint.key)).toContain('node.kubernetes.io/unreachable')
  },
  'pvc-pending': () =>
    expect(said('ProvisioningFailed', 'storageclass.storage.k8s.io "fast-ssd" not found')).toBe(true),
  'dns-down': () => expect(brokenNames()).toEqual(['cart', 'checkout', 'ledger']),
  'dns-misconfigured': () => {
    expect(brokenNames()).toEqual(['cart', 'checkout', 'coredns', 'ledger'])
    expect(waits('coredns', 'CrashLoopBackOff')).toBe(true)
  },
  'certificate-expired': () => expect(waits('gateway', 'CrashLoopBackOff')).toBe(true),
  'network-policy-deny': () => expect(brokenNames()).toEqual(['checkout', 'ledger']),
  'missing-configmap-key': () =>
    expect(said('Failed', "Error: couldn't find key SMTP_SERVER in ConfigMap platform/notifications-config")).toBe(
      true,
    ),
  'git-bad-image': () => expect(waits('image-resizer', 'ImagePullBackOff')).toBe(true),
}

describe('faults', () => {
  it('come with an alert and a way back; two are on what Git owns', () => {
    expect(faults.map((fault) => fault.id).sort()).toEqual(Object.keys(symptoms).sort())
    expect(faults.filter((fault) => fault.gitOwned)).toHaveLength(2)
    for (const fault of faults) expect(fault.alert.labels['alertname'], fault.id).toBe(fault.alert.alertname)
  })

  it.each(faults.map((fault) => [fault.id, fault] as const))('%s breaks what it says and heals', (id, fault) => {
    fault.inject(cluster)
    cluster.controllers.tick(120_000)
    symptoms[id]?.()
    fault.heal(cluster)
    cluster.controllers.tick(600_000)
    expect(brokenNames()).toEqual([])
    cluster.controllers.skip(7_200_000)
    cluster.controllers.tick(60_000)
  })

  it('leaves the decisive line in the log of the container that ended', async () => {
    const fault = faults.find((entry) => entry.id === 'certificate-expired')
    fault?.inject(cluster)
    cluster.controllers.tick(60_000)
    const pod = broken().find((entry) => entry.metadata.name.startsWith('gateway'))?.metadata.name ?? ''
    const previous = await call(cluster, 'GET', `/api/v1/namespaces/platform/pods/${pod}/log?previous=true`, {
      user: 'reader',
    })
    expect(previous.text).toMatch(/x509: certificate has expired or is not yet valid: current time \S+ is after \S+/)
    fault?.heal(cluster)
    cluster.controllers.tick(300_000)
  })
})
