import type { Observation } from '../../domain/evidence.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { observe } from '../../domain/observe.ts'
import { innermost } from '../../domain/start-message.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { failingSince, type Group, podRefs } from './by-workload.ts'
import type { StartFailure } from './start-failures.ts'

/** The innermost words of the runtime, short enough to quote. */
export const startWords = (failure: StartFailure): string => short(innermost(failure.message), 200)

/** What the status or the event said, the decisive one first. */
export const startEvidence = (group: Group<StartFailure>): readonly Observation[] => {
  const { pod, message, from, at, reason, unit } = group.first
  return [
    observe(from, refOf(pod), `${reason}: ${message}`, at),
    observe(
      'spec',
      refOf(pod),
      `container ${unit.name}: image ${unit.container?.image ?? '?'}, command ${JSON.stringify(unit.container?.command ?? [])}, args ${JSON.stringify(unit.container?.args ?? [])}`,
    ),
  ]
}

/** Fields that findings about start failures share. */
export const startCommon = (view: ClusterView, group: Group<StartFailure>) => {
  const since = failingSince(
    view,
    group.all.map((one) => one.pod),
    ['Failed', 'BackOff'],
  )
  return {
    affects: podRefs(group.all),
    confidence: group.first.from === 'status' ? 0.96 : 0.88,
    ...(since === undefined ? {} : { since }),
  }
}
