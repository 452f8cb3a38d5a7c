import { writeCase } from './case.ts'
import { neighbours } from './cluster.ts'
import {
  ago,
  condition,
  container,
  containerLog,
  containerStatus,
  type Doc,
  deployment,
  endpointSlice,
  namespace,
  obj,
  service,
} from './objects.ts'

const ns = 'shop'
const requests = { requests: { cpu: '200m', memory: '256Mi' }, limits: { cpu: '500m', memory: '512Mi' } }
const app = (name: string, resources: object = requests, replicas = 2, extra: readonly Doc[] = []): readonly Doc[] =>
  deployment({
    namespace: ns,
    name,
    replicas,
    containers: [container(name, { ports: [{ containerPort: 8080, name: 'http' }], resources }), ...extra],
  })
const podsOf = (docs: readonly Doc[]) => docs.filter((doc) => doc['kind'] === 'Pod')
const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }
const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 80 } },
}
const able = condition('AbleToScale', 'True', {
  reason: 'ReadyForNewScale',
  message: 'recommended size matches current size',
})
const active = condition('ScalingActive', 'True', {
  reason: 'ValidMetricFound',
  message: 'the HPA was able to successfully calculate a replica count from cpu resource utilization',
})
const calm = condition('ScalingLimited', 'False', {
  reason: 'DesiredWithinRange',
  message: 'the desired count is within the acceptable range',
})
const blind = (reason: string, message: string) =>
  condition('ScalingActive', 'False', { reason, message, lastTransitionTime: ago(60) })
const at = (resource: string, percent: number) => [
  { type: 'Resource', resource: { name: resource, current: { averageUtilization: percent, averageValue: '140m' } } },
]
type Hpa = {
  readonly target?: string
  readonly kind?: string
  readonly metrics?: readonly object[]
  readonly conditions?: readonly Doc[]
  readonly current?: readonly object[]
  readonly replicas?: number
  readonly max?: number
}
const hpa = (name: string, o: Hpa = {}): Doc =>
  obj('autoscaling/v2', 'HorizontalPodAutoscaler', ns, name, {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: o.kind ?? 'Deployment', name: o.target ?? name },
      minReplicas: 2,
      maxReplicas: o.max ?? 6,
      metrics: o.metrics ?? [cpu],
    },
    status: {
      currentReplicas: o.replicas ?? 2,
      desiredReplicas: o.replicas ?? 2,
      lastScaleTime: ago(600),
      conditions: o.conditions ?? [able, active, calm],
      ...(o.current === undefined ? {} : { currentMetrics: o.current }),
    },
  })
const metricsServer = (ready: boolean): readonly Doc[] => {
  const workload = deployment({
    namespace: 'kube-system',
    name: 'metrics-server',
    labels: { 'k8s-app': 'metrics-server' },
    ready,
    containers: [
      container('metrics-server', {
        image: 'registry.k8s.io/metrics-server/metrics-server:v0.7.2',
        ports: [{ containerPort: 10250, name: 'https' }],
      }),
    ],
    minutesOld: 4000,
    pod: ready
      ? {}
      : {
          containerStatuses: [containerStatus('metrics-server', { ready: false, started: true })],
          conditions: [
            condition('PodScheduled', 'True'),
            condition('Ready', 'False', { reason: 'ContainersNotReady', lastTransitionTime: ago(70) }),
          ],
        },
  })
  const svc = service({
    namespace: 'kube-system',
    name: 'metrics-server',
    selector: { 'k8s-app': 'metrics-server' },
    ports: [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }],
  })
  return [...workload, svc, endpointSlice(svc, podsOf(workload))]
}
const apiService = (name: string, service: object | undefined, available: Doc): Doc => {
  const [version = '', ...group] = name.split('.')
  return obj('apiregistration.k8s.io/v1', 'APIService', undefined, name, {
    spec: {
      group: group.join('.'),
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      ...(service === undefined ? {} : { service }),
    },
    status: { conditions: [available] },
  })
}
const up = condition('Available', 'True', { reason: 'Passed', message: 'all checks passed' })
const metricsApi = (available: Doc) =>
  apiService('v1beta1.metrics.k8s.io', { namespace: 'kube-system', name: 'metrics-server', port: 443 }, available)
