import type { Ground } from '../registry/context.ts'
import type { KubeObject, OpenObject } from '../types.ts'

/** Who reports: a component, on a host where it is a kubelet. `scheduler` events have the newer form without counts. */
export type Source = { readonly component: string; readonly host?: string; readonly series?: boolean }

/** One event to record. */
export type EventText = {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  readonly fieldPath?: string
  readonly action?: string
}

/** Records an event about an object; a repetition within ten minutes raises the count of the one before. */
export type Recorder = (about: KubeObject, event: EventText, source: Source) => void

const ttl = 3_600_000
const sameWithin = 600_000

/** A recorder that writes Events as client-go's do; events are forgotten an hour after they were last seen. */
export function createRecorder(ground: Ground): Recorder {
  const { storage, clock } = ground
  const recent = new Map<string, { name: string; at: number }>()
  let lastSweep = 0
  let serial = 0
  return (about, event, source) => {
    const now = clock.now()
    if (now - lastSweep > 60_000) {
      lastSweep = now
      sweep(ground, now)
    }
    const namespace = about.metadata.namespace ?? 'default'
    const key = [
      about.metadata.uid,
      event.type,
      event.reason,
      event.message,
      event.fieldPath,
      source.component,
      source.host,
    ].join('\n')
    const before = recent.get(key)
    const stored =
      before === undefined || now - before.at > sameWithin
        ? undefined
        : (storage.get('events', namespace, before.name) as OpenObject | undefined)
    if (stored !== undefined && before !== undefined) {
      before.at = now
      storage.put('events', repeated(stored, clock.stamp(), clock.microStamp(), source.series === true))
      return
    }
    serial = (serial + 1) % 1_000_000
    const name = `${about.metadata.name.slice(0, 230)}.${(BigInt(now) * 1_000_000n + BigInt(serial)).toString(16)}`
    recent.set(key, { name, at: now })
    storage.put('events', build(ground, about, event, source, namespace, name))
    if (recent.size > 20_000) recent.clear()
  }
}

function build(
  ground: Ground,
  about: KubeObject,
  event: EventText,
  source: Source,
  namespace: string,
  name: string,
): KubeObject {
  const { clock } = ground
  const { uid, resourceVersion } = about.metadata
  const object = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace, uid: ground.newUid(), creationTimestamp: clock.stamp() },
    involvedObject: {
      kind: about.kind,
      ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      name: about.metadata.name,
      uid,
      apiVersion: about.apiVersion,
      resourceVersion,
      ...(event.fieldPath === undefined ? {} : { fieldPath: event.fieldPath }),
    },
    reason: event.reason,
    message: event.message,
  }
  if (source.series === true) {
    const instance = {
      source: {},
      firstTimestamp: null,
      lastTimestamp: null,
      type: event.type,
      eventTime: clock.microStamp(),
    }
    return {
      ...object,
      ...instance,
      action: event.action ?? 'Scheduling',
      reportingComponent: source.component,
      reportingInstance: `${source.component}-control-plane-1`,
    } as KubeObject
  }
  return {
    ...object,
    source: { component: source.component, ...(source.host === undefined ? {} : { host: source.host }) },
    firstTimestamp: clock.stamp(),
    lastTimestamp: clock.stamp(),
    count: 1,
    type: event.type,
    eventTime: null,
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  } as KubeObject
}

function repeated(event: OpenObject, stamp: string, micro: string, series: boolean): KubeObject {
  if (!series) return { ...event, count: Number(event['count'] ?? 1) + 1, lastTimestamp: stamp } as KubeObject
  const before = event['series'] as { count: number } | undefined
  return { ...event, series: { count: (before?.count ?? 1) + 1, lastObservedTime: micro } } as KubeObject
}

function sweep(ground: Ground, now: number): void {
  for (const event of [...ground.storage.list('events')] as OpenObject[]) {
    const series = event['series'] as { lastObservedTime?: string } | undefined
    const seen =
      series?.lastObservedTime ?? event['lastTimestamp'] ?? event['eventTime'] ?? event.metadata.creationTimestamp
    if (now - Date.parse(String(seen)) > ttl) ground.storage.remove('events', event)
  }
}
