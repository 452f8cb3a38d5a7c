import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import { ago, condition, container, type Doc, deployment, event, namespace, obj } from './objects.ts'

const ns = 'shop'
const worker = deployment({
  namespace: ns,
  name: 'worker',
  containers: [container('worker', { resources: { requests: { cpu: '100m' } } })],
})
const scaled = (target: string, conditions: readonly Doc[], annotations: Readonly<Record<string, string>> = {}): Doc =>
  obj(
    'keda.sh/v1alpha1',
    'ScaledObject',
    ns,
    'worker',
    {
      spec: {
        scaleTargetRef: { name: target },
        maxReplicaCount: 20,
        triggers: [{ type: 'rabbitmq', metadata: { queueName: 'orders', mode: 'QueueLength', value: '20' } }],
      },
      status: { conditions },
    },
    { annotations },
  )
const bad = (message: string) =>
  condition('Ready', 'False', { reason: 'ScaledObjectCheckFailed', message, lastTransitionTime: ago(45) })
const object = [{ kind: 'ScaledObject', namespace: ns, name: 'worker' }]
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase('keda', id, [...neighbours(), namespace(ns), ...worker, ...docs], expected)

write(
  'keda-target-missing-plain',
  [scaled('workers', [bad("ScaledObject doesn't have correct scaleTargetRef specification")])],
  { verdict: 'fault', codes: ['hpa-target-missing'], objects: object, mustMention: [['workers'], ['did you mean']] },
)
const trigger = scaled('worker', [bad('Triggers defined in ScaledObject are not working correctly')])
write(
  'keda-trigger-failing-hidden',
  [
    trigger,
    event({
      about: trigger,
      reason: 'KEDAScalerFailed',
      message: 'error establishing rabbitmq connection: Exception (403) Reason: "username or password not allowed"',
      component: 'keda-operator',
      count: 40,
      first: 45,
    }),
  ],
  {
    verdict: 'fault',
    question: 'worker does not scale with its queue',
    codes: ['hpa-wrong-metric'],
    objects: object,
    mustMention: [['password not allowed', 'rabbitmq']],
  },
)
write('keda-paused-lookalike', [scaled('worker', [bad('paused')], { 'autoscaling.keda.sh/paused-replicas': '2' })], {
  verdict: 'healthy',
  mustNotCode: ['hpa-target-missing', 'hpa-wrong-metric'],
})
