import { lookup } from './lookup.ts'

/** What took the place of an API version that Kubernetes stopped serving; `since` is the first release without it. */
export type Removed = { readonly since: string; readonly use: string }

const table: Readonly<Record<string, Readonly<Record<string, Removed>>>> = {
  'extensions/v1beta1': {
    Deployment: { since: '1.16', use: 'apps/v1' },
    DaemonSet: { since: '1.16', use: 'apps/v1' },
    ReplicaSet: { since: '1.16', use: 'apps/v1' },
    NetworkPolicy: { since: '1.16', use: 'networking.k8s.io/v1' },
    PodSecurityPolicy: { since: '1.16', use: 'Pod Security admission' },
    Ingress: { since: '1.22', use: 'networking.k8s.io/v1' },
  },
  'networking.k8s.io/v1beta1': {
    Ingress: { since: '1.22', use: 'networking.k8s.io/v1' },
    IngressClass: { since: '1.22', use: 'networking.k8s.io/v1' },
  },
  'apps/v1beta1': { Deployment: { since: '1.16', use: 'apps/v1' }, StatefulSet: { since: '1.16', use: 'apps/v1' } },
  'apps/v1beta2': {
    Deployment: { since: '1.16', use: 'apps/v1' },
    StatefulSet: { since: '1.16', use: 'apps/v1' },
    DaemonSet: { since: '1.16', use: 'apps/v1' },
    ReplicaSet: { since: '1.16', use: 'apps/v1' },
  },
  'apiextensions.k8s.io/v1beta1': { CustomResourceDefinition: { since: '1.22', use: 'apiextensions.k8s.io/v1' } },
  'admissionregistration.k8s.io/v1beta1': {
    ValidatingWebhookConfiguration: { since: '1.22', use: 'admissionregistration.k8s.io/v1' },
    MutatingWebhookConfiguration: { since: '1.22', use: 'admissionregistration.k8s.io/v1' },
  },
  'rbac.authorization.k8s.io/v1beta1': {
    Role: { since: '1.22', use: 'rbac.authorization.k8s.io/v1' },
    RoleBinding: { since: '1.22', use: 'rbac.authorization.k8s.io/v1' },
    ClusterRole: { since: '1.22', use: 'rbac.authorization.k8s.io/v1' },
    ClusterRoleBinding: { since: '1.22', use: 'rbac.authorization.k8s.io/v1' },
  },
  'scheduling.k8s.io/v1beta1': { PriorityClass: { since: '1.22', use: 'scheduling.k8s.io/v1' } },
  'storage.k8s.io/v1beta1': {
    StorageClass: { since: '1.22', use: 'storage.k8s.io/v1' },
    CSIDriver: { since: '1.22', use: 'storage.k8s.io/v1' },
    CSIStorageCapacity: { since: '1.27', use: 'storage.k8s.io/v1' },
  },
  'coordination.k8s.io/v1beta1': { Lease: { since: '1.22', use: 'coordination.k8s.io/v1' } },
  'certificates.k8s.io/v1beta1': { CertificateSigningRequest: { since: '1.22', use: 'certificates.k8s.io/v1' } },
  'batch/v1beta1': { CronJob: { since: '1.25', use: 'batch/v1' } },
  'discovery.k8s.io/v1beta1': { EndpointSlice: { since: '1.25', use: 'discovery.k8s.io/v1' } },
  'events.k8s.io/v1beta1': { Event: { since: '1.25', use: 'events.k8s.io/v1' } },
  'policy/v1beta1': {
    PodDisruptionBudget: { since: '1.25', use: 'policy/v1' },
    PodSecurityPolicy: { since: '1.25', use: 'Pod Security admission' },
  },
  'node.k8s.io/v1beta1': { RuntimeClass: { since: '1.25', use: 'node.k8s.io/v1' } },
  'autoscaling/v2beta1': { HorizontalPodAutoscaler: { since: '1.25', use: 'autoscaling/v2' } },
  'autoscaling/v2beta2': { HorizontalPodAutoscaler: { since: '1.26', use: 'autoscaling/v2' } },
  'flowcontrol.apiserver.k8s.io/v1beta1': { FlowSchema: { since: '1.26', use: 'flowcontrol.apiserver.k8s.io/v1' } },
  'flowcontrol.apiserver.k8s.io/v1beta2': { FlowSchema: { since: '1.29', use: 'flowcontrol.apiserver.k8s.io/v1' } },
  'flowcontrol.apiserver.k8s.io/v1beta3': { FlowSchema: { since: '1.32', use: 'flowcontrol.apiserver.k8s.io/v1' } },
}

/** When a built-in kind left an API version and what to use now; undefined for versions that were not removed. */
export const removedApi = (apiVersion: string, kind: string): Removed | undefined =>
  lookup(lookup(table, apiVersion) ?? {}, kind)

/** An object that the API server does not know in this version, as error texts name it; the name where they do. */
export type Unserved = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name?: string
}

const kindIn = /no matches for kind "?([A-Z]\w+)"? in (?:version|group) "?([\w.-]+(?:\/v\w+)?)"?/g
const argo = /could not find ([\w.-]*\/)?(?:(v\w+)\/)?([A-Z]\w+) for requested resource (?:([\w.-]+)\/)?([\w.-]*\w)/g
const listed =
  /failed to (?:list|watch) \*(v\d+(?:alpha|beta)\d+)\.([A-Z]\w+):[^\n]*could not find the requested resource/g
const resourceNamed = /resource mapping not found for name: "([^"]+)" namespace: "([^"]*)"/

/** The objects that an error says have an apiVersion which is not served (kubectl, Helm, Argo CD, Flux, client-go). */
export const unservedIn = (text: string): readonly Unserved[] => {
  const found: Unserved[] = []
  const named = resourceNamed.exec(text)
  for (const [, kind = '', apiVersion = ''] of text.matchAll(kindIn)) {
    const namespace = named?.[2]
    const extra =
      named === null
        ? {}
        : { name: named[1] ?? '', ...(namespace === undefined || namespace === '' ? {} : { namespace }) }
    found.push({ apiVersion, kind, ...extra })
  }
  for (const [, group = '', version, kind = '', namespace, name = ''] of text.matchAll(argo)) {
    const apiVersion = version === undefined ? group.replace(/\/$/, '') : `${group}${version}`
    found.push({ apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
  }
  for (const [, version = '', kind = ''] of text.matchAll(listed)) {
    const apiVersion = Object.keys(table).find((one) => one.endsWith(`/${version}`) && table[one]?.[kind] !== undefined)
    found.push({ apiVersion: apiVersion ?? version, kind })
  }
  return found
}