const healthyMetrics = (): readonly Doc[] => [...metricsServer(true), metricsApi(up)]
const write = (id: string, docs: readonly Doc[], expected: Parameters<typeof writeCase>[3]) =>
  writeCase('scaling', id, [...neighbours(), namespace(ns), namespace('kube-system'), ...docs], expected)
const hpaObject = (name: string) => [{ kind: 'HorizontalPodAutoscaler', namespace: ns, name }]
const usage = (docs: readonly Doc[], cpuUse: string): readonly Doc[] =>
  podsOf(docs).map((pod) =>
    obj('metrics.k8s.io/v1beta1', 'PodMetrics', ns, String((pod['metadata'] as Doc)['name']), {
      timestamp: ago(1),
      window: '15s',
      containers: [{ name: 'web', usage: { cpu: cpuUse, memory: '130Mi' } }],
    }),
  )

const targets = (): void => {
  const gone = condition('AbleToScale', 'False', {
    reason: 'FailedGetScale',
    message:
      'the HPA controller was unable to get the target\'s current scale: deployments.apps "web-frontend" not found',
    lastTransitionTime: ago(300),
  })
  write(
    'hpa-target-missing-plain',
    [...healthyMetrics(), ...app('web'), hpa('web', { target: 'web-frontend', conditions: [gone] })],
    {
      verdict: 'fault',
      codes: ['hpa-target-missing'],
      objects: hpaObject('web'),
      mustMention: [['web-frontend'], ['did you mean']],
    },
  )
  write(
    'hpa-target-kind-hidden',
    [
      ...healthyMetrics(),
      ...app('web'),
      hpa('web', {
        kind: 'StatefulSet',
        conditions: [
          {
            ...gone,
            message:
              'the HPA controller was unable to get the target\'s current scale: statefulsets.apps "web" not found',
          },
        ],
      }),
    ],
    {
      verdict: 'fault',
      question: 'web does not scale',
      codes: ['hpa-target-missing'],
      objects: hpaObject('web'),
      mustMention: [['Deployment']],
    },
  )
  const rollout = obj('argoproj.io/v1alpha1', 'Rollout', ns, 'api', {
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'api' } },
      template: {
        metadata: { labels: { app: 'api' } },
        spec: { containers: [container('api', { resources: requests })] },
      },
    },
    status: { phase: 'Healthy' },
  })
  const forRollout = {
    ...hpa('api', { current: at('cpu', 40) }),
    spec: {
      scaleTargetRef: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'api' },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [cpu],
    },
  }
  write(
    'hpa-target-rollout-lookalike',
    [...healthyMetrics(), rollout, forRollout, ...app('web'), hpa('web', { current: at('cpu', 35) })],
    { verdict: 'healthy', mustNotCode: ['hpa-target-missing'] },
  )
}

