/** One served resource, as discovery describes it. */
export type Resource = {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly singular: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly subresources: readonly string[]
  /** Served from a CustomResourceDefinition: unknown fields as the CRD says, lists carry kind and apiVersion. */
  readonly custom: boolean
  /** Where objects lie: `pods`, `deployments.apps`. Two versions of a resource share it. */
  readonly key: string
  /** Objects are calculated when asked for, nothing is stored. */
  readonly virtual: boolean
}

type Row = readonly [plural: string, kind: string, scope: 'ns' | 'cluster', short?: string, subresources?: string]

const table: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    ['configmaps', 'ConfigMap', 'ns', 'cm'],
    ['endpoints', 'Endpoints', 'ns', 'ep'],
    ['events', 'Event', 'ns', 'ev'],
    ['limitranges', 'LimitRange', 'ns', 'limits'],
    ['namespaces', 'Namespace', 'cluster', 'ns', 'status finalize'],
    ['nodes', 'Node', 'cluster', 'no', 'status proxy'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'ns', 'pvc', 'status'],
    ['persistentvolumes', 'PersistentVolume', 'cluster', 'pv', 'status'],
    ['pods', 'Pod', 'ns', 'po', 'status log eviction exec ephemeralcontainers resize binding'],
    ['podtemplates', 'PodTemplate', 'ns'],
    ['replicationcontrollers', 'ReplicationController', 'ns', 'rc', 'status scale'],
    ['resourcequotas', 'ResourceQuota', 'ns', 'quota', 'status'],
    ['secrets', 'Secret', 'ns'],
    ['serviceaccounts', 'ServiceAccount', 'ns', 'sa', 'token'],
    ['services', 'Service', 'ns', 'svc', 'status'],
  ],
  'apps/v1': [
    ['controllerrevisions', 'ControllerRevision', 'ns'],
    ['daemonsets', 'DaemonSet', 'ns', 'ds', 'status'],
    ['deployments', 'Deployment', 'ns', 'deploy', 'status scale'],
    ['replicasets', 'ReplicaSet', 'ns', 'rs', 'status scale'],
    ['statefulsets', 'StatefulSet', 'ns', 'sts', 'status scale'],
  ],
  'batch/v1': [
    ['cronjobs', 'CronJob', 'ns', 'cj', 'status'],
    ['jobs', 'Job', 'ns', '', 'status'],
  ],
  'autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'ns', 'hpa', 'status']],
  'policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', 'ns', 'pdb', 'status']],
  'networking.k8s.io/v1': [
    ['ingressclasses', 'IngressClass', 'cluster'],
    ['ingresses', 'Ingress', 'ns', 'ing', 'status'],
    ['networkpolicies', 'NetworkPolicy', 'ns', 'netpol'],
  ],
  'storage.k8s.io/v1': [
    ['csidrivers', 'CSIDriver', 'cluster'],
    ['csinodes', 'CSINode', 'cluster'],
    ['csistoragecapacities', 'CSIStorageCapacity', 'ns'],
    ['storageclasses', 'StorageClass', 'cluster', 'sc'],
    ['volumeattachments', 'VolumeAttachment', 'cluster', '', 'status'],
  ],
  'rbac.authorization.k8s.io/v1': [
    ['clusterrolebindings', 'ClusterRoleBinding', 'cluster'],
    ['clusterroles', 'ClusterRole', 'cluster'],
    ['rolebindings', 'RoleBinding', 'ns'],
    ['roles', 'Role', 'ns'],
  ],
  'discovery.k8s.io/v1': [['endpointslices', 'EndpointSlice', 'ns']],
  'scheduling.k8s.io/v1': [['priorityclasses', 'PriorityClass', 'cluster', 'pc']],
  'node.k8s.io/v1': [['runtimeclasses', 'RuntimeClass', 'cluster']],
  'coordination.k8s.io/v1': [['leases', 'Lease', 'ns']],
  'admissionregistration.k8s.io/v1': [
    ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', 'cluster'],
    ['validatingadmissionpolicies', 'ValidatingAdmissionPolicy', 'cluster', '', 'status'],
    ['validatingadmissionpolicybindings', 'ValidatingAdmissionPolicyBinding', 'cluster'],
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', 'cluster'],
  ],
  'apiregistration.k8s.io/v1': [['apiservices', 'APIService', 'cluster', '', 'status']],
  'apiextensions.k8s.io/v1': [['customresourcedefinitions', 'CustomResourceDefinition', 'cluster', 'crd', 'status']],
  'events.k8s.io/v1': [['events', 'Event', 'ns', 'ev']],
  'authorization.k8s.io/v1': [
    ['localsubjectaccessreviews', 'LocalSubjectAccessReview', 'ns'],
    ['selfsubjectaccessreviews', 'SelfSubjectAccessReview', 'cluster'],
    ['selfsubjectrulesreviews', 'SelfSubjectRulesReview', 'cluster'],
    ['subjectaccessreviews', 'SubjectAccessReview', 'cluster'],
  ],
  'authentication.k8s.io/v1': [
    ['selfsubjectreviews', 'SelfSubjectReview', 'cluster'],
    ['tokenreviews', 'TokenReview', 'cluster'],
  ],
  'metrics.k8s.io/v1beta1': [
    ['nodes', 'NodeMetrics', 'cluster'],
    ['pods', 'PodMetrics', 'ns'],
  ],
  'argoproj.io/v1alpha1': [
    ['applications', 'Application', 'ns', 'app apps'],
    ['appprojects', 'AppProject', 'ns', 'appproj appprojs'],
  ],
}

