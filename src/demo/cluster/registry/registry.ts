import { applyDefaults } from '../kinds/defaults.ts'
import { prepareCreate, prepareStatusUpdate, prepareUpdate } from '../kinds/strategy.ts'
import { validateUpdate } from '../kinds/update-validation.ts'
import { validate } from '../kinds/validation.ts'
import { prune } from '../schema/prune.ts'
import { shapeOf } from '../schema/schema.ts'
import { copy, type Fields, isFields, type KubeObject, type OpenObject, same } from '../types.ts'
import type { Ground, WriteContext } from './context.ts'
import { ApiError, alreadyExists, badRequest, conflict, invalid, notFound, staleText } from './errors.ts'
import { recordUpdate, withRecords } from './managed-fields.ts'
import { apiVersionOf, type Resource } from './resources.ts'

/** Checks and changes that run before an object is stored; each may throw an ApiError. */
export type Admission = {
  /** Before validation: namespace life cycle, service account, limit range, defaults that depend on other objects. */
  readonly mutate: (change: AdmissionChange) => void
  /** After validation: quota and the like. Returns what to do once the object is stored. */
  readonly validate: (change: AdmissionChange) => () => void
}

/** One write as admission sees it; `after` may be changed by `mutate`. */
export type AdmissionChange = {
  readonly operation: 'create' | 'update' | 'delete'
  readonly resource: Resource
  readonly before: OpenObject | undefined
  readonly after: OpenObject
  readonly subresource: string | undefined
  readonly context: WriteContext
}

/** The object half of an API server: everything between a decoded request and storage. All calls are synchronous and atomic. */
export type Registry = {
  readonly get: (resource: Resource, namespace: string | undefined, name: string) => KubeObject
  readonly create: (
    resource: Resource,
    namespace: string | undefined,
    body: Fields,
    context: WriteContext,
  ) => KubeObject
  /** Stores what `change` makes of the current object; a resourceVersion in the result is a precondition. */
  readonly update: (
    resource: Resource,
    namespace: string | undefined,
    name: string,
    change: (current: OpenObject) => Fields,
    context: WriteContext,
    options?: { subresource?: string; records?: boolean },
  ) => KubeObject
}

/** A registry over a storage with its admission chain. */
export function createRegistry(ground: Ground, admission: Admission): Registry {
  const { storage } = ground
  const get = (resource: Resource, namespace: string | undefined, name: string): KubeObject => {
    const found = storage.get(resource.key, namespace, name)
    if (found === undefined) throw notFound(resource, name)
    return found
  }
  return {
    get,
    create: (resource, namespace, body, context) => create(ground, admission, resource, namespace, body, context),
    update: (resource, namespace, name, change, context, options = {}) => {
      const before = get(resource, namespace, name) as OpenObject
      const changed = toObject(resource, copy(change(copy(before))))
      const after = options.subresource === 'ephemeralcontainers' ? withEphemeral(before, changed) : changed
      checkIdentity(resource, before, after, namespace)
      return commitUpdate(ground, admission, { resource, before, after, context, options })
    },
  }
}

function create(
  ground: Ground,
  admission: Admission,
  resource: Resource,
  namespace: string | undefined,
  body: Fields,
  context: WriteContext,
): KubeObject {
  const { storage, clock } = ground
  const object = toObject(resource, copy(body))
  const { metadata } = object
  if (resource.namespaced) {
    if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
    if (namespace !== undefined) metadata.namespace = namespace
  } else delete metadata.namespace
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== '') {
    throw new ApiError(500, '', 'resourceVersion should not be set on objects to be created')
  }
  delete metadata.resourceVersion
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  metadata.uid = ground.newUid()
  metadata.creationTimestamp = clock.stamp()
  if (!metadata.name && metadata.generateName)
    metadata.name = `${metadata.generateName.slice(0, 58)}${ground.randomName(5)}`
  metadata.name ??= ''
  applyDefaults(object)
  prepareCreate(object)
  const change = {
    operation: 'create',
    resource,
    before: undefined,
    after: object,
    subresource: undefined,
    context,
  } as const
  // Ownership is of what the client sent and the defaults filled in; what admission adds belongs to nobody.
  const records = recordUpdate(undefined, object, writerOf(resource, context, clock.stamp()))
  admission.mutate(change)
  const owned =
    metadata.managedFields === undefined || metadata.managedFields.length === 0 ? withRecords(object, records) : object
  const errors = validate(owned)
  if (errors.length > 0) throw invalid(resource, metadata.name, errors)
  const settle = admission.validate({ ...change, after: owned })
  if (storage.get(resource.key, owned.metadata.namespace, owned.metadata.name) !== undefined)
    throw alreadyExists(resource, metadata.name)
  if (context.dryRun) return owned
  settle()
  return storage.put(resource.key, ordered(owned))
}

