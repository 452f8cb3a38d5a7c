import { at, conditionOf, conditionsAt, labelsAt, trueAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { type ObjectRef, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { scalerRef, targetAbsent, targetRef } from './reading/scale-target.ts'

const scalable = ['Deployment', 'StatefulSet', 'ReplicaSet', 'Rollout']

const near = (view: ClusterView, target: ObjectRef): ObjectRef | undefined => {
  const here = view.workloads
    .map((one) => one.ref)
    .filter((ref) => ref.namespace === target.namespace && scalable.includes(ref.kind))
  const otherKind = here.find((ref) => ref.name === target.name && ref.kind !== target.kind)
  const name = nearestName(
    target.name,
    here.filter((ref) => ref.kind === target.kind).map((ref) => ref.name),
  )
  return otherKind ?? here.find((ref) => ref.name === name && ref.kind === target.kind)
}

const finding = (
  view: ClusterView,
  scaler: ObjectRef,
  target: ObjectRef,
  evidence: readonly Observation[],
  since: string | undefined,
  sure: boolean,
): Finding => {
  const meant = near(view, target)
  const here = view.workloads
    .map((one) => one.ref)
    .filter((ref) => ref.namespace === target.namespace && ref.kind === target.kind)
  const hint = meant === undefined ? '' : `; did you mean ${refText(meant)}?`
  const path = '/spec/scaleTargetRef/name'
  return {
    code: 'hpa-target-missing',
    severity: 'warning',
    object: scaler,
    summary: `${scaler.kind} ${scaler.name} scales ${refText(target)}, which does not exist${hint}`,
    evidence: [
      ...evidence,
      observe('spec', scaler, `scaleTargetRef: ${target.kind}/${target.name}`),
      ...(sure
        ? [
            observe(
              'computed',
              scaler,
              `${target.kind}s in ${target.namespace ?? ''}: ${
                some(
                  here.map((ref) => ref.name),
                  6,
                ) || 'none'
              }`,
            ),
          ]
        : []),
    ],
    confidence: 0.95,
    ...(since === undefined ? {} : { since }),
    fix: [
      meant === undefined
        ? `kubectl -n ${scaler.namespace ?? ''} edit ${scaler.kind.toLowerCase()} ${scaler.name} (spec.scaleTargetRef), or delete it if its workload is gone for good`
        : `kubectl -n ${scaler.namespace ?? ''} patch ${scaler.kind.toLowerCase()} ${scaler.name} --type=json -p '[{"op":"replace","path":"${path}","value":"${meant.name}"}]'`,
    ],
    facts: { target: `${target.kind}/${target.name}`, ...(meant === undefined ? {} : { nearestKey: meant.name }) },
  }
}

const ofHpas = (view: ClusterView): readonly Finding[] =>
  view.all('HorizontalPodAutoscaler').flatMap((hpa) => {
    const target = targetRef(hpa.metadata.namespace, hpa.spec?.scaleTargetRef)
    const able = conditionOf(hpa.status?.conditions, 'AbleToScale')
    const gone =
      able?.status === 'False' &&
      able.reason === 'FailedGetScale' &&
      /not found|no matches for kind/i.test(able.message ?? '')
    const absent = targetAbsent(view, target)
    const present = view.find(target) !== undefined
    if ((!gone && !absent) || present) return []
    if (!lasted(hpa.metadata.creationTimestamp, view.now, 60)) return []
    const evidence = gone
      ? [
          observe(
            'status',
            refOf(hpa),
            `AbleToScale is False (FailedGetScale): ${able.message ?? ''}`,
            able.lastTransitionTime,
          ),
        ]
      : []
    return [finding(view, scalerRef(view, hpa), target, evidence, able?.lastTransitionTime, absent)]
  })

const paused = (object: KubeObject): boolean =>
  Object.keys(labelsAt(object, 'metadata', 'annotations')).some((key) => key.startsWith('autoscaling.keda.sh/paused'))

const scaledTrouble = (view: ClusterView, object: KubeObject): Finding | undefined => {
  if (paused(object) || trueAt(object, 'spec', 'paused')) return undefined
  const ready = conditionOf(conditionsAt(object), 'Ready')
  const target = targetRef(object.metadata.namespace, at(object, 'spec', 'scaleTargetRef'))
  const self = refOf(object)
  const events = view.eventsFor(self).filter((event) => event.type === 'Warning')
  const evidence =
    ready?.status === 'False'
      ? [
          observe(
            'status',
            self,
            `Ready is False (${ready.reason ?? ''}): ${ready.message ?? ''}`,
            ready.lastTransitionTime,
          ),
        ]
      : []
  const event = events.at(-1)
  const told =
    ready?.status === 'False' &&
    /not found|doesn't exist|does not exist/i.test(`${ready.message ?? ''} ${event?.note ?? ''}`)
  if (
    targetAbsent(view, target) ||
    (told &&
      view.find(target) === undefined &&
      new RegExp(`scale ?target|${target.kind}`, 'i').test(`${ready?.message ?? ''} ${event?.note ?? ''}`))
  )
    return finding(view, self, target, evidence, ready?.lastTransitionTime, targetAbsent(view, target))
  if (ready?.status !== 'False' || !lasted(ready.lastTransitionTime, view.now, 120)) return undefined
  const said = event?.note ?? ready.message ?? ''
  return {
    code: 'hpa-wrong-metric',
    severity: 'warning',
    object: self,
    summary: `ScaledObject ${object.metadata.name} cannot scale ${refText(target)}: ${short(said, 200)}`,
    evidence: [
      ...evidence,
      ...(event === undefined
        ? []
        : [observe('event', self, `${event.reason ?? ''}: ${event.note ?? ''}`, event.lastSeen)]),
    ],
    confidence: 0.88,
    affects: [target],
    ...(ready.lastTransitionTime === undefined ? {} : { since: ready.lastTransitionTime }),
    fix: [
      `kubectl -n ${object.metadata.namespace ?? ''} describe scaledobject ${object.metadata.name}`,
      'Correct the trigger that the message names.',
    ],
  }
}

/** Autoscalers (HorizontalPodAutoscaler, KEDA ScaledObject) whose target does not exist, and ScaledObjects that are not ready. */
export const analyzer: Analyzer = {
  id: 'hpa-target',
  codes: ['hpa-target-missing', 'hpa-wrong-metric'],
  needs: ['horizontalpodautoscalers'],
  analyze: (view) => {
    const scaled = view.list('ScaledObject', 'keda.sh').flatMap((object) => scaledTrouble(view, object) ?? [])
    const known = new Set(scaled.map((one) => `${one.object.namespace ?? ''}/${one.object.name}`))
    return [
      ...scaled,
      ...ofHpas(view).filter(
        (one) => one.object.kind !== 'ScaledObject' || !known.has(`${one.object.namespace ?? ''}/${one.object.name}`),
      ),
    ]
  },
}
