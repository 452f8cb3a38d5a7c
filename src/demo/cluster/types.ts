/** An object's identity and bookkeeping, as the API server keeps it. Times are RFC 3339 in whole seconds. */
export type ObjectMeta = {
  name: string
  generateName?: string | undefined
  namespace?: string | undefined
  uid?: string | undefined
  resourceVersion?: string | undefined
  generation?: number | undefined
  creationTimestamp?: string | undefined
  deletionTimestamp?: string | undefined
  deletionGracePeriodSeconds?: number | undefined
  labels?: Record<string, string> | undefined
  annotations?: Record<string, string> | undefined
  ownerReferences?: OwnerReference[] | undefined
  finalizers?: string[] | undefined
  managedFields?: ManagedField[] | undefined
}

/** A dependent's pointer to the object that owns it, in the same namespace or cluster-wide. */
export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean | undefined
  blockOwnerDeletion?: boolean | undefined
}

/** Which manager owns which fields, in the FieldsV1 form of server-side apply. */
export type ManagedField = {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time?: string | undefined
  fieldsType: 'FieldsV1'
  fieldsV1: FieldSet
  subresource?: string | undefined
}

/** A set of field paths: an empty node is a member; "." makes a node with children a member too. */
export type FieldSet = { [element: string]: FieldSet }

/** Fields whose shape is not known here. */
export type Fields = Record<string, unknown>

/** Any stored object. A stored value is never changed in place: a write stores a new one. */
export type KubeObject = {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** Any object with its other top-level fields open. */
export type OpenObject = KubeObject & Fields

/** Who asks: a user name and its groups. */
export type User = { readonly name: string; readonly groups: readonly string[]; readonly uid?: string | undefined }

/** True for a plain JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object at a key, or an empty one. */
export function fieldsAt(value: unknown, key: string): Fields {
  const found = isFields(value) ? value[key] : undefined
  return isFields(found) ? found : {}
}

/** The list at a key, or an empty one. */
export function listAt(value: unknown, key: string): unknown[] {
  const found = isFields(value) ? value[key] : undefined
  return Array.isArray(found) ? found : []
}

/** A deep copy of JSON data; undefined members are dropped. */
export function copy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copy) as T
  if (!isFields(value)) return value
  const result: Fields = {}
  for (const key of Object.keys(value)) {
    const member = value[key]
    if (member !== undefined) result[key] = typeof member === 'object' ? copy(member) : member
  }
  return result as T
}

/** Deep equality of JSON data; a missing member and an undefined one are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => same(item, b[index]))
  if (!isFields(a) || !isFields(b)) return false
  for (const key of Object.keys(a)) if (!same(a[key], b[key])) return false
  for (const key of Object.keys(b)) if (b[key] !== undefined && a[key] === undefined) return false
  return true
}
