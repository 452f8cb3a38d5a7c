import { writesStatusApart } from '../kinds/strategy.ts'
import { type Shape, shapeOf } from '../schema/schema.ts'
import type { FieldSet, KubeObject, ManagedField, OpenObject } from '../types.ts'
import { difference, isEmpty, subtract, union } from './field-set.ts'

/** Who writes, as managedFields records it. */
export type Writer = {
  readonly manager: string
  readonly apiVersion: string
  readonly subresource?: string | undefined
  /** RFC 3339 time of the write. */
  readonly time: string
}

const untracked: FieldSet = {
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    'f:name': {},
    'f:namespace': {},
    'f:creationTimestamp': {},
    'f:selfLink': {},
    'f:uid': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:resourceVersion': {},
    'f:deletionTimestamp': {},
    'f:deletionGracePeriodSeconds': {},
  },
}

/** Fields whose ownership is never recorded: the server's own bookkeeping. */
export function tracked(set: FieldSet): FieldSet {
  const all = { ...untracked, 'f:metadata': untracked['f:metadata'] ?? {} }
  const result: FieldSet = {}
  for (const [element, node] of Object.entries(set)) {
    if (element === 'f:metadata') {
      const inner = Object.fromEntries(
        Object.entries(node).filter(([key]) => key !== '.' && !(key in all['f:metadata'])),
      )
      if (Object.keys(inner).length > 0) result[element] = inner
    } else if (!(element in all)) result[element] = node
  }
  return result
}

/** What Go writes for an empty object of the kind: fields that are there before anyone set them, so nobody owns them. */
function blank(object: KubeObject): unknown {
  const pod = { metadata: {}, spec: { containers: null } }
  const template = { template: pod }
  switch (object.kind) {
    case 'Deployment':
    case 'DaemonSet':
      return {
        metadata: {},
        spec: { ...template, strategy: {}, updateStrategy: {}, selector: null },
        status: { numberReady: null },
      }
    case 'StatefulSet':
      return { metadata: {}, spec: { ...template, updateStrategy: {}, selector: null, serviceName: null }, status: {} }
    case 'ReplicaSet':
    case 'Job':
      return { metadata: {}, spec: template, status: {} }
    case 'CronJob':
      return { metadata: {}, spec: { jobTemplate: { metadata: {}, spec: template }, schedule: null }, status: {} }
    case 'Pod':
      return { ...pod, status: {} }
    case 'Service':
      return { metadata: {}, spec: {}, status: { loadBalancer: {} } }
    case 'Ingress':
      return { metadata: {}, spec: {}, status: { loadBalancer: {} } }
    case 'PersistentVolumeClaim':
      return { metadata: {}, spec: { resources: {} }, status: {} }
    case 'HorizontalPodAutoscaler':
      return { metadata: {}, spec: { scaleTargetRef: {}, maxReplicas: null }, status: {} }
    case 'Node':
      return { metadata: {}, spec: {}, status: { daemonEndpoints: { kubeletEndpoint: {} }, nodeInfo: {} } }
    case 'NetworkPolicy':
      return { metadata: {}, spec: { podSelector: {} } }
    case 'Event':
      return { metadata: {}, involvedObject: {}, source: {} }
    default:
      return { metadata: {}, spec: {}, status: {} }
  }
}

/** The records after an ordinary write: what changed belongs to the writer alone, what is gone to nobody. */
export function recordUpdate(before: KubeObject | undefined, after: KubeObject, writer: Writer): ManagedField[] {
  const shape = shapeOf(after.apiVersion, after.kind)
  const { changed, removed } = difference(before ?? blank(after), after, shape)
  const [mine, gone] = [writable(tracked(changed), after, writer), writable(tracked(removed), after, writer)]
  const records = before?.metadata.managedFields ?? []
  if (isEmpty(mine) && isEmpty(gone)) return records
  const lost = union(mine, gone)
  const own = records.find((record) => isSame(record, writer, 'Update'))
  const others = records.flatMap((record) => (record === own ? [] : shrink(record, lost)))
  const left = own === undefined ? {} : subtract(own.fieldsV1, gone)
  const owned = tracked(union(left, mine))
  if (isEmpty(owned)) return others
  const kept = own !== undefined && JSON.stringify(own.fieldsV1) === JSON.stringify(owned) && isEmpty(mine)
  const entry = kept ? own : record(writer, 'Update', owned)
  return sorted([...others, entry])
}

/** A write of the main resource never owns status, one of a subresource never owns what it cannot set. */
function writable(set: FieldSet, object: KubeObject, writer: Writer): FieldSet {
  if (!writesStatusApart(object.kind) || writer.subresource !== undefined) return set
  const { 'f:status': _status, ...rest } = set
  return rest
}

/** One record; keys in the order the real server writes them. */
export function record(writer: Writer, operation: 'Apply' | 'Update', fieldsV1: FieldSet): ManagedField {
  return {
    manager: writer.manager,
    operation,
    apiVersion: writer.apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  }
}

/** Does the record belong to that writer and operation? */
export function isSame(entry: ManagedField, writer: Writer, operation: 'Apply' | 'Update'): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === operation &&
    entry.apiVersion === writer.apiVersion &&
    (entry.subresource ?? '') === (writer.subresource ?? '')
  )
}

/** The record without some fields; nothing when none is left. */
export function shrink(entry: ManagedField, lost: FieldSet): ManagedField[] {
  const left = subtract(entry.fieldsV1, lost)
  return isEmpty(left) ? [] : [{ ...entry, fieldsV1: left }]
}

/** Apply records first, then by time, then by manager, as the real server orders them. */
export function sorted(records: readonly ManagedField[]): ManagedField[] {
  const rank = (entry: ManagedField): string =>
    `${entry.operation === 'Apply' ? 0 : 1} ${entry.time ?? ''} ${entry.manager} ${entry.apiVersion} ${entry.subresource ?? ''}`
  return [...records].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0))
}

/** The shape and the object with its ownership records replaced; none at all where the list is empty. */
export function withRecords<T extends KubeObject>(object: T, records: readonly ManagedField[]): T {
  const { managedFields: _old, ...metadata } = object.metadata
  return { ...object, metadata: records.length === 0 ? metadata : { ...metadata, managedFields: [...records] } }
}

/** The shape an object is owned by. */
export function ownershipShape(object: OpenObject | KubeObject): Shape {
  return shapeOf(object.apiVersion, object.kind)
}
