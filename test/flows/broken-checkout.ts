import type { ClusterOptions, SimulatedCluster } from '../../src/demo/cluster/start.ts'

const good = 'registry.acme.dev/checkout:2.8.1'

/** The image that exists; every other tag of its repository does not. */
export const images: NonNullable<ClusterOptions['images']> = { [good]: { listensOn: [8080], readyIn: 100 } }

/** Two nodes, and a Deployment that ran well until its image was set to a tag that does not exist. */
export const seedBrokenCheckout: NonNullable<ClusterOptions['seed']> = ({ store, controllers }) => {
  for (const name of ['node-1', 'node-2']) {
    const room = { cpu: '4', memory: '8Gi', pods: '110' }
    store.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      spec: { podCIDR: '10.244.1.0/24' },
    })
    store.patchStatus('nodes', undefined, name, { status: { capacity: room, allocatable: room } })
  }
  store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments' } })
  store.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout', namespace: 'payments' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'checkout' } },
      template: {
        metadata: { labels: { app: 'checkout' } },
        spec: { containers: [{ name: 'app', image: good, ports: [{ containerPort: 8080 }] }] },
      },
    },
  })
  controllers.tick(60_000)
  breakIt({ store })
  controllers.tick(120_000)
}

/** Sets the Deployment's image to a tag that does not exist. */
export const breakIt = ({ store }: Pick<SimulatedCluster, 'store'>): void => {
  const container = { name: 'app', image: 'registry.acme.dev/checkout:2.8.2-typo', ports: [{ containerPort: 8080 }] }
  store.patch('deployments.apps', 'payments', 'checkout', {
    spec: { template: { spec: { containers: [container] } } },
  })
}

/** The image that the Deployment's template names now. */
export const imageOf = ({ store }: Pick<SimulatedCluster, 'store'>): string => {
  const text = JSON.stringify(
    (store.get('deployments.apps', 'payments', 'checkout') as { spec?: unknown } | undefined)?.spec,
  )
  return /"image":"([^"]+)"/.exec(text)?.[1] ?? ''
}
