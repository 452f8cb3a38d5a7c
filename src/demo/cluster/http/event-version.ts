import type { Resource } from '../registry/resources.ts'
import { type Fields, fieldsAt, type KubeObject, type OpenObject } from '../types.ts'

const served = new WeakMap<KubeObject, KubeObject>()

/** A stored object in the version a resource serves it in: Events live as core/v1 and are also read as events.k8s.io/v1. */
export function toServed(resource: Resource, object: KubeObject): KubeObject {
  if (resource.group !== 'events.k8s.io') return object
  const known = served.get(object)
  if (known !== undefined) return known
  const event = object as OpenObject
  const source = fieldsAt(event, 'source')
  const converted = withoutEmpty<KubeObject>({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: event.metadata,
    eventTime: event['eventTime'] ?? null,
    series: event['series'],
    reportingController: event['reportingComponent'] ?? '',
    reportingInstance: event['reportingInstance'] ?? '',
    action: event['action'],
    reason: event['reason'],
    regarding: event['involvedObject'],
    related: event['related'],
    note: event['message'],
    type: event['type'],
    deprecatedSource: source,
    deprecatedFirstTimestamp: event['firstTimestamp'] ?? null,
    deprecatedLastTimestamp: event['lastTimestamp'] ?? null,
    deprecatedCount: event['count'],
  })
  served.set(object, converted)
  return converted
}

/** The stored form of an event that came as events.k8s.io/v1. */
export function toStored(resource: Resource, body: Fields): Fields {
  if (resource.group !== 'events.k8s.io') return body
  const {
    regarding,
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = body
  return withoutEmpty({
    ...rest,
    apiVersion: 'v1',
    involvedObject: regarding ?? {},
    message: note,
    reportingComponent: reportingController ?? '',
    source: deprecatedSource ?? {},
    firstTimestamp: deprecatedFirstTimestamp ?? null,
    lastTimestamp: deprecatedLastTimestamp ?? null,
    count: deprecatedCount,
  })
}

function withoutEmpty<T>(fields: Fields): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
