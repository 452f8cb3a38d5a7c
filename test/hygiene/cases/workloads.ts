import { budget, container, deployment, type HygieneCase, node, object, pod, scaler, service } from '../objects.ts'

const job = (status: object) =>
  object('batch/v1', 'Job', 'once', {
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'tool:latest' }] } } },
    status,
  })
const mounts = (readOnly: boolean) => ({
  pod: {
    containers: [container({ volumeMounts: [{ name: 'host', mountPath: '/host', readOnly }] })],
    volumes: [{ name: 'host', hostPath: { path: '/var/run/docker.sock' } }],
  },
})
const onNode = (name: string, where: string) =>
  pod(
    name,
    { nodeName: where },
    {
      labels: { app: 'web' },
      owners: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u1', controller: true }],
    },
  )
const set = {
  ...object('apps/v1', 'StatefulSet', 'web', {
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { spec: { containers: [container()] } } },
  }),
  metadata: { name: 'web', namespace: 'shop', uid: 'u1' },
}

/** Containers, probes, privileges, replicas. */
export const cases: readonly HygieneCase[] = [
  ['image-tag', 'finds :latest', [deployment('web', { one: { image: 'nginx:latest' } })], ['Deployment shop/web']],
  [
    'image-tag',
    'finds no tag behind a registry with a port',
    [deployment('web', { one: { image: 'reg:5000/web' } })],
    ['Deployment shop/web'],
  ],
  ['image-tag', 'leaves a digest alone', [deployment('web', { one: { image: `nginx@sha256:${'a'.repeat(64)}` } })], []],
  ['image-tag', 'leaves a finished Job alone', [job({ conditions: [{ type: 'Complete', status: 'True' }] })], []],
  [
    'image-tag',
    'leaves completed pods alone',
    [pod('done', { containers: [{ name: 'c', image: 'x' }] }, { status: { phase: 'Succeeded' } })],
    [],
  ],
  ['resources-missing', 'finds no requests', [deployment('web', { one: { resources: {} } })], ['Deployment shop/web']],
  [
    'resources-missing',
    'finds no memory limit',
    [deployment('web', { one: { resources: { requests: { cpu: '1', memory: '1Gi' } } } })],
    ['Deployment shop/web'],
  ],
  [
    'resources-missing',
    'takes limits for requests, and asks for no CPU limit',
    [deployment('web', { one: { resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } } })],
    [],
  ],
  [
    'resources-missing',
    'counts what a LimitRange put into the running pod',
    [
      { ...set, spec: { replicas: 2, template: { spec: { containers: [{ name: 'app', image: 'a:1' }] } } } },
      onNode('web-0', 'node-1'),
    ],
    [],
  ],
  [
    'probes-missing',
    'finds no readiness probe behind a Service',
    [deployment('web', { one: { readinessProbe: undefined } }), service('web')],
    ['Deployment shop/web'],
  ],
  [
    'probes-missing',
    'finds no probe at all',
    [deployment('web', { one: { readinessProbe: undefined } })],
    ['Deployment shop/web'],
  ],
  ['probes-missing', 'asks nothing of Jobs', [job({})], []],
  [
    'probes-missing',
    'is content with a probe on a sidecar of the pod',
    [
      deployment('web', {
        pod: { containers: [container({ readinessProbe: undefined }), container({ name: 'proxy' })] },
      }),
      service('web'),
    ],
    [],
  ],
  [
    'single-replica',
    'finds one replica behind a Service',
    [deployment('web', { replicas: 1 }), service('web')],
    ['Deployment shop/web'],
  ],
  ['single-replica', 'leaves one alone that nobody calls', [deployment('worker', { replicas: 1 })], []],
  [
    'single-replica',
    'goes by the autoscaler',
    [deployment('web', { replicas: 1 }), service('web'), scaler('web', 2, 5)],
    [],
  ],
  [
    'disruption-budget-missing',
    'finds replicas without a budget',
    [deployment('web'), service('web'), budget('other', { maxUnavailable: 1 })],
    ['Deployment shop/web'],
  ],
  [
    'disruption-budget-missing',
    'sees the budget',
    [deployment('web'), service('web'), budget('web', { maxUnavailable: 1 })],
    [],
  ],
  ['disruption-budget-missing', 'cannot tell from files without any budget', [deployment('web'), service('web')], []],
  [
    'budget-blocks-drain',
    'finds maxUnavailable 0',
    [deployment('web'), budget('web', { maxUnavailable: 0 })],
    ['PodDisruptionBudget shop/web'],
  ],
  [
    'budget-blocks-drain',
    'finds a percentage that rounds up to all',
    [deployment('web', { replicas: 3 }), budget('web', { minAvailable: '80%' })],
    ['PodDisruptionBudget shop/web'],
  ],
  ['budget-blocks-drain', 'lets one go', [deployment('web'), budget('web', { minAvailable: 1 })], []],
  [
    'budget-blocks-drain',
    'says nothing of a workload scaled to zero',
    [deployment('web', { replicas: 0 }), budget('web', { minAvailable: 1 })],
    [],
  ],
  [
    'budget-selects-nothing',
    'finds a budget for nobody',
    [deployment('web'), budget('wbe', { maxUnavailable: 1 })],
    ['PodDisruptionBudget shop/wbe'],
  ],
  [
    'budget-selects-nothing',
    'reads matchExpressions, and templates scaled to zero',
    [
      deployment('web', { replicas: 0 }),
      budget('b', {
        maxUnavailable: 1,
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] },
      }),
    ],
    [],
  ],
  [
    'budgets-overlap',
    'finds two budgets over the same pods',
    [deployment('web'), budget('web', { maxUnavailable: 1 }), budget('all', { maxUnavailable: 1, selector: {} })],
    ['Deployment shop/web'],
  ],
  ['budgets-overlap', 'leaves one budget alone', [deployment('web'), budget('web', { maxUnavailable: 1 })], []],
  [
    'privileged-container',
    'finds privileged',
    [deployment('web', { one: { securityContext: { privileged: true } } })],
    ['Deployment shop/web'],
  ],
  [
    'privileged-container',
    'leaves the system’s own alone',
    [deployment('cni', { ns: 'kube-system', one: { securityContext: { privileged: true } } })],
    [],
  ],
  [
    'added-capabilities',
    'finds NET_ADMIN',
    [deployment('web', { one: { securityContext: { capabilities: { add: ['NET_ADMIN'] } } } })],
    ['Deployment shop/web'],
  ],
  [
    'added-capabilities',
    'leaves the baseline alone',
    [deployment('web', { one: { securityContext: { capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } } } })],
    [],
  ],
  [
    'host-access',
    'finds the node’s network and processes',
    [deployment('web', { pod: { hostNetwork: true, hostPID: true } })],
    ['Deployment shop/web'],
  ],
  ['host-access', 'finds the runtime’s socket', [deployment('web', mounts(false))], ['Deployment shop/web']],
  [
    'host-access',
    'leaves a DaemonSet that reads its node alone',
    [{ ...deployment('agent', mounts(true)), kind: 'DaemonSet' }],
    [],
  ],
  [
    'runs-as-root',
    'finds runAsUser 0',
    [deployment('web', { pod: { securityContext: { runAsUser: 0 } } })],
    ['Deployment shop/web'],
  ],
  [
    'runs-as-root',
    'takes no securityContext for no finding, on a default ServiceAccount too',
    [deployment('web'), pod('p', { serviceAccountName: 'default' })],
    [],
  ],
  [
    'secret-in-environment',
    'finds a password',
    [deployment('web', { one: { env: [{ name: 'DB_PASSWORD', value: 'hunter2hunter2' }] } })],
    ['Deployment shop/web'],
  ],
  [
    'secret-in-environment',
    'leaves references, paths and switches alone',
    [
      deployment('web', {
        one: {
          env: [
            { name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
            { name: 'TOKEN_PATH', value: '/var/run/token' },
            { name: 'USE_TOKEN', value: 'true' },
            { name: 'TOKEN_URL', value: 'https://id.example' },
          ],
        },
      }),
    ],
    [],
  ],
  ['unmanaged-pod', 'finds a bare pod', [pod('lone')], ['Pod shop/lone']],
  [
    'unmanaged-pod',
    'leaves one-shot, completed and static pods alone',
    [
      pod('tool', { restartPolicy: 'Never' }),
      pod('done', {}, { status: { phase: 'Succeeded' } }),
      pod('etcd-node-1', {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
    ],
    [],
  ],
  [
    'replicas-on-one-node',
    'finds two on one',
    [set, onNode('web-0', 'node-1'), onNode('web-1', 'node-1'), node('node-1'), node('node-2')],
    ['StatefulSet shop/web'],
  ],
  [
    'replicas-on-one-node',
    'has nothing to say of a cluster of one node',
    [set, onNode('web-0', 'node-1'), onNode('web-1', 'node-1'), node('node-1')],
    [],
  ],
  ['idle-workload', 'finds zero replicas', [deployment('web', { replicas: 0 })], ['Deployment shop/web']],
  [
    'idle-workload',
    'knows that KEDA wakes it',
    [
      deployment('web', { replicas: 0 }),
      object('keda.sh/v1alpha1', 'ScaledObject', 'web', { spec: { scaleTargetRef: { name: 'web' } } }),
    ],
    [],
  ],
  [
    'autoscaler-over-room',
    'finds a maximum that cannot fit',
    [
      deployment('web', { one: { resources: { requests: { cpu: '2', memory: '1Gi' } } } }),
      scaler('web', 2, 10),
      node('n1'),
    ],
    ['HorizontalPodAutoscaler shop/web'],
  ],
  [
    'autoscaler-over-room',
    'adds them up',
    [
      deployment('a', { one: { resources: { requests: { cpu: '1', memory: '1Gi' } } } }),
      deployment('b', { one: { resources: { requests: { cpu: '1', memory: '2Gi' } } } }),
      scaler('a', 1, 3),
      scaler('b', 1, 3),
      node('n1'),
    ],
    ['HorizontalPodAutoscaler shop/b'],
  ],
  [
    'autoscaler-over-room',
    'is silent where nodes are made on demand',
    [
      deployment('web', { one: { resources: { requests: { cpu: '2' } } } }),
      scaler('web', 2, 10),
      node('n1'),
      object('karpenter.sh/v1', 'NodePool', 'default', {}, { ns: '' }),
    ],
    [],
  ],
]
