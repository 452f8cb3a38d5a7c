import type { Condition, KeyRef, LabelSelector, Labels, Metadata, NameRef, TargetRef } from '../../domain/kubernetes.ts'
import {
  bool,
  f,
  int,
  list,
  map,
  mapped,
  message,
  ownText,
  positive,
  quantity,
  text,
  textOrEmpty,
  time,
} from './shape.ts'
import { shared } from './shared.ts'

/** Labels, annotations and other maps of strings; an empty value is a value. */
export const labels = map(textOrEmpty)

/** Maps of quantities: requests, limits, capacity. */
export const quantities = map(quantity)

export const texts = list(text)

/** Annotations that hold whole objects (and so may hold secrets) or are long and tell nothing. */
const dropped = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'objectset.rio.cattle.io/applied'])

const annotations = mapped(labels, (all): Labels => {
  const entries = Object.entries(all).filter(([key]) => !dropped.has(key))
  return Object.fromEntries(entries.map(([key, value]) => [key, value.length > 4096 ? value.slice(0, 4096) : value]))
})

/** Object metadata. Of managedFields only who and when: never the fields themselves. */
export const metadata = message<Metadata>({
  name: f(1, text),
  namespace: f(3, text),
  uid: f(5, text),
  resourceVersion: f(6, ownText),
  generation: f(7, int),
  creationTimestamp: f(8, time),
  deletionTimestamp: f(9, time),
  deletionGracePeriodSeconds: f(10, int),
  labels: f(11, labels),
  annotations: f(12, annotations),
  ownerReferences: f(
    13,
    list(
      shared(
        message<NonNullable<Metadata['ownerReferences']>[number]>({
          apiVersion: f(5, text),
          kind: f(1, text),
          name: f(3, text),
          uid: f(4, text),
          controller: f(6, bool),
        }),
      ),
    ),
  ),
  finalizers: f(14, texts),
  managedFields: f(
    17,
    list(
      message<NonNullable<Metadata['managedFields']>[number]>({
        manager: f(1, text),
        operation: f(2, text),
        time: f(4, time),
        subresource: f(8, text),
      }),
    ),
  ),
})

export const labelSelector = message<LabelSelector>({
  matchLabels: f(1, labels),
  matchExpressions: f(
    2,
    list(
      message<NonNullable<LabelSelector['matchExpressions']>[number]>({
        key: f(1, text),
        operator: f(2, text),
        values: f(3, list(textOrEmpty)),
      }),
    ),
  ),
})

/** Where each kind's condition message keeps its fields on the wire: they differ by kind. */
type ConditionNumbers = { readonly [P in keyof Condition]?: number }

const conditionsOf = (numbers: ConditionNumbers) => {
  const at = (name: keyof Condition): number => numbers[name] ?? 0
  return list(
    shared(
      message<Condition>({
        type: f(1, text),
        status: f(2, text),
        reason: f(at('reason'), text),
        message: f(at('message'), text),
        lastTransitionTime: f(at('lastTransitionTime'), time),
        lastUpdateTime: f(at('lastUpdateTime'), time),
        lastHeartbeatTime: f(at('lastHeartbeatTime'), time),
        observedGeneration: f(at('observedGeneration'), positive),
      }),
    ),
  )
}

/** metav1.Condition: Service, PodDisruptionBudget. */
export const conditions = conditionsOf({ observedGeneration: 3, lastTransitionTime: 4, reason: 5, message: 6 })
/** ReplicaSet, StatefulSet, DaemonSet, HorizontalPodAutoscaler, APIService. */
export const controllerConditions = conditionsOf({ lastTransitionTime: 3, reason: 4, message: 5 })
/** Pod, Job, PersistentVolumeClaim (field 3 is a probe time). */
export const probedConditions = conditionsOf({
  lastTransitionTime: 4,
  reason: 5,
  message: 6,
  observedGeneration: 7,
})
/** Deployment. */
export const deploymentConditions = conditionsOf({ reason: 4, message: 5, lastUpdateTime: 6, lastTransitionTime: 7 })
/** Node. */
export const nodeConditions = conditionsOf({ lastHeartbeatTime: 3, lastTransitionTime: 4, reason: 5, message: 6 })
/** Namespace. */
export const namespaceConditions = conditionsOf({ lastTransitionTime: 4, reason: 5, message: 6 })

/** `{name, key, optional}` of a key of a ConfigMap or Secret. */
export const keyRef = message<KeyRef>({ name: f([1, 1], text), key: f(2, text), optional: f(3, bool) })

/** core/v1 LocalObjectReference and other messages whose one field is a name. */
export const localName = message<NameRef>({ name: f(1, text), optional: f(0, bool) })

/** core/v1 ObjectReference. */
export const objectReference = message<TargetRef>({
  apiVersion: f(5, text),
  kind: f(1, text),
  namespace: f(2, text),
  name: f(3, text),
  uid: f(4, text),
})

/** core/v1 Typed(Local)ObjectReference: has a group and no version, which nothing here reads. */
export const typedReference = message<TargetRef>({
  apiVersion: f(0, text),
  kind: f(2, text),
  namespace: f(4, text),
  name: f(3, text),
  uid: f(0, text),
})