const virtualGroups = ['authorization.k8s.io', 'authentication.k8s.io', 'metrics.k8s.io']
const inAll = new Set(
  'pods replicationcontrollers services daemonsets deployments replicasets statefulsets horizontalpodautoscalers cronjobs jobs'.split(
    ' ',
  ),
)

/** Every resource this API server serves, in discovery order. */
export const resources: readonly Resource[] = Object.entries(table).flatMap(([groupVersion, rows]) => {
  const [group = '', version = ''] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion]
  return rows.map(([plural, kind, scope, short = '', subresources = '']): Resource => {
    const storageGroup = group === 'events.k8s.io' ? '' : group
    const virtual = virtualGroups.includes(group)
    return {
      group,
      version,
      plural,
      singular: virtual && group === 'metrics.k8s.io' ? '' : kind.toLowerCase(),
      kind,
      namespaced: scope === 'ns',
      shortNames: words(short),
      categories: inAll.has(plural) && !virtual ? ['all'] : [],
      subresources: words(subresources),
      custom: group === 'argoproj.io',
      key: storageGroup === '' ? plural : `${plural}.${storageGroup}`,
      virtual,
    }
  })
})

const byPath = new Map(
  resources.map((resource) => [`${resource.group}/${resource.version}/${resource.plural}`, resource]),
)
const byKey = new Map(
  resources
    .filter((resource) => !resource.virtual && resource.group !== 'events.k8s.io')
    .map((resource) => [resource.key, resource]),
)
const byKind = new Map(
  resources
    .filter((resource) => !resource.virtual)
    .map((resource) => [`${apiVersionOf(resource)}/${resource.kind}`, resource]),
)

/** The resource served under a group, a version and a plural name. */
export function resourceAt(group: string, version: string, plural: string): Resource | undefined {
  return byPath.get(`${group}/${version}/${plural}`)
}

/** The stored resource of a key such as `deployments.apps`; throws for a key that is not in the table. */
export function resourceOf(key: string): Resource {
  const found = byKey.get(key)
  if (found === undefined) throw new Error(`no such resource: ${key}`)
  return found
}

/** The stored resource of an object by its kind. */
export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return byKind.get(`${apiVersion}/${kind}`)
}

/** `apps/v1`, or `v1` for the core group. */
export function apiVersionOf(resource: { readonly group: string; readonly version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}
