import { type Fields, fieldsAt, isFields, type KubeObject, type OpenObject } from '../types.ts'
import type { Ground, WriteContext } from './context.ts'
import { ApiError, conflict, type FieldError, forbidden, invalid, notFound, type Status } from './errors.ts'
import { type Resource, resources } from './resources.ts'

/** metav1.DeleteOptions, as far as they are used. */
export type DeleteOptions = {
  readonly gracePeriodSeconds?: number | undefined
  readonly propagationPolicy?: string | undefined
  readonly orphanDependents?: boolean | undefined
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined
}

const policies = ['Foreground', 'Background', 'Orphan']
const guarded = new Set(['default', 'kube-system', 'kube-public'])

/** Kinds whose DELETE answers with the object instead of a Status. */
const answersObject = new Set([
  'Pod',
  'Namespace',
  'Service',
  'PersistentVolumeClaim',
  'PersistentVolume',
  'ServiceAccount',
  'ResourceQuota',
  'PodTemplate',
  'ReplicationController',
  'StorageClass',
  'VolumeAttachment',
  'CSIDriver',
  'CSINode',
])

/** Deletes one object, at once or gracefully, after its preconditions and finalizers. Returns the body of the answer. */
export function deleteObject(
  ground: Ground,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions,
  context: WriteContext,
): KubeObject | Status {
  const object = ground.storage.get(resource.key, namespace, name) as OpenObject | undefined
  if (object === undefined) throw notFound(resource, name)
  checkOptions(options)
  checkPreconditions(object, options)
  if (resource.kind === 'Namespace' && guarded.has(name))
    throw forbidden(resource, name, 'this namespace may not be deleted')
  const grace = gracePeriod(resource, object, options)
  const finalizers = [...(object.metadata.finalizers ?? []), ...propagation(object, options)]
  const waits = finalizers.length > 0 || grace > 0 || resource.kind === 'Namespace'
  const answer = (last: KubeObject, gone: boolean): KubeObject | Status =>
    answersObject.has(resource.kind) || !gone ? last : success(resource, object)
  if (waits) {
    const marked = mark(ground, object, grace, finalizers)
    const unchanged =
      marked.metadata.deletionTimestamp === object.metadata.deletionTimestamp &&
      finalizers.length === (object.metadata.finalizers ?? []).length
    return answer(context.dryRun || unchanged ? marked : ground.storage.put(resource.key, marked), false)
  }
  const last = resource.kind === 'Pod' ? mark(ground, object, 0, []) : object
  if (context.dryRun) return answer(last, true)
  return answer(ground.storage.remove(resource.key, last), true)
}

function checkOptions(options: DeleteOptions): void {
  const { propagationPolicy: policy, gracePeriodSeconds: grace } = options
  const errors: FieldError[] = []
  if (policy !== undefined && policy !== '' && !policies.includes(policy)) {
    const detail = 'supported values: "Foreground", "Background", "Orphan", "nil"'
    errors.push({ type: 'FieldValueNotSupported', field: 'propagationPolicy', value: policy, detail })
  }
  if (policy !== undefined && options.orphanDependents !== undefined) {
    errors.push({
      type: 'FieldValueInvalid',
      field: 'propagationPolicy',
      value: policy,
      detail: 'orphanDependents and deletionPropagation cannot be both set',
    })
  }
  if (grace !== undefined && !Number.isInteger(grace))
    throw new ApiError(400, 'BadRequest', 'gracePeriodSeconds must be an integer')
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
}

function checkPreconditions(object: OpenObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion, name } = object.metadata
  const lost = (what: string, wanted: string, held: string, end: string): ApiError =>
    conflict(
      { group: '', plural: object.kind },
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${held}). ${end}`,
    )
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw lost('UID', preconditions.uid, uid ?? '', 'The object might have been deleted and then recreated')
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw lost(
      'ResourceVersion',
      preconditions.resourceVersion,
      resourceVersion ?? '',
      'The object might have been modified',
    )
  }
}

function gracePeriod(resource: Resource, object: OpenObject, options: DeleteOptions): number {
  if (resource.kind !== 'Pod') return 0
  const spec = fieldsAt(object, 'spec')
  const phase = fieldsAt(object, 'status')['phase']
  if (!spec['nodeName'] || phase === 'Succeeded' || phase === 'Failed') return 0
  const asked = options.gracePeriodSeconds ?? Number(spec['terminationGracePeriodSeconds'] ?? 30)
  return asked < 0 ? 1 : asked
}

const ownFinalizers = ['foregroundDeletion', 'orphan']

function propagation(object: OpenObject, options: DeleteOptions): string[] {
  const held = object.metadata.finalizers ?? []
  const policy = options.propagationPolicy ?? (options.orphanDependents === true ? 'Orphan' : undefined)
  const wanted = policy === 'Foreground' ? 'foregroundDeletion' : policy === 'Orphan' ? 'orphan' : undefined
  return wanted === undefined || held.some((finalizer) => ownFinalizers.includes(finalizer)) ? [] : [wanted]
}

function mark(ground: Ground, object: OpenObject, grace: number, finalizers: readonly string[]): OpenObject {
  const already = object.metadata.deletionTimestamp
  const shorter = already === undefined || grace < (object.metadata.deletionGracePeriodSeconds ?? 0)
  const at = new Date(ground.clock.now() + grace * 1000).toISOString().slice(0, 19)
  const metadata = {
    ...object.metadata,
    ...(object.metadata.generation === undefined || already !== undefined
      ? {}
      : { generation: object.metadata.generation + 1 }),
    deletionTimestamp: shorter ? `${at}Z` : already,
    ...(object.kind === 'Namespace'
      ? {}
      : { deletionGracePeriodSeconds: shorter ? grace : object.metadata.deletionGracePeriodSeconds }),
    ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }),
  }
  const status: Fields = isFields(object['status']) ? object['status'] : {}
  return {
    ...object,
    metadata,
    ...(object.kind === 'Namespace' ? { status: { ...status, phase: 'Terminating' } } : {}),
  }
}

function success(resource: Resource, object: KubeObject): Status {
  const { group, plural } = resource
  const { name, uid } = object.metadata
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...(group === '' ? {} : { group }), kind: plural, ...(uid === undefined ? {} : { uid }) },
  }
}

/** Namespaced resources that hold objects of their own: what a terminating namespace loses. */
export const namespacedContent: readonly Resource[] = resources.filter(
  (resource) => resource.namespaced && !resource.virtual && resource.group !== 'events.k8s.io',
)