const metrics = (): void => {
  const sidecar = container('istio-proxy', { resources: {} })
  const missing = blind(
    'FailedGetResourceMetric',
    'the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container istio-proxy of Pod web-7d9f-x1',
  )
  write(
    'hpa-missing-requests-plain',
    [
      ...healthyMetrics(),
      ...app('web', {}),
      hpa('web', {
        conditions: [
          able,
          blind(
            'FailedGetResourceMetric',
            'the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu',
          ),
        ],
      }),
    ],
    { verdict: 'fault', codes: ['hpa-missing-requests'], objects: hpaObject('web'), mustMention: [['request']] },
  )
  write(
    'hpa-missing-requests-sidecar-hidden',
    [...healthyMetrics(), ...app('web', requests, 2, [sidecar]), hpa('web', { conditions: [able, missing] })],
    {
      verdict: 'fault',
      question: 'web never scales out',
      codes: ['hpa-missing-requests'],
      objects: hpaObject('web'),
      mustMention: [['istio-proxy']],
    },
  )
  // The template has no requests, the LimitRange gives them to the pods: the autoscaler works.
  const limitRange = obj('v1', 'LimitRange', ns, 'defaults', {
    spec: { limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '200m' } }] },
  })
  const defaulted = deployment({
    namespace: ns,
    name: 'batch',
    containers: [container('batch')],
    pod: { containers: [container('batch', { resources: { requests: { cpu: '200m' }, limits: { cpu: '500m' } } })] },
  })
  write(
    'hpa-requests-by-default-lookalike',
    [
      ...healthyMetrics(),
      limitRange,
      ...defaulted,
      hpa('batch', { current: at('cpu', 30) }),
      ...app('web'),
      hpa('web', { current: at('cpu', 60) }),
    ],
    { verdict: 'healthy', mustNotCode: ['hpa-missing-requests', 'hpa-wrong-metric'] },
  )
  const custom = {
    type: 'Pods',
    pods: { metric: { name: 'http_request_per_second' }, target: { type: 'AverageValue', averageValue: '100' } },
  }
  const adapter = apiService(
    'v1beta1.custom.metrics.k8s.io',
    { namespace: 'kube-system', name: 'metrics-server', port: 443 },
    up,
  )
  write(
    'hpa-wrong-metric-name-plain',
    [
      ...healthyMetrics(),
      adapter,
      ...app('web'),
      hpa('web', {
        metrics: [custom],
        conditions: [
          able,
          blind(
            'FailedGetPodsMetric',
            'the HPA was unable to compute the replica count: unable to get metric http_request_per_second: unable to fetch metrics from custom metrics API: the server could not find the metric http_request_per_second for pods',
          ),
        ],
      }),
    ],
    {
      verdict: 'fault',
      codes: ['hpa-wrong-metric'],
      objects: hpaObject('web'),
      mustMention: [['http_request_per_second']],
    },
  )
  const web = app('web')
  write(
    'hpa-wrong-metric-resource-hidden',
    [...healthyMetrics(), ...web, ...usage(web, '490m'), hpa('web', { metrics: [memory], current: at('memory', 51) })],
    {
      verdict: 'fault',
      question: 'web is slow and does not scale',
      codes: ['hpa-wrong-metric'],
      objects: hpaObject('web'),
      mustMention: [['memory'], ['CPU']],
    },
  )
  write(
    'hpa-below-target-lookalike',
    [
      ...healthyMetrics(),
      ...web,
      ...usage(web, '120m'),
      hpa('web', { metrics: [cpu, memory], current: [...at('cpu', 55), ...at('memory', 50)] }),
    ],
    { verdict: 'healthy', mustNotCode: ['hpa-wrong-metric', 'hpa-at-max'] },
  )
}

const limits = (): void => {
  const many = app('web', requests, 6)
  const capped = condition('ScalingLimited', 'True', {
    reason: 'TooManyReplicas',
    message: 'the desired replica count is more than the maximum replica count',
    lastTransitionTime: ago(55),
  })
  write(
    'hpa-at-max-plain',
    [
      ...healthyMetrics(),
      ...many,
      hpa('web', { replicas: 6, conditions: [able, active, capped], current: at('cpu', 140) }),
    ],
    { verdict: 'fault', codes: ['hpa-at-max'], objects: hpaObject('web'), mustMention: [['6'], ['140']] },
  )
  const queue = {
    type: 'External',
    external: { metric: { name: 'sqs_queue_length' }, target: { type: 'AverageValue', averageValue: '30' } },
  }
  write(
    'hpa-at-max-external-hidden',
    [...healthyMetrics(), ...many, hpa('web', { replicas: 6, metrics: [queue], conditions: [able, active, capped] })],
    { verdict: 'fault', question: 'the queue grows', codes: ['hpa-at-max'], objects: hpaObject('web') },
  )
  write(
    'hpa-at-max-calm-lookalike',
    [
      ...healthyMetrics(),
      ...many,
      hpa('web', { replicas: 6, conditions: [able, active, calm], current: at('cpu', 68) }),
    ],
    { verdict: 'healthy', mustNotCode: ['hpa-at-max'] },
  )
}

