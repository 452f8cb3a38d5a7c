import { InvalidName, isNamespaceName, isPathSegment } from '../../domain/name.ts'
import type { ObjectRef } from '../../domain/object.ts'
import type { ResourceType } from '../../ports.ts'

/** The plural resource of the kinds that are addressed without discovery. */
const plurals: Readonly<Record<string, string>> = {
  Pod: 'pods',
  Node: 'nodes',
  Namespace: 'namespaces',
  Service: 'services',
  ConfigMap: 'configmaps',
  Secret: 'secrets',
  Event: 'events',
  ServiceAccount: 'serviceaccounts',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  PersistentVolume: 'persistentvolumes',
  ResourceQuota: 'resourcequotas',
  LimitRange: 'limitranges',
  Endpoints: 'endpoints',
  ReplicationController: 'replicationcontrollers',
  Deployment: 'deployments',
  ReplicaSet: 'replicasets',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
  ControllerRevision: 'controllerrevisions',
  Job: 'jobs',
  CronJob: 'cronjobs',
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  NetworkPolicy: 'networkpolicies',
  HorizontalPodAutoscaler: 'horizontalpodautoscalers',
  PodDisruptionBudget: 'poddisruptionbudgets',
  StorageClass: 'storageclasses',
  VolumeAttachment: 'volumeattachments',
  EndpointSlice: 'endpointslices',
  PriorityClass: 'priorityclasses',
  RuntimeClass: 'runtimeclasses',
  Lease: 'leases',
  Role: 'roles',
  ClusterRole: 'clusterroles',
  RoleBinding: 'rolebindings',
  ClusterRoleBinding: 'clusterrolebindings',
  Application: 'applications',
  Certificate: 'certificates',
}

/** The plural of a kind: the known ones, else as Kubernetes' own rule makes it. */
export const pluralOf = (kind: string): string => {
  const known = plurals[kind]
  if (known !== undefined) return known
  const lower = kind.toLowerCase()
  if (/(s|x|z|ch|sh)$/.test(lower)) return `${lower}es`
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`
}

/** `/api/v1` or `/apis/GROUP/VERSION`. Throws InvalidName on an apiVersion that is none. */
export const groupPath = (apiVersion: string): string => {
  const parts = apiVersion.split('/')
  if (parts.length > 2 || !parts.every(isPathSegment)) throw new InvalidName('apiVersion', apiVersion)
  return parts.length === 1 ? `/api/${apiVersion}` : `/apis/${apiVersion}`
}

/** The canonical path of one object. Throws InvalidName for every name that a URL parser could read as something else. */
export const objectPath = (ref: ObjectRef, subresource?: string): string => {
  if (!isPathSegment(ref.name)) throw new InvalidName('name', ref.name)
  if (ref.namespace !== undefined && !isNamespaceName(ref.namespace)) throw new InvalidName('namespace', ref.namespace)
  const resource = pluralOf(ref.kind)
  if (!isPathSegment(resource)) throw new InvalidName('kind', ref.kind)
  const namespace = ref.namespace === undefined ? '' : `/namespaces/${ref.namespace}`
  return `${groupPath(ref.apiVersion)}${namespace}/${resource}/${ref.name}${subresource === undefined ? '' : `/${subresource}`}`
}

/** The path of a collection, of all namespaces or of one. Throws InvalidName likewise. */
export const listPath = (type: ResourceType, namespace?: string): string => {
  const base = groupPath(type.group === '' ? type.version : `${type.group}/${type.version}`)
  if (!isPathSegment(type.resource)) throw new InvalidName('resource', type.resource)
  if (namespace === undefined || !type.namespaced) return `${base}/${type.resource}`
  if (!isNamespaceName(namespace)) throw new InvalidName('namespace', namespace)
  return `${base}/namespaces/${namespace}/${type.resource}`
}
