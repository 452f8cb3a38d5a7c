import { type Fields, fieldsAt, isFields, type KubeObject, listAt, type OpenObject, same } from '../types.ts'

const countsGenerations = new Set(
  'Deployment ReplicaSet StatefulSet DaemonSet Job CronJob Pod PodDisruptionBudget Ingress IngressClass NetworkPolicy ReplicationController EndpointSlice MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding CustomResourceDefinition PriorityClass Application AppProject'.split(
    ' ',
  ),
)

const hasStatus = new Set(
  'Deployment ReplicaSet StatefulSet DaemonSet Job CronJob Pod PodDisruptionBudget Ingress ReplicationController Namespace Node PersistentVolume PersistentVolumeClaim ResourceQuota Service HorizontalPodAutoscaler VolumeAttachment APIService CustomResourceDefinition ValidatingAdmissionPolicy'.split(
    ' ',
  ),
)

/** Has the kind a status of its own, that only the status subresource writes? */
export const writesStatusApart = (kind: string): boolean => hasStatus.has(kind)

/** Fields outside of spec whose change also counts as a new generation. */
function intent(object: OpenObject): unknown {
  if (object.kind === 'Deployment') return [object['spec'], object.metadata.annotations ?? {}]
  if ('spec' in object) return [object['spec'], object['operation']]
  const { metadata: _metadata, status: _status, ...rest } = object
  return rest
}

/** Readies an object that is about to be created: the server's fields are the server's to set. */
export function prepareCreate(object: OpenObject): void {
  if (countsGenerations.has(object.kind)) object.metadata.generation = 1
  if (hasStatus.has(object.kind)) {
    const status = initialStatus(object)
    if (status === undefined) delete object['status']
    else object['status'] = status
  }
}

function initialStatus(object: OpenObject): Fields | undefined {
  switch (object.kind) {
    case 'Pod':
      return { phase: 'Pending', qosClass: qosClass(fieldsAt(object, 'spec')) }
    case 'Namespace':
      return { phase: 'Active' }
    case 'PersistentVolumeClaim':
    case 'PersistentVolume':
      return { phase: 'Pending' }
    case 'Service':
    case 'Ingress':
      return { loadBalancer: {} }
    case 'DaemonSet':
      return { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 }
    case 'StatefulSet':
    case 'ReplicaSet':
      return { replicas: 0 }
    case 'HorizontalPodAutoscaler':
      return { desiredReplicas: 0, currentMetrics: null }
    case 'PodDisruptionBudget':
      return { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }
    case 'Node':
      return fieldsAt(object, 'status')
    default:
      return {}
  }
}

/** Readies an update of the main resource: status and bookkeeping stay as they were; a new intent is a new generation. */
export function prepareUpdate(before: OpenObject, after: OpenObject): void {
  if (hasStatus.has(after.kind)) {
    if (before['status'] === undefined) delete after['status']
    else after['status'] = before['status']
  }
  if (after.kind === 'Service') keepAddresses(fieldsAt(before, 'spec'), fieldsAt(after, 'spec'))
  keepBookkeeping(before, after)
  if (countsGenerations.has(after.kind) && !same(intent(before), intent(after))) {
    after.metadata.generation = (before.metadata.generation ?? 0) + 1
  }
}

/** An update that leaves out what was allocated keeps it. */
function keepAddresses(before: Fields, after: Fields): void {
  if (after['type'] === 'ExternalName') return
  for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    if (after[field] === undefined && before[field] !== undefined) after[field] = before[field]
  const held = listAt(before, 'ports').filter(isFields)
  for (const port of listAt(after, 'ports')) {
    if (!isFields(port) || port['nodePort'] !== undefined || after['type'] === 'ClusterIP') continue
    const known = held.find((entry) => entry['port'] === port['port'] && entry['protocol'] === port['protocol'])
    if (known?.['nodePort'] !== undefined) port['nodePort'] = known['nodePort']
  }
}

/** Readies an update of the status subresource: only status and annotations may differ. */
export function prepareStatusUpdate(before: OpenObject, after: OpenObject): void {
  for (const key of Object.keys(after))
    if (!['apiVersion', 'kind', 'metadata', 'status'].includes(key)) delete after[key]
  for (const key of Object.keys(before)) if (!['metadata', 'status'].includes(key)) after[key] = before[key]
  if (before.metadata.labels === undefined) delete after.metadata.labels
  else after.metadata.labels = before.metadata.labels
  if (before.metadata.ownerReferences !== undefined) after.metadata.ownerReferences = before.metadata.ownerReferences
  keepBookkeeping(before, after)
}

function keepBookkeeping(before: KubeObject, after: KubeObject): void {
  const { metadata } = after
  for (const field of ['creationTimestamp', 'generation', 'generateName'] as const) {
    if (before.metadata[field] === undefined) delete metadata[field]
    else Object.assign(metadata, { [field]: before.metadata[field] })
  }
  metadata.uid ??= before.metadata.uid
  if (metadata.deletionTimestamp === undefined && before.metadata.deletionTimestamp !== undefined) {
    metadata.deletionTimestamp = before.metadata.deletionTimestamp
  }
  if (metadata.deletionGracePeriodSeconds === undefined && before.metadata.deletionGracePeriodSeconds !== undefined) {
    metadata.deletionGracePeriodSeconds = before.metadata.deletionGracePeriodSeconds
  }
}

/** Guaranteed, Burstable or BestEffort, by the containers' requests and limits. */
export function qosClass(spec: Fields): string {
  const resources = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].map((container) =>
    fieldsAt(container, 'resources'),
  )
  const named = (part: Fields): string[] => ['cpu', 'memory'].filter((name) => part[name] !== undefined)
  if (
    resources.every(
      (entry) => named(fieldsAt(entry, 'requests')).length + named(fieldsAt(entry, 'limits')).length === 0,
    )
  )
    return 'BestEffort'
  const guaranteed = resources.every((entry) => {
    const [limits, requests] = [fieldsAt(entry, 'limits'), fieldsAt(entry, 'requests')]
    return named(limits).length === 2 && ['cpu', 'memory'].every((name) => same(limits[name], requests[name]))
  })
  return guaranteed ? 'Guaranteed' : 'Burstable'
}
