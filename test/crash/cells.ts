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
  'verify.next',
] as const

export type Point = (typeof points)[number]

/** Points that only a lost answer leads to: the server writes and then closes the connection. */
export const afterLostAnswer: ReadonlySet<Point> = new Set<Point>(['execute.unknown', 'execute.read-back'])

/** Points that only a plan of several steps comes to. */
export const betweenSteps: ReadonlySet<Point> = new Set<Point>(['verify.next'])

/** An action of the catalogue that writes to a cluster, on what, and what must be so at the end. `cell` tells its objects apart. */
export type Action = {
  readonly id: string
  readonly input: Readonly<Record<string, unknown>> | ((cell: number) => Readonly<Record<string, unknown>>)
  readonly method: 'PATCH' | 'POST' | 'DELETE'
  /** How it is called where one action is played in several ways. */
  readonly title?: string
  /** At which pass of a point it is killed, where that is not the first: in the middle of a plan of several steps. */
  readonly pass?: number
  /** How many requests it sends, each exactly once; one where it is not said. */
  readonly writes?: number
  readonly target: (cell: number) => ObjectRef
  readonly seed: (cluster: SimulatedCluster, cell: number) => void
  /** What the controllers of its kind do, again and again. */
  readonly play?: (cluster: SimulatedCluster, cell: number) => void
  readonly holds: (cluster: SimulatedCluster, cell: number) => boolean
}

const name = 'checkout'
/** The namespace of a cell. */
export const space = (cell: number): string => `shop-${cell}`
const pod = (cell: number): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: space(cell),
  name: `${name}-pod`,
})
const node = (cell: number): ObjectRef => ({ apiVersion: 'v1', kind: 'Node', name: `worker-${cell}` })

type Deployment = {
  readonly metadata: { readonly generation: number }
  readonly status?: { readonly observedGeneration?: number }
  readonly spec: {
    readonly replicas: number
    readonly paused?: boolean
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

const deployment = (cluster: SimulatedCluster, cell: number): Deployment | undefined =>
  cluster.store.get('deployments.apps', space(cell), name) as unknown as Deployment | undefined

/** An action on the Deployment of a cell. */
export const onCheckout = (
  id: string,
  input: Readonly<Record<string, unknown>>,
  holds: (spec: Deployment['spec']) => boolean,
): Action => ({
  id,
  input,
  method: 'PATCH',
  target: (cell) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: space(cell), name }),
  seed: (cluster, cell) => seedDeployment({ cluster }, name, space(cell)),
  holds: (cluster, cell) => {
    const found = deployment(cluster, cell)
    return found !== undefined && holds(found.spec)
  },
})

const seedNode =
  (cordoned: boolean) =>
  ({ store }: SimulatedCluster, cell: number): void => {
    store.apply({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node(cell).name },
      spec: cordoned ? { unschedulable: true } : {},
    } as never)
  }
const isCordoned = ({ store }: SimulatedCluster, cell: number): boolean =>
  (store.get('nodes', undefined, node(cell).name) as { spec?: { unschedulable?: boolean } }).spec?.unschedulable ===
  true

const seedPod = (cluster: SimulatedCluster, cell: number): void => {
  seedDeployment({ cluster }, name, space(cell))
  cluster.store.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod(cell).name,
      namespace: space(cell),
      labels: { app: name },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-2`, uid: 'x', controller: true }],
    },
    spec: { containers: [{ name: 'app', image: 'x:1' }], terminationGracePeriodSeconds: 0 },
  } as never)
}

/** The first eight. */
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
    holds: ({ store }, cell) => store.get('pods', space(cell), pod(cell).name) === undefined,
  },
  { id: 'cordon-node', input: {}, target: node, method: 'PATCH', seed: seedNode(false), holds: isCordoned },
  {
    id: 'uncordon-node',
    input: {},
    target: node,
    method: 'PATCH',
    seed: seedNode(true),
    holds: (cluster, cell) => !isCordoned(cluster, cell),
  },
]

/** What the Deployment controller and the kubelets do: whatever was written is rolled out. */
export const rollOut = (cluster: SimulatedCluster, cell: number): void => {
  const found = deployment(cluster, cell)
  if (found === undefined) return
  if (found.metadata.generation !== found.status?.observedGeneration) rolled({ cluster }, name, space(cell))
}
