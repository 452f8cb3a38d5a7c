import type { Action, Related } from '../../actions/action.ts'
import { textAt } from '../../domain/at.ts'
import { recordType } from '../../domain/helm/revision.ts'
import type { KubeObject, LabelSelector } from '../../domain/kubernetes.ts'
import { selectorText } from '../../domain/selector.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'

type Kind = keyof Omit<Related, 'unread' | 'named'>

const core = (resource: string, kind: string): ResourceType => ({
  group: '',
  version: 'v1',
  resource,
  kind,
  namespaced: true,
})

/** Where what stands around a target is listed. */
export const relatedTypes: Readonly<Record<Kind, ResourceType>> = {
  pods: { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true },
  replicaSets: { group: 'apps', version: 'v1', resource: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  controllerRevisions: {
    group: 'apps',
    version: 'v1',
    resource: 'controllerrevisions',
    kind: 'ControllerRevision',
    namespaced: true,
  },
  autoscalers: {
    group: 'autoscaling',
    version: 'v2',
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    namespaced: true,
  },
  disruptionBudgets: {
    group: 'policy',
    version: 'v1',
    resource: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    namespaced: true,
  },
  services: core('services', 'Service'),
  namespacePods: core('pods', 'Pod'),
  configMaps: core('configmaps', 'ConfigMap'),
  storageClasses: {
    group: 'storage.k8s.io',
    version: 'v1',
    resource: 'storageclasses',
    kind: 'StorageClass',
    namespaced: false,
  },
  jobs: { group: 'batch', version: 'v1', resource: 'jobs', kind: 'Job', namespaced: true },
  ingresses: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', kind: 'Ingress', namespaced: true },
  claims: core('persistentvolumeclaims', 'PersistentVolumeClaim'),
  volumes: { ...core('persistentvolumes', 'PersistentVolume'), namespaced: false },
  nodes: { ...core('nodes', 'Node'), namespaced: false },
  releaseRecords: core('secrets', 'Secret'),
}

const wanted = (target: KubeObject): readonly Kind[] => {
  switch (target.kind) {
    case 'Deployment':
      return ['pods', 'replicaSets', 'autoscalers', 'disruptionBudgets', 'services']
    case 'StatefulSet':
    case 'DaemonSet':
      return ['pods', 'controllerRevisions', 'autoscalers', 'disruptionBudgets', 'services']
    case 'Pod':
      return ['disruptionBudgets']
    case 'Node':
      return ['pods']
    case 'Job':
      return ['pods']
    default:
      return []
  }
}

/**
 * Reads what stands around a target, and what an action `needs` beside it, whole objects. What could not be read, or is
 * malformed, is named in `unread`.
 */
export const readRelated = async (
  reader: Pick<ClusterReader, 'list'>,
  target: KubeObject,
  signal?: AbortSignal,
  needs: Action['needs'] = [],
): Promise<Related> => {
  const kinds = [...new Set([...wanted(target), ...needs.filter((need) => need !== 'named')])]
  const lists = await Promise.all(kinds.map((kind) => listObjects(reader, relatedTypes[kind], target, kind, signal)))
  const found = Object.fromEntries(kinds.map((kind, index) => [kind, lists[index]]))
  const of = (kind: Kind): readonly KubeObject[] => found[kind] ?? []
  return {
    pods: of('pods'),
    replicaSets: of('replicaSets'),
    controllerRevisions: of('controllerRevisions'),
    autoscalers: of('autoscalers'),
    disruptionBudgets: of('disruptionBudgets'),
    services: of('services'),
    namespacePods: of('namespacePods'),
    configMaps: of('configMaps'),
    storageClasses: of('storageClasses'),
    jobs: of('jobs'),
    ingresses: of('ingresses'),
    claims: of('claims'),
    volumes: of('volumes'),
    nodes: of('nodes'),
    releaseRecords: of('releaseRecords'),
    unread: kinds.filter((kind) => found[kind] === undefined),
  }
}

/** Who reads: the reader, and where this process may write, the writer too. */
export type Eyes = {
  readonly reader: Pick<ClusterReader, 'get' | 'list'>
  readonly writer: Pick<ClusterReader, 'get' | 'list'> | undefined
}

/** Secrets are for the writer's eyes alone, and only where somebody gave it the right; all else is for the reader's. */
export const eyesFor = ({ kind }: { readonly kind: string }, { reader, writer }: Eyes): Eyes['reader'] =>
  kind === 'Secret' ? (writer ?? reader) : reader

/** What an action is drafted from: what stands around its target, and the objects that it reads by name. */
export const readAround = async (
  { reader, writer }: Eyes,
  action: Action,
  target: KubeObject,
  input: unknown,
  signal?: AbortSignal,
): Promise<Related> => {
  const needs = [...action.needs, ...(action.needsOf?.(target.kind) ?? [])]
  const related = await readRelated(
    { list: (type, options) => eyesFor(type, { reader, writer }).list(type, options) },
    target,
    signal,
    needs,
  )
  const refs = action.reads?.({ target, related }, input) ?? []
  const reads = await Promise.all(refs.map((ref) => reader.get(ref, signal)))
  const named = reads.flatMap((read) => (read.kind === 'ok' ? [read.value] : []))
  return reads.some((read) => read.kind === 'unreadable')
    ? { ...related, unread: [...related.unread, 'named'] }
    : { ...related, named }
}

/** The pods of a workload as they are now, or undefined where they cannot be read. */
export const readPods = (
  reader: Pick<ClusterReader, 'list'>,
  workload: KubeObject,
  signal?: AbortSignal,
): Promise<readonly KubeObject[] | undefined> => listObjects(reader, relatedTypes.pods, workload, 'pods', signal)

/** Kinds whose selector is of the pods that they make; a Service or a claim has one that is of something else. */
const workloads: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])

