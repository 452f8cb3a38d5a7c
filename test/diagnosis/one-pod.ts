import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { createView } from '../../src/snapshot/create-view.ts'
import { objectFromJson } from '../../src/snapshot/schema/object.ts'
import type { ClusterView, ContainerLog } from '../../src/snapshot/view.ts'

/** What is told of the one pod: its container's status, warnings about it, the last lines of its run. */
export type OnePod = {
  readonly status: unknown
  readonly phase?: string
  readonly events?: readonly (readonly [reason: string, message: string])[]
  readonly log?: { readonly text: string; readonly previous: boolean }
}

/** The container's status in a crash loop. */
export const crashLoop = (exitCode: number): unknown => ({
  ready: false,
  restartCount: 8,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' } },
  lastState: {
    terminated: {
      exitCode,
      reason: 'Error',
      startedAt: '2026-11-20T09:58:00Z',
      finishedAt: '2026-11-20T09:58:09Z',
    },
  },
})

/** The container's status before it ever ran. */
export const waitingFor = (reason: string, message?: string): unknown => ({
  ready: false,
  restartCount: 0,
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
})

/** The container's status while it runs and is ready. */
export const running: unknown = {
  ready: true,
  started: true,
  restartCount: 0,
  state: { running: { startedAt: '2026-11-20T09:39:05Z' } },
}

const container = {
  name: 'app',
  image: 'ghcr.io/acme/app:4.2',
  args: ['serve', '--config=/etc/app/config.yaml'],
  env: [{ name: 'LOG_LEVEL', value: 'info' }],
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
}
const spec = {
  nodeName: 'node-1',
  containers: [container],
  volumes: [
    { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'conf', configMap: { name: 'web-conf' } },
    { name: 'tls', secret: { secretName: 'web-tls' } },
  ],
}
const shared = { namespace: 'shop', creationTimestamp: '2026-11-20T09:39:00Z', labels: { app: 'web' } }
const selector = { matchLabels: { app: 'web' } }
const deployed = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'd', controller: true }],
}
const replicated = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r', controller: true }],
}

const eventOf = (reason: string, message: string, index: number) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { namespace: 'shop', name: `web-1-x.${index}`, uid: `e${index}` },
  involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1-x', uid: 'p' },
  reason,
  message,
  type: 'Warning',
  count: 12,
  firstTimestamp: '2026-11-20T09:40:00Z',
  lastTimestamp: '2026-11-20T09:59:00Z',
  source: { component: 'kubelet', host: 'node-1' },
})

/** A cluster with one node and Deployment shop/web of one pod, which has a Service and a bound claim at /data. */
export const viewOfOnePod = ({ status, phase = 'Running', events = [], log }: OnePod): ClusterView => {
  const ready = (status as { readonly ready?: boolean }).ready === true
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-11-20T09:40:00Z' }
  const objects: readonly unknown[] = [
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', uid: 'n1' },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', uid: 'ns' }, status: { phase: 'Active' } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'shop', name: 'web', uid: 's' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { namespace: 'shop', name: 'data', uid: 'c' },
      spec: { volumeName: 'v' },
      status: { phase: 'Bound' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...shared, name: 'web', uid: 'd' },
      spec: { replicas: 1, selector, template: { metadata: { labels: { app: 'web' } }, spec } },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { ...shared, ...deployed, name: 'web-1', uid: 'r' },
      spec: { replicas: 1, selector },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...shared, ...replicated, name: 'web-1-x', uid: 'p' },
      spec,
      status: { phase, conditions: [condition], containerStatuses: [{ name: 'app', ...(status as object) }] },
    },
    ...events.map(([reason, message], index) => eventOf(reason, message, index)),
  ]
  const logs: readonly ContainerLog[] =
    log === undefined || log.text === ''
      ? []
      : [{ namespace: 'shop', pod: 'web-1-x', container: 'app', previous: log.previous, text: `${log.text}\n` }]
  return createView({
    cluster: 'test',
    now: '2026-11-20T10:00:00Z',
    coverage: { checked: ['pods', 'events', 'nodes'], unavailable: [] },
    read: 'files',
    objects: objects.map((object) => objectFromJson(object) as KubeObject),
    logs,
  })
}
