import { canonicalQuantity } from '../schema/quantity.ts'
import { type Fields, fieldsAt, isFields, listAt, type OpenObject } from '../types.ts'
import { defaultPodSpec, defaultRequests, preset } from './pod-defaults.ts'

/** Fills in place what the API server fills in for a kind when a client leaves it out. */
export function applyDefaults(object: OpenObject): void {
  const spec = object['spec']
  switch (object.kind) {
    case 'Pod':
      if (!isFields(spec)) return
      defaultPodSpec(spec)
      defaultRequests(spec)
      preset(spec, { enableServiceLinks: true })
      preset(object, { status: {} })
      return
    case 'Secret':
      takeStringData(object)
      preset(object, { type: 'Opaque' })
      return
    case 'Namespace':
      object.metadata.labels = { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name }
      return
    case 'StorageClass':
      preset(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' })
      return
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      subjects(object)
      return
    case 'ValidatingWebhookConfiguration':
    case 'MutatingWebhookConfiguration':
      webhooks(object)
      return
    default:
      if (isFields(spec)) specDefaults(object, spec)
  }
}

function specDefaults(object: OpenObject, spec: Fields): void {
  const template = fieldsAt(spec, 'template')
  if (isFields(spec['template'])) preset(spec['template'], { metadata: {} })
  if (isFields(template['spec']) && object.kind !== 'CronJob') defaultPodSpec(template['spec'])
  switch (object.kind) {
    case 'Deployment':
      deployment(spec)
      return
    case 'ReplicaSet':
      preset(spec, { replicas: 1 })
      return
    case 'StatefulSet':
      statefulSet(spec)
      return
    case 'DaemonSet':
      daemonSet(spec)
      object.metadata.annotations = { 'deprecated.daemonset.template.generation': '1', ...object.metadata.annotations }
      return
    case 'Job':
      job(spec)
      return
    case 'CronJob':
      cronJob(spec)
      return
    case 'Service':
      service(spec)
      return
    case 'PersistentVolumeClaim':
      claim(object, spec)
      return
    case 'PersistentVolume':
      preset(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' })
      return
    case 'HorizontalPodAutoscaler':
      autoscaler(spec)
      return
    case 'NetworkPolicy':
      networkPolicy(spec)
      return
    case 'LimitRange':
      limitRange(spec)
      return
    case 'ResourceQuota':
      canonical(spec, 'hard')
      return
    case 'Ingress':
      for (const rule of listAt(spec, 'rules'))
        for (const path of listAt(fieldsAt(rule, 'http'), 'paths'))
          if (isFields(path)) preset(path, { pathType: 'ImplementationSpecific' })
      return
    default:
  }
}

function rolling(strategy: Fields, values: Fields): void {
  if (strategy['type'] !== 'RollingUpdate') return
  strategy['rollingUpdate'] ??= {}
  preset(fieldsAt(strategy, 'rollingUpdate'), values)
}

function deployment(spec: Fields): void {
  preset(spec, { replicas: 1, strategy: {}, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
  const strategy = fieldsAt(spec, 'strategy')
  preset(strategy, { type: 'RollingUpdate' })
  rolling(strategy, { maxUnavailable: '25%', maxSurge: '25%' })
}

function statefulSet(spec: Fields): void {
  preset(spec, {
    replicas: 1,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: {},
    revisionHistoryLimit: 10,
    serviceName: '',
  })
  const strategy = fieldsAt(spec, 'updateStrategy')
  preset(strategy, { type: 'RollingUpdate' })
  rolling(strategy, { partition: 0 })
  preset(spec, { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' } })
  for (const template of listAt(spec, 'volumeClaimTemplates')) {
    if (!isFields(template)) continue
    preset(template, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } })
    claim(template, fieldsAt(template, 'spec'))
  }
}

function daemonSet(spec: Fields): void {
  preset(spec, { updateStrategy: {}, revisionHistoryLimit: 10 })
  const strategy = fieldsAt(spec, 'updateStrategy')
  preset(strategy, { type: 'RollingUpdate' })
  rolling(strategy, { maxUnavailable: 1, maxSurge: 0 })
}

function job(spec: Fields): void {
  if (spec['completions'] === undefined && spec['parallelism'] === undefined) spec['completions'] = 1
  preset(spec, {
    parallelism: 1,
    backoffLimit: 6,
    completionMode: 'NonIndexed',
    manualSelector: false,
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  })
}

function cronJob(spec: Fields): void {
  preset(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 })
  const jobTemplate = fieldsAt(spec, 'jobTemplate')
  preset(jobTemplate, { metadata: {} })
  preset(fieldsAt(fieldsAt(jobTemplate, 'spec'), 'template'), { metadata: {} })
  const pod = fieldsAt(fieldsAt(jobTemplate, 'spec'), 'template')['spec']
  if (isFields(pod)) defaultPodSpec(pod)
}

function service(spec: Fields): void {
  preset(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
  for (const port of listAt(spec, 'ports')) {
    if (!isFields(port)) continue
    preset(port, { protocol: 'TCP' })
    preset(port, { targetPort: port['port'] })
  }
  if (spec['type'] === 'ExternalName') return
  preset(spec, { internalTrafficPolicy: 'Cluster' })
  if (spec['type'] === 'LoadBalancer') preset(spec, { allocateLoadBalancerNodePorts: true })
  if (spec['type'] !== 'ClusterIP') preset(spec, { externalTrafficPolicy: 'Cluster' })
}

function claim(object: Fields, spec: Fields): void {
  preset(spec, { volumeMode: 'Filesystem' })
  preset(object, { status: { phase: 'Pending' } })
  canonical(fieldsAt(spec, 'resources'), 'requests')
}

function autoscaler(spec: Fields): void {
  preset(spec, { minReplicas: 1 })
  if (listAt(spec, 'metrics').length > 0) return
  spec['metrics'] = [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]
}

function networkPolicy(spec: Fields): void {
  const rules = [...listAt(spec, 'ingress'), ...listAt(spec, 'egress')]
  for (const rule of rules)
    for (const port of listAt(rule, 'ports')) if (isFields(port)) preset(port, { protocol: 'TCP' })
  preset(spec, { policyTypes: listAt(spec, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'] })
}

function limitRange(spec: Fields): void {
  for (const limit of listAt(spec, 'limits')) {
    if (!isFields(limit)) continue
    for (const part of ['max', 'min', 'default', 'defaultRequest']) canonical(limit, part)
    if (limit['type'] !== 'Container') continue
    const defaults = { ...fieldsAt(limit, 'max'), ...fieldsAt(limit, 'default') }
    if (Object.keys(defaults).length > 0) limit['default'] = defaults
    const requests = { ...fieldsAt(limit, 'min'), ...fieldsAt(limit, 'default'), ...fieldsAt(limit, 'defaultRequest') }
    if (Object.keys(requests).length > 0) limit['defaultRequest'] = requests
  }
}

function canonical(holder: Fields, part: string): void {
  const list = holder[part]
  if (isFields(list)) for (const [name, value] of Object.entries(list)) list[name] = canonicalQuantity(value)
}

function subjects(object: OpenObject): void {
  preset(fieldsAt(object, 'roleRef'), { apiGroup: 'rbac.authorization.k8s.io' })
  for (const subject of listAt(object, 'subjects')) {
    if (isFields(subject) && subject['kind'] !== 'ServiceAccount')
      preset(subject, { apiGroup: 'rbac.authorization.k8s.io' })
  }
}

function webhooks(object: OpenObject): void {
  for (const webhook of listAt(object, 'webhooks')) {
    if (!isFields(webhook)) continue
    preset(webhook, {
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
    })
    if (object.kind === 'MutatingWebhookConfiguration') preset(webhook, { reinvocationPolicy: 'Never' })
    for (const rule of listAt(webhook, 'rules')) if (isFields(rule)) preset(rule, { scope: '*' })
    const reference = fieldsAt(webhook, 'clientConfig')['service']
    if (isFields(reference)) preset(reference, { port: 443 })
  }
}

/** What a client wrote as plain text joins the data; the plain text is never kept. */
function takeStringData(object: OpenObject): void {
  const plain = object['stringData']
  if (!isFields(plain)) return
  const encoded = Object.entries(plain).map(([key, value]) => [key, Buffer.from(String(value)).toString('base64')])
  object['data'] = { ...fieldsAt(object, 'data'), ...Object.fromEntries(encoded) }
  delete object['stringData']
}
