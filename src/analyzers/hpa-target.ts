import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { missingTarget } from './reading/missing-target.ts'
import { scaledObjectOf, targetAbsent, targetRef } from './reading/scale-target.ts'

const ofHpas = (view: ClusterView): readonly Finding[] =>
  view.all('HorizontalPodAutoscaler').flatMap((hpa) => {
    const target = targetRef(hpa.metadata.namespace, hpa.spec?.scaleTargetRef)
    const able = conditionOf(hpa.status?.conditions, 'AbleToScale')
    const gone =
      able?.status === 'False' &&
      able.reason === 'FailedGetScale' &&
      /not found|no matches for kind/i.test(able.message ?? '')
    const absent = targetAbsent(view, target)
    // What KEDA made is judged by its ScaledObject.
    const present = view.find(target) !== undefined || scaledObjectOf(view, hpa) !== undefined
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
    return [missingTarget(view, refOf(hpa), target, evidence, able?.lastTransitionTime, absent)]
  })

/** HorizontalPodAutoscalers whose target does not exist. */
export const analyzer: Analyzer = {
  id: 'hpa-target',
  codes: ['hpa-target-missing'],
  needs: ['horizontalpodautoscalers'],
  analyze: ofHpas,
}