const apis = (): void => {
  const api = [{ kind: 'APIService', name: 'v1beta1.metrics.k8s.io' }]
  const noMetrics = blind(
    'FailedGetResourceMetric',
    'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)',
  )
  const down = condition('Available', 'False', {
    reason: 'MissingEndpoints',
    message: 'endpoints for service/metrics-server in "kube-system" have no addresses with port name "https"',
    lastTransitionTime: ago(68),
  })
  const broken = metricsServer(false)
  write(
    'metrics-api-unavailable-plain',
    [
      ...broken,
      metricsApi(down),
      containerLog(
        podsOf(broken)[0] ?? {},
        'metrics-server',
        'E1120 09:58:00.000000       1 scraper.go:149] "Failed to scrape node" err="Get \\"https://172.18.0.12:10250/metrics/resource\\": tls: failed to verify certificate: x509: cannot validate certificate for 172.18.0.12 because it doesn\'t contain any IP SANs" node="worker-1"\n',
      ),
      ...app('web'),
      hpa('web', { conditions: [able, noMetrics] }),
    ],
    {
      verdict: 'fault',
      codes: ['metrics-api-unavailable'],
      objects: api,
      accept: [{ kind: 'Deployment', namespace: 'kube-system', name: 'metrics-server' }],
      mustMention: [['metrics']],
    },
  )
  write(
    'metrics-api-not-installed-hidden',
    [
      apiService('v1.apps', undefined, up),
      ...app('web'),
      hpa('web', {
        conditions: [
          able,
          {
            ...noMetrics,
            message: String(noMetrics['message']).replace(
              'is currently unable to handle the request',
              'could not find the requested resource',
            ),
          },
        ],
      }),
      ...app('api'),
      hpa('api', { conditions: [able, noMetrics] }),
    ],
    {
      verdict: 'fault',
      question: 'nothing scales any more',
      codes: ['metrics-api-unavailable'],
      objects: api,
      mustMention: [['web'], ['api']],
    },
  )
  write(
    'metrics-api-healthy-lookalike',
    [...healthyMetrics(), apiService('v1.apps', undefined, up), ...app('web'), hpa('web', { current: at('cpu', 40) })],
    { verdict: 'healthy', mustNotCode: ['metrics-api-unavailable', 'aggregated-api-unavailable'] },
  )
  const external = 'v1beta1.external.metrics.k8s.io'
  const lost = condition('Available', 'False', {
    reason: 'ServiceNotFound',
    message: 'service/keda-operator-metrics-apiserver in "keda" is not present',
    lastTransitionTime: ago(200),
  })
  write(
    'aggregated-api-unavailable-plain',
    [
      ...healthyMetrics(),
      apiService(external, { namespace: 'keda', name: 'keda-operator-metrics-apiserver', port: 443 }, lost),
    ],
    {
      verdict: 'fault',
      codes: ['aggregated-api-unavailable'],
      objects: [{ kind: 'APIService', name: external }],
      mustMention: [['keda']],
    },
  )
  const stuck = {
    ...namespace('old-team'),
    metadata: { ...(namespace('old-team')['metadata'] as object), deletionTimestamp: ago(90) },
    status: {
      phase: 'Terminating',
      conditions: [
        condition('NamespaceDeletionDiscoveryFailure', 'True', {
          reason: 'DiscoveryFailed',
          message: `Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: external.metrics.k8s.io/v1beta1: the server is currently unable to handle the request`,
          lastTransitionTime: ago(89),
        }),
      ],
    },
  }
  write(
    'aggregated-api-blocks-namespace-hidden',
    [
      ...healthyMetrics(),
      stuck,
      apiService(external, { namespace: 'keda', name: 'keda-operator-metrics-apiserver', port: 443 }, lost),
    ],
    {
      verdict: 'fault',
      question: 'namespace old-team cannot be deleted',
      codes: ['aggregated-api-unavailable'],
      objects: [{ kind: 'APIService', name: external }],
    },
  )
  write(
    'aggregated-api-starting-lookalike',
    [
      ...healthyMetrics(),
      apiService(
        external,
        { namespace: 'keda', name: 'keda-operator-metrics-apiserver', port: 443 },
        { ...lost, lastTransitionTime: ago(1) },
      ),
    ],
    { verdict: 'healthy', mustNotCode: ['aggregated-api-unavailable'] },
  )
}

targets()
metrics()
limits()
apis()
