import { at, conditionOf, conditionsAt, labelsAt, trueAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type KubeObject, refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { missingTarget } from './reading/missing-target.ts'
import { targetAbsent, targetRef } from './reading/scale-target.ts'

const paused = (object: KubeObject): boolean =>
  Object.keys(labelsAt(object, 'metadata', 'annotations')).some((key) => key.startsWith('autoscaling.keda.sh/paused'))

const check = (view: ClusterView, object: KubeObject): Finding | undefined => {
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
    return missingTarget(view, self, target, evidence, ready?.lastTransitionTime, targetAbsent(view, target))
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

/** KEDA ScaledObjects whose target does not exist or whose triggers do not work. Paused ones are silent. */
export const analyzer: Analyzer = {
  id: 'keda',
  codes: ['hpa-target-missing', 'hpa-wrong-metric'],
  needs: [],
  analyze: (view) => view.list('ScaledObject', 'keda.sh').flatMap((object) => check(view, object) ?? []),
}
