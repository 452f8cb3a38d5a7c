import { parseRefusal, type Refused } from '../../domain/admission-message.ts'
import { conditionsAt, listAt, numberAt, textAt } from '../../domain/at.ts'
import type { Observation } from '../../domain/evidence.ts'
import { type Event, type KubeObject, refOf } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../../domain/object.ts'
import { earliest, lasted, latest, within } from '../../domain/time.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { oncePerView } from './once-per-view.ts'

/** What could not be made: for which object and its workload, since when, and the words that say so. */
export type Creation = {
  /** What could not make what it wants: a ReplicaSet, a Job… */
  readonly about: ObjectRef
  readonly workload: ObjectRef
  /** Where it was to be made: for what a delivery tool applies another namespace than its own. */
  readonly namespace?: string
  readonly evidence: Observation
  readonly since?: string
  readonly last?: string
}

/** A refusal by the API server that still holds. */
export type RefusedCreation<K extends Refused['kind'] = Refused['kind']> = Creation & {
  readonly refused: Extract<Refused, { kind: K }>
}

type Told = {
  readonly text: string
  readonly about: ObjectRef
  readonly kind: 'event' | 'status'
  readonly namespace?: string
  readonly first?: string
  readonly last?: string
}

const fromEvent = (event: Event): Told | undefined => {
  const { regarding, note } = event
  if (note === undefined || regarding.name === undefined || regarding.kind === undefined || event.type === 'Normal')
    return undefined
  const namespace = regarding.namespace ?? event.metadata.namespace
  return {
    text: note,
    kind: 'event',
    about: {
      apiVersion: regarding.apiVersion ?? 'v1',
      kind: regarding.kind,
      ...(namespace === undefined ? {} : { namespace }),
      name: regarding.name,
    },
    ...(event.firstSeen === undefined ? {} : { first: event.firstSeen }),
    ...(event.lastSeen === undefined ? {} : { last: event.lastSeen }),
  }
}

const fromConditions = (object: KubeObject): readonly Told[] =>
  conditionsAt(object).flatMap((condition) => {
    const bad =
      (condition.type === 'ReplicaFailure' && condition.status === 'True') ||
      (condition.reason ?? '').startsWith('FailedCreate') ||
      (condition.type === 'Ready' && condition.status === 'False')
    if (!bad || condition.message === undefined) return []
    const at = condition.lastTransitionTime
    return [
      {
        text: condition.message,
        about: refOf(object),
        kind: 'status' as const,
        ...(at === undefined ? {} : { first: at }),
      },
    ]
  })

const fromArgo = (view: ClusterView): readonly Told[] =>
  view.list('Application', 'argoproj.io').flatMap((object) => {
    const text = textAt(object, 'status', 'operationState', 'message')
    const phase = textAt(object, 'status', 'operationState', 'phase')
    if (text === undefined || (phase !== 'Failed' && phase !== 'Error')) return []
    const at = textAt(object, 'status', 'operationState', 'finishedAt')
    const failed = listAt(object, 'status', 'operationState', 'syncResult', 'resources').find(
      (one) => textAt(one, 'status') === 'SyncFailed',
    )
    const namespace = textAt(failed, 'namespace') ?? textAt(object, 'spec', 'destination', 'namespace')
    return [
      {
        text,
        about: refOf(object),
        kind: 'status' as const,
        ...(namespace === undefined ? {} : { namespace }),
        ...(at === undefined ? {} : { first: at, last: at }),
      },
    ]
  })

/** Whether the object still lacks what it wants to make; an object that is not in the view is judged by the event's age. */
const stillLacks = (view: ClusterView, told: Told, object: KubeObject | undefined): boolean => {
  if (object === undefined) return within(told.last, view.now, 1800)
  const [wanted, has] = [numberAt(object, 'spec', 'replicas'), numberAt(object, 'status', 'replicas') ?? 0]
  switch (object.kind) {
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'ReplicationController':
      return has < (wanted ?? 1)
    case 'Deployment':
      return (
        (numberAt(object, 'status', 'unavailableReplicas') ?? 0) > 0 ||
        has < (wanted ?? 1) ||
        (numberAt(object, 'status', 'updatedReplicas') ?? 0) < (wanted ?? 1)
      )
    case 'DaemonSet':
      return (
        (numberAt(object, 'status', 'currentNumberScheduled') ?? 0) <
        (numberAt(object, 'status', 'desiredNumberScheduled') ?? 0)
      )
    case 'Job':
      return (
        numberAt(object, 'status', 'active') === undefined &&
        !conditionsAt(object).some((one) => one.type === 'Complete' && one.status === 'True')
      )
    case 'CronJob':
      return lasted(textAt(object, 'status', 'lastSuccessfulTime'), told.last ?? view.now, 1)
    default:
      return within(told.last ?? told.first, view.now, 3600)
  }
}

const workloadFor = (view: ClusterView, about: ObjectRef, object: KubeObject | undefined): ObjectRef => {
  if (object !== undefined) return view.workloadOf(object).ref
  return about
}

/** Every refusal that still holds, one for each object and kind of refusal, with the newest words. Computed once per view. */
export const refusedCreations = oncePerView((view): readonly RefusedCreation[] => {
  const told = [
    ...view.all('Event').flatMap((event) => fromEvent(event) ?? []),
    ...(['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job'] as const).flatMap((kind) =>
      view.all(kind).flatMap(fromConditions),
    ),
    ...['Kustomization', 'HelmRelease'].flatMap((kind) => view.list(kind).flatMap(fromConditions)),
    ...fromArgo(view),
  ]
  const found = new Map<string, RefusedCreation>()
  for (const one of told) {
    const refused = parseRefusal(one.text)
    if (refused === undefined) continue
    const object = view.find(one.about)
    if (!stillLacks(view, one, object)) continue
    const workload = workloadFor(view, one.about, object)
    const key = `${refKey(workload)} ${refused.kind}`
    const before = found.get(key)
    const since = earliest([before?.since, one.first, one.last])
    const last = latest([before?.last, one.last, one.first])
    const newer = before === undefined || (last === one.last && before.last !== last)
    const { kind } = one
    const namespace =
      one.namespace ??
      (object === undefined ? undefined : textAt(object, 'spec', 'targetNamespace')) ??
      workload.namespace
    const evidence: Observation = newer
      ? { kind, about: one.about, text: short(one.text, 600), ...(one.last === undefined ? {} : { at: one.last }) }
      : before.evidence
    found.set(key, {
      refused: newer ? refused : before.refused,
      about: one.about,
      workload,
      ...(namespace === undefined ? {} : { namespace }),
      evidence,
      ...(since === undefined ? {} : { since }),
      ...(last === undefined ? {} : { last }),
    })
  }
  return [...found.values()]
})

/** Narrows refusals to one kind. */
export const refusalsOf = <K extends Refused['kind']>(
  all: readonly RefusedCreation[],
  kind: K,
): readonly RefusedCreation<K>[] =>
  all.flatMap((one) =>
    one.refused.kind === kind ? [{ ...one, refused: one.refused as Extract<Refused, { kind: K }> }] : [],
  )