const listObjects = async (
  reader: Pick<ClusterReader, 'list'>,
  type: ResourceType,
  target: KubeObject,
  kind: Kind,
  signal?: AbortSignal,
): Promise<readonly KubeObject[] | undefined> => {
  const selector = workloads.has(target.kind)
    ? (target.spec as { readonly selector?: LabelSelector } | undefined)?.selector
    : undefined
  const owned = ['pods', 'replicaSets', 'controllerRevisions'].includes(kind) && Object.keys(selector ?? {}).length > 0
  const namespace = type.namespaced ? target.metadata.namespace : undefined
  if (kind === 'releaseRecords') return readRecords(reader, target.metadata.namespace, target.metadata.name, signal)
  const read = await reader.list(type, {
    accept: 'application/json',
    ...(namespace === undefined ? {} : { namespace }),
    ...(owned ? { labelSelector: selectorText(selector) } : {}),
    ...(target.kind === 'Node' && kind === 'pods' ? { fieldSelector: `spec.nodeName=${target.metadata.name}` } : {}),
    ...(signal === undefined ? {} : { signal }),
  })
  return read.kind === 'ok' ? itemsOf(read.value.body, type) : undefined
}

/** The items of a list as it came over the wire, each with the kind that a list leaves out; undefined for anything that is not such a list. */
export const itemsOf = (body: Uint8Array, type: ResourceType): readonly KubeObject[] | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
  if (textAt(parsed, 'kind') !== `${type.kind}List`) return undefined
  const items = (parsed as { readonly items?: unknown }).items
  if (!Array.isArray(items)) return undefined
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
  const objects = items.filter((item) => textAt(item, 'metadata', 'name') !== undefined)
  return objects.length === items.length
    ? objects.map((item) => ({ ...item, apiVersion, kind: type.kind }) as KubeObject)
    : undefined
}

/** The records of a Helm release; undefined where they cannot be read. */
export const readRecords = async (
  reader: Pick<ClusterReader, 'list'>,
  namespace: string | undefined,
  release: string,
  signal?: AbortSignal,
): Promise<readonly KubeObject[] | undefined> => {
  const read = await reader.list(relatedTypes.releaseRecords, {
    accept: 'application/json',
    labelSelector: `owner=helm,name=${release}`,
    fieldSelector: `type=${recordType}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(signal === undefined ? {} : { signal }),
  })
  return read.kind === 'ok' ? itemsOf(read.value.body, relatedTypes.releaseRecords) : undefined
}

/** The labels of a namespace; undefined where they could not be read, which policy must treat as not allowed. */
export const namespaceLabels = async (
  reader: Pick<ClusterReader, 'get'>,
  namespace: string | undefined,
  signal?: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> => {
  if (namespace === undefined) return {}
  const read = await reader.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, signal)
  return read.kind === 'ok' ? (read.value.metadata.labels ?? {}) : undefined
}