type Update = {
  readonly resource: Resource
  readonly before: OpenObject
  readonly after: OpenObject
  readonly context: WriteContext
  readonly options: { subresource?: string; records?: boolean }
}

function commitUpdate(ground: Ground, admission: Admission, update: Update): KubeObject {
  const { resource, before, after, context, options } = update
  const status = options.subresource === 'status'
  applyDefaults(after)
  if (status) prepareStatusUpdate(before, after)
  else prepareUpdate(before, after)
  const change = { operation: 'update', resource, before, after, subresource: options.subresource, context } as const
  admission.mutate(change)
  const errors = status || options.subresource === 'ephemeralcontainers' ? [] : validateUpdate(before, after)
  if (errors.length > 0) throw invalid(resource, before.metadata.name, errors)
  const settle = admission.validate(change)
  after.metadata.resourceVersion = before.metadata.resourceVersion
  const records = options.records === false ? (after.metadata.managedFields ?? []) : recordsOf(update, ground)
  const owned = withRecords(after, records)
  if (same(owned, before)) return before
  if (same(withRecords(owned, []), withRecords(before, [])) && options.records !== false) return before
  if (context.dryRun) return owned
  settle()
  return finish(ground, resource, owned)
}

/** Through this subresource only ephemeral containers change, and only by new ones. */
function withEphemeral(before: OpenObject, wanted: OpenObject): OpenObject {
  const spec = isFields(before['spec']) ? before['spec'] : {}
  const had = Array.isArray(spec['ephemeralContainers']) ? spec['ephemeralContainers'] : []
  const asked = isFields(wanted['spec']) ? wanted['spec']['ephemeralContainers'] : undefined
  const now = Array.isArray(asked) ? asked : []
  if (had.some((container) => !now.some((other) => same(container, other)))) {
    const field = 'spec.ephemeralContainers'
    const detail = 'existing ephemeral containers may not be removed or changed'
    throw invalid({ group: '', kind: 'Pod' }, before.metadata.name, [
      { type: 'FieldValueForbidden', field, detail, value: undefined },
    ])
  }
  return { ...copy(before), spec: { ...copy(spec), ephemeralContainers: now } }
}

/** An object whose last finalizer goes while it is being deleted is gone with that write. */
function finish(ground: Ground, resource: Resource, object: OpenObject): KubeObject {
  const { storage } = ground
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  const held = (finalizers ?? []).length > 0 || (resource.kind === 'Namespace' && hasContent(object))
  if (deletionTimestamp === undefined || held || (deletionGracePeriodSeconds ?? 0) > 0)
    return storage.put(resource.key, ordered(object))
  return storage.remove(resource.key, object)
}

function hasContent(namespace: OpenObject): boolean {
  const spec = namespace['spec']
  return isFields(spec) && Array.isArray(spec['finalizers']) && spec['finalizers'].length > 0
}

function recordsOf({ resource, before, after, context, options }: Update, ground: Ground) {
  const writer = writerOf(resource, context, ground.clock.stamp(), options.subresource)
  return recordUpdate(before, withRecords(after, before.metadata.managedFields ?? []), writer)
}

function writerOf(resource: Resource, context: WriteContext, time: string, subresource?: string) {
  return {
    manager: context.manager,
    apiVersion: apiVersionOf(resource),
    time,
    ...(subresource === undefined ? {} : { subresource }),
  }
}

/** Makes a body an object of the resource: kind and apiVersion are the resource's. */
function toObject(resource: Resource, body: Fields): OpenObject {
  const metadata = isFields(body['metadata']) ? body['metadata'] : {}
  const apiVersion = resource.group === 'events.k8s.io' ? 'v1' : apiVersionOf(resource)
  const object = { ...body, apiVersion, kind: resource.kind, metadata }
  prune(object, shapeOf(apiVersion, resource.kind))
  return object as unknown as OpenObject
}

function checkIdentity(resource: Resource, before: OpenObject, after: OpenObject, namespace: string | undefined): void {
  const { metadata } = after
  const name = before.metadata.name
  if (metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  metadata.name = name
  if (resource.namespaced) {
    if (metadata.namespace !== undefined && metadata.namespace !== '' && metadata.namespace !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    }
    if (namespace !== undefined) metadata.namespace = namespace
  }
  const version = metadata.resourceVersion
  if (version === undefined || version === '') return
  if (!/^[0-9]+$/.test(version))
    throw new ApiError(500, '', `strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`)
  if (version !== before.metadata.resourceVersion) throw conflict(resource, name, staleText)
}

/** Key order as the real server writes it: what it is, then metadata, spec, the rest, status last. */
function ordered(object: OpenObject): OpenObject {
  const { apiVersion, kind, metadata, spec, status, ...rest } = object
  return {
    apiVersion,
    kind,
    metadata,
    ...(spec === undefined ? {} : { spec }),
    ...rest,
    ...(status === undefined ? {} : { status }),
  } as OpenObject
}
