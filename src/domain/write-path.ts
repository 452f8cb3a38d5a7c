import type { WriteRequest } from './change.ts'
import { isRecordName } from './helm/revision.ts'
import { isNamespaceName, isObjectName } from './name.ts'
import { groupOf, type ObjectRef } from './object.ts'
import { type Refusal, refused } from './refusal.ts'

/** The kinds that an action may write, with their resource and scope: a closed table, so no path is ever guessed. */
const writable: Readonly<Record<string, { readonly resource: string; readonly namespaced: boolean }>> = {
  'Deployment.apps': { resource: 'deployments', namespaced: true },
  'StatefulSet.apps': { resource: 'statefulsets', namespaced: true },
  'DaemonSet.apps': { resource: 'daemonsets', namespaced: true },
  'Job.batch': { resource: 'jobs', namespaced: true },
  'CronJob.batch': { resource: 'cronjobs', namespaced: true },
  'HorizontalPodAutoscaler.autoscaling': { resource: 'horizontalpodautoscalers', namespaced: true },
  'PodDisruptionBudget.policy': { resource: 'poddisruptionbudgets', namespaced: true },
  'Ingress.networking.k8s.io': { resource: 'ingresses', namespaced: true },
  'NetworkPolicy.networking.k8s.io': { resource: 'networkpolicies', namespaced: true },
  Pod: { resource: 'pods', namespaced: true },
  Service: { resource: 'services', namespaced: true },
  ConfigMap: { resource: 'configmaps', namespaced: true },
  PersistentVolumeClaim: { resource: 'persistentvolumeclaims', namespaced: true },
  LimitRange: { resource: 'limitranges', namespaced: true },
  ResourceQuota: { resource: 'resourcequotas', namespaced: true },
  Secret: { resource: 'secrets', namespaced: true },
  Node: { resource: 'nodes', namespaced: false },
  'Application.argoproj.io': { resource: 'applications', namespaced: true },
  'Certificate.cert-manager.io': { resource: 'certificates', namespaced: true },
  'CertificateSigningRequest.certificates.k8s.io': { resource: 'certificatesigningrequests', namespaced: false },
}

/** The field manager of every write. */
export const fieldManager = 'cluster-doctor'

/** The canonical path of an object (and subresource) that may be written, or why there is none. */
export const writePath = (
  ref: ObjectRef,
  subresource?: 'eviction' | 'ephemeralcontainers' | 'exec' | 'approval' | 'status',
): string | Refusal => {
  const group = groupOf(ref.apiVersion)
  const entry = own(writable, group === '' ? ref.kind : `${ref.kind}.${group}`)
  // Of Secrets only those in which Helm keeps its releases, and those only by helm-rollback.
  const record = groupOf(ref.apiVersion) === '' && ref.kind === 'Secret'
  if (entry === undefined || (record && !isRecordName(ref.name)))
    return refused('kind-not-writable', `No action writes to a ${ref.kind}.`)
  const version = /^(?:[a-z0-9.-]+\/)?(v[0-9]+(?:(?:alpha|beta)[0-9]+)?)$/.exec(ref.apiVersion)?.[1]
  if (version === undefined) return refused('api-version-invalid', 'The apiVersion of the target is not valid.')
  if (!isObjectName(ref.name)) return refused('name-invalid', 'The name of the target is not a valid Kubernetes name.')
  if (entry.namespaced ? !isNamespaceName(ref.namespace) : ref.namespace !== undefined)
    return refused('namespace-invalid', 'The namespace of the target is not a valid Kubernetes namespace.')
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const scope = entry.namespaced ? `/namespaces/${ref.namespace}` : ''
  return `${root}${scope}/${entry.resource}/${ref.name}${subresource === undefined ? '' : `/${subresource}`}`
}

/** What the request asks of RBAC: the verb, group, resource and name, read back from its path. */
export const accessOf = (request: WriteRequest) => {
  const match =
    /^\/(?:api|apis\/(?<group>[^/]+))\/v[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<resource>[a-z]+)\/(?<name>[^/]+)(?:\/(?<subresource>[a-z]+))?$/.exec(
      request.path,
    )?.groups
  if (match === undefined) return undefined
  const verb = { PATCH: 'patch', POST: 'create', PUT: 'update', DELETE: 'delete', GET: 'create' }[request.method]
  return {
    verb,
    group: match['group'] ?? '',
    resource: match['resource'] ?? '',
    name: match['name'] ?? '',
    ...(match['namespace'] === undefined ? {} : { namespace: match['namespace'] }),
    ...(match['subresource'] === undefined ? {} : { subresource: match['subresource'] }),
  }
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined
