import type { ClusterOptions, SimulatedCluster } from '../../src/demo/cluster/start.ts'

/** What a stranger may write into a cluster: lines a program logs, notes on its pods, what events say, what its settings hold. */
export type Told = {
  readonly lines?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly event?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Variables of the good and of the bad revision. */
  readonly env?: readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>]
  readonly args?: readonly string[]
}

const good = 'registry.acme.dev/checkout:2.8.1'
const bad = 'registry.acme.dev/checkout:2.8.2'

/** A cluster where payments/checkout crashes since its newest revision, and tells what it is given to tell. */
export const crashingCheckout = (told: Told): Omit<ClusterOptions, 'name'> => ({
  speed: 20,
  images: {
    [good]: { listensOn: [8080], readyIn: 100, ...(told.lines === undefined ? {} : { greets: told.lines }) },
    [bad]: {
      starts: () => ({ exitCode: 1, after: 50, lines: ['panic: nil pointer in cart.Total()', ...(told.lines ?? [])] }),
    },
  },
  seed: ({ store, controllers }) => {
    const room = { cpu: '4', memory: '8Gi', pods: '110' }
    store.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
      spec: { podCIDR: '10.244.1.0/24' },
    })
    store.patchStatus('nodes', undefined, 'node-1', { status: { capacity: room, allocatable: room } })
    store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments' } })
    roll(store, good, told, 0)
    controllers.tick(60_000)
    roll(store, bad, told, 1)
    controllers.tick(180_000)
    if (told.event !== undefined) say(store, told.event)
  },
})

const roll = (store: SimulatedCluster['store'], image: string, told: Told, revision: 0 | 1): void => {
  const env = Object.entries(told.env?.[revision] ?? {}).map(([name, value]) => ({ name, value }))
  const container = {
    name: 'app',
    image,
    ports: [{ containerPort: 8080 }],
    ...(env.length === 0 ? {} : { env }),
    ...(told.args === undefined ? {} : { args: told.args }),
  }
  const labels = told.labels === undefined ? {} : { labels: told.labels }
  const annotations = told.annotations === undefined ? {} : { annotations: told.annotations }
  store.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'payments', ...labels, ...annotations },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'checkout' } },
      template: {
        metadata: { labels: { app: 'checkout', ...told.labels }, ...annotations },
        spec: { containers: [container] },
      },
    },
  } as never)
}

/** An event about the newest pod, as a controller that quotes its errors would write it. */
const say = (store: SimulatedCluster['store'], message: string): void => {
  const pod = store.list('pods', 'payments').at(-1) as unknown as { metadata: { name: string; uid: string } }
  const at = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  store.apply({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'told.1', namespace: 'payments' },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: 'payments', ...pod.metadata },
    reason: 'FailedPostStartHook',
    message,
    type: 'Warning',
    count: 3,
    firstTimestamp: at,
    lastTimestamp: at,
    source: { component: 'kubelet' },
  } as never)
}

/** The image that runs well; a rollback leads here. */
export const goodImage = good
