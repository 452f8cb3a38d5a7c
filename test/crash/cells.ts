import type { SimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { ObjectRef } from '../../src/domain/object.ts'
import { rolled, seedDeployment } from '../doctor/ward.ts'

/** Every named point of the write path where a process can be killed. */
export const points = [
  'plan.before-store',
  'plan.stored',
  'plan.recorded',
  'plan.posted',
  'decide.stored',
  'execute.gates-passed',
  'execute.intended',
  'execute.armed',
  'execute.sent',
  'execute.unknown',
  'execute.read-back',
  'execute.done-recorded',
  'execute.applied',
  'verify.decided',
] as const

export type Point = (typeof points)[number]

/** Points that only a lost answer leads to: the server writes and then closes the connection. */
export const afterLostAnswer: ReadonlySet<Point> = new Set<Point>(['execute.unknown', 'execute.read-back'])

/** An action of the catalogue that writes to a cluster, on what, and what must be so at the end. */
export type Action = {
  readonly id: string
  readonly input: Readonly<Record<string, unknown>>
  readonly target: ObjectRef
  readonly method: 'PATCH' | 'POST'
  readonly seed: (cluster: SimulatedCluster) => void
  readonly holds: (cluster: SimulatedCluster) => boolean
}

const checkout: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' }
const pod: ObjectRef = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'checkout-pod' }
const node: ObjectRef = { apiVersion: 'v1', kind: 'Node', name: 'worker-1' }

type Deployment = {
  readonly metadata: { readonly generation: number }
  readonly status?: { readonly observedGeneration?: number }
  readonly spec: {
    readonly replicas: number
    readonly template: {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
      readonly spec: {
        readonly containers: readonly {
          readonly image: string
          readonly resources: { readonly limits: Readonly<Record<string, string>> }
        }[]
      }
    }
  }
}

const deployment = (cluster: SimulatedCluster): Deployment =>
  cluster.store.get('deployments.apps', 'shop', 'checkout') as unknown as Deployment

const onCheckout = (
  id: string,
  input: Readonly<Record<string, unknown>>,
  holds: (spec: Deployment['spec']) => boolean,
): Action => ({
  id,
  input,
  target: checkout,
  method: 'PATCH',
  seed: (cluster) => seedDeployment({ cluster }),
  holds: (cluster) => holds(deployment(cluster).spec),
})

const seedNode =
  (cordoned: boolean) =>
  ({ store }: SimulatedCluster): void => {
    store.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'worker-1' },
      spec: cordoned ? { unschedulable: true } : {},
    } as never)
  }
const isCordoned = ({ store }: SimulatedCluster): boolean =>
  (store.get('nodes', undefined, 'worker-1') as { spec?: { unschedulable?: boolean } }).spec?.unschedulable === true

const seedPod = (cluster: SimulatedCluster): void => {
  seedDeployment({ cluster })
  cluster.store.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace: 'shop',
      labels: { app: 'checkout' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'checkout-2', uid: 'x', controller: true }],
    },
    spec: { containers: [{ name: 'app', image: 'x:1' }], terminationGracePeriodSeconds: 0 },
  } as never)
}

/** All eight. */
export const actions: readonly Action[] = [
  onCheckout('rollback-rollout', {}, ({ template }) => template.spec.containers[0]?.image === 'acme/checkout:1'),
  onCheckout(
    'restart-rollout',
    {},
    ({ template }) => template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt'] !== undefined,
  ),
  onCheckout('scale-workload', { replicas: 3 }, ({ replicas }) => replicas === 3),
  onCheckout(
    'set-image',
    { image: 'acme/other:9' },
    ({ template }) => template.spec.containers[0]?.image === 'acme/other:9',
  ),
  onCheckout(
    'set-resources',
    { limits: { memory: '256Mi' } },
    ({ template }) => template.spec.containers[0]?.resources.limits['memory'] === '256Mi',
  ),
  {
    id: 'evict-pod',
    input: {},
    target: pod,
    method: 'POST',
    seed: seedPod,
    holds: ({ store }) => store.get('pods', 'shop', pod.name) === undefined,
  },
  { id: 'cordon-node', input: {}, target: node, method: 'PATCH', seed: seedNode(false), holds: isCordoned },
  {
    id: 'uncordon-node',
    input: {},
    target: node,
    method: 'PATCH',
    seed: seedNode(true),
    holds: (cluster) => !isCordoned(cluster),
  },
]

/** What the Deployment controller and the kubelets do: whatever was written is rolled out. */
export const rollOut = (cluster: SimulatedCluster): void => {
  if (cluster.store.get('deployments.apps', 'shop', 'checkout') === undefined) return
  const { metadata, status } = deployment(cluster)
  if (metadata.generation !== status?.observedGeneration) rolled({ cluster })
}
