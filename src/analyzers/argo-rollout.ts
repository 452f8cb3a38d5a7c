import { conditionOf, conditionsAt, listAt, numberAt, textAt, trueAt } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { isLive } from '../domain/pod-state.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { isReady, severityOf } from './reading/workload-health.ts'

/** What ended or holds a rollout, as its controller says it; undefined where it goes on, waits at a step, or is done. */
const stopped = (rollout: KubeObject): (Condition & { readonly aborted: boolean }) | undefined => {
  const conditions = conditionsAt(rollout)
  const progressing = conditionOf(conditions, 'Progressing')
  const invalid = conditionOf(conditions, 'InvalidSpec')
  if (invalid?.status === 'True') return { ...invalid, aborted: false }
  const aborted = trueAt(rollout, 'status', 'abort') || progressing?.reason === 'RolloutAborted'
  if (!aborted && (progressing?.status !== 'False' || progressing.reason === 'RolloutPaused')) return undefined
  const message = progressing?.message ?? textAt(rollout, 'status', 'message')
  return { ...progressing, ...(message === undefined ? {} : { message }), aborted }
}

/** The analysis runs of a rollout that did not succeed, newest last: what they measured is why it was aborted. */
const failedRuns = (view: ClusterView, rollout: KubeObject): readonly KubeObject[] =>
  view
    .list('AnalysisRun', 'argoproj.io')
    .filter(
      (run) =>
        run.metadata.namespace === rollout.metadata.namespace &&
        (run.metadata.ownerReferences ?? []).some((owner) => owner.name === rollout.metadata.name) &&
        ['Failed', 'Error', 'Inconclusive'].includes(textAt(run, 'status', 'phase') ?? ''),
    )

const measured = (run: KubeObject): string => {
  const results = listAt(run, 'status', 'metricResults').flatMap((one) => {
    const said = textAt(one, 'message')
    return [`${textAt(one, 'name') ?? '?'}: ${textAt(one, 'phase') ?? '?'}${said === undefined ? '' : ` (${said})`}`]
  })
  return `analysis ${textAt(run, 'status', 'phase') ?? ''}${results.length === 0 ? '' : `: ${results.slice(0, 3).join('; ')}`}`
}

const findingOf = (view: ClusterView, rollout: KubeObject): Finding | undefined => {
  const state = stopped(rollout)
  const wanted = numberAt(rollout, 'spec', 'replicas') ?? 1
  if (state === undefined || wanted === 0 || rollout.metadata.deletionTimestamp !== undefined) return undefined
  const object = refOf(rollout)
  const pods = view.podsOf(object).filter(isLive)
  const unready = pods.filter((pod) => !isReady(pod)).map(refOf)
  const since = state.lastTransitionTime
  const runs = failedRuns(view, rollout)
  const cli = `kubectl argo rollouts -n ${object.namespace ?? ''}`
  return {
    code: 'rollout-stuck',
    severity: unready.length > 0 ? severityOf(view, object) : 'warning',
    object,
    summary: `Rollout ${object.name}: the update ${state.aborted ? 'was aborted' : `is stuck (${state.reason ?? 'no progress'})`}: ${short(state.message ?? '', 240)}`,
    evidence: [
      observe('status', object, `${state.reason ?? 'aborted'}: ${state.message ?? ''}`, since),
      ...runs.slice(-2).map((run) => observe('status', refOf(run), measured(run))),
    ],
    confidence: 0.9,
    // Pods that do not get ready have a reason of their own; what an analysis measured has none that stands here.
    ...(unready.length > 0 ? { symptom: true } : {}),
    affects: unready,
    dependsOn: unready,
    ...(since === undefined ? {} : { since }),
    fix: [
      `${cli} get rollout ${object.name}`,
      state.aborted
        ? `Correct the new version, then: ${cli} retry rollout ${object.name}; to stay on the old one, set its image back in Git.`
        : `To go back: ${cli} undo ${object.name}`,
    ],
    facts: { replicas: wanted },
  }
}

/** Argo Rollouts whose update was aborted or makes no progress. One that waits at a step of its canary is silent. */
export const analyzer: Analyzer = {
  id: 'argo-rollout',
  codes: ['rollout-stuck'],
  needs: [],
  analyze: (view) => view.list('Rollout', 'argoproj.io').flatMap((rollout) => findingOf(view, rollout) ?? []),
}
