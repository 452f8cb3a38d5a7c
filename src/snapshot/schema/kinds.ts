import type { KindMap } from '../../domain/kubernetes.ts'
import { limitRange, namespace, node, priorityClass, resourceQuota, runtimeClass } from './cluster.ts'
import { configMap, secret, serviceAccount } from './config.ts'
import { event } from './event.ts'
import { pod } from './pod.ts'
import {
  apiService,
  mutatingWebhookConfiguration,
  role,
  roleBinding,
  validatingWebhookConfiguration,
} from './rights.ts'
import { horizontalPodAutoscaler, nodeMetrics, podDisruptionBudget, podMetrics } from './scaling.ts'
import type { Shape } from './shape.ts'
import { persistentVolume, persistentVolumeClaim, storageClass, volumeAttachment } from './storage.ts'
import { endpointSlice, ingress, ingressClass, networkPolicy, service } from './traffic.ts'
import { controllerRevision, cronJob, daemonSet, deployment, job, replicaSet, statefulSet } from './workloads.ts'

type Body<K extends keyof KindMap> = Shape<Omit<KindMap[K], 'apiVersion' | 'kind'>>

/** One typed kind: its API (older groups too), its plural name, and how to read it. */
export type KindSchema = {
  readonly kind: keyof KindMap
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly namespaced: boolean
  /** Groups under which older or other clusters serve the same kind. */
  readonly otherGroups: readonly string[]
  readonly body: Shape<object>
}

const schema = <K extends keyof KindMap>(
  kind: K,
  api: `${string}/${string}`,
  resource: string,
  body: Body<K>,
  options: { readonly cluster?: true; readonly also?: readonly string[] } = {},
): KindSchema => {
  const [group = '', version = ''] = api.split('/')
  return {
    kind,
    group,
    version,
    resource,
    namespaced: options.cluster !== true,
    otherGroups: options.also ?? [],
    body: body as Shape<object>,
  }
}

const rbac = 'rbac.authorization.k8s.io'
const admission = 'admissionregistration.k8s.io/v1'
const cluster = { cluster: true } as const

const schemas: readonly KindSchema[] = [
  schema('Pod', '/v1', 'pods', pod),
  schema('Deployment', 'apps/v1', 'deployments', deployment, { also: ['extensions'] }),
  schema('ReplicaSet', 'apps/v1', 'replicasets', replicaSet, { also: ['extensions'] }),
  schema('StatefulSet', 'apps/v1', 'statefulsets', statefulSet),
  schema('DaemonSet', 'apps/v1', 'daemonsets', daemonSet, { also: ['extensions'] }),
  schema('ControllerRevision', 'apps/v1', 'controllerrevisions', controllerRevision),
  schema('Job', 'batch/v1', 'jobs', job),
  schema('CronJob', 'batch/v1', 'cronjobs', cronJob),
  schema('Service', '/v1', 'services', service),
  schema('EndpointSlice', 'discovery.k8s.io/v1', 'endpointslices', endpointSlice),
  schema('Ingress', 'networking.k8s.io/v1', 'ingresses', ingress, { also: ['extensions'] }),
  schema('IngressClass', 'networking.k8s.io/v1', 'ingressclasses', ingressClass, cluster),
  schema('NetworkPolicy', 'networking.k8s.io/v1', 'networkpolicies', networkPolicy, { also: ['extensions'] }),
  schema('Node', '/v1', 'nodes', node, cluster),
  schema('Namespace', '/v1', 'namespaces', namespace, cluster),
  schema('ConfigMap', '/v1', 'configmaps', configMap),
  schema('Secret', '/v1', 'secrets', secret),
  schema('ServiceAccount', '/v1', 'serviceaccounts', serviceAccount),
  schema('PersistentVolumeClaim', '/v1', 'persistentvolumeclaims', persistentVolumeClaim),
  schema('PersistentVolume', '/v1', 'persistentvolumes', persistentVolume, cluster),
  schema('StorageClass', 'storage.k8s.io/v1', 'storageclasses', storageClass, cluster),
  schema('VolumeAttachment', 'storage.k8s.io/v1', 'volumeattachments', volumeAttachment, cluster),
  schema('Event', '/v1', 'events', event, { also: ['events.k8s.io'] }),
  schema('ResourceQuota', '/v1', 'resourcequotas', resourceQuota),
  schema('LimitRange', '/v1', 'limitranges', limitRange),
  schema('PriorityClass', 'scheduling.k8s.io/v1', 'priorityclasses', priorityClass, cluster),
  schema('RuntimeClass', 'node.k8s.io/v1', 'runtimeclasses', runtimeClass, cluster),
  schema('HorizontalPodAutoscaler', 'autoscaling/v2', 'horizontalpodautoscalers', horizontalPodAutoscaler),
  schema('PodDisruptionBudget', 'policy/v1', 'poddisruptionbudgets', podDisruptionBudget),
  schema('Role', `${rbac}/v1`, 'roles', role as Body<'Role'>),
  schema('ClusterRole', `${rbac}/v1`, 'clusterroles', role as Body<'ClusterRole'>, cluster),
  schema('RoleBinding', `${rbac}/v1`, 'rolebindings', roleBinding as Body<'RoleBinding'>),
  schema('ClusterRoleBinding', `${rbac}/v1`, 'clusterrolebindings', roleBinding as Body<'ClusterRoleBinding'>, cluster),
  schema(
    'ValidatingWebhookConfiguration',
    admission,
    'validatingwebhookconfigurations',
    validatingWebhookConfiguration,
    cluster,
  ),
  schema(
    'MutatingWebhookConfiguration',
    admission,
    'mutatingwebhookconfigurations',
    mutatingWebhookConfiguration,
    cluster,
  ),
  schema('APIService', 'apiregistration.k8s.io/v1', 'apiservices', apiService, cluster),
  schema('PodMetrics', 'metrics.k8s.io/v1beta1', 'pods.metrics.k8s.io', podMetrics),
  schema('NodeMetrics', 'metrics.k8s.io/v1beta1', 'nodes.metrics.k8s.io', nodeMetrics, cluster),
]

/** The schema of every typed kind. */
export const kindSchemas: ReadonlyMap<string, KindSchema> = new Map(schemas.map((one) => [one.kind, one]))

/** The schema of a kind of this group, or undefined for kinds of others that only share the name (Knative's Service). */
export const schemaOf = (kind: string, group: string): KindSchema | undefined => {
  const found = kindSchemas.get(kind)
  return found !== undefined && (found.group === group || found.otherGroups.includes(group)) ? found : undefined
}

/** The name of the source that holds a kind, as coverage writes it: `pods`, `nodes.metrics.k8s.io`. */
export const sourceOf = (kind: string): string => kindSchemas.get(kind)?.resource ?? pluralOf(kind)

const pluralOf = (kind: string): string => {
  const lower = kind.toLowerCase()
  if (lower === 'endpoints') return lower
  if (lower.endsWith('s') || lower.endsWith('x') || lower.endsWith('ch')) return `${lower}es`
  return lower.endsWith('y') && !lower.endsWith('ay') ? `${lower.slice(0, -1)}ies` : `${lower}s`
}
