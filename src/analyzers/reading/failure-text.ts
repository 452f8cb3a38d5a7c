import type { Observation } from '../../domain/evidence.ts'
import { kubectl } from '../../domain/kubectl.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { decisive, quote } from '../../domain/log-lines.ts'
import { observe } from '../../domain/observe.ts'
import { exitText } from '../../domain/pod-containers.ts'
import { count } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { failingSince, type Group, podRefs } from './by-workload.ts'
import type { ContainerFailure } from './container-failures.ts'

/** `container app` or `init container migrate`. */
export const unitText = (unit: ContainerFailure['unit']): string =>
  `${unit.role === 'main' ? '' : `${unit.role} `}container ${unit.name}`

/** How the run ended: `exit code 1 (Error), 14 restarts`. */
export const endText = (failure: ContainerFailure): string => {
  const { exit, restarts } = failure
  const reason = exit?.reason === undefined || exit.reason === 'Error' ? '' : ` ${exit.reason}`
  const code = exit === undefined ? 'it ended' : exitText(exit.exitCode, exit.signal)
  return `${code}${reason}${restarts > 0 ? `, ${count(restarts, 'restart')}` : ''}`
}

/** The log lines that tell why it ended, each short enough to be quoted; the sign's own entry first. */
export const quotes = (failure: ContainerFailure, limit = 3): readonly string[] => {
  if (failure.log === undefined) return []
  const entries = decisive(failure.log, limit).map((entry) => entry.text)
  const own = failure.sign?.entry.text
  return [...new Set([...(own === undefined ? [] : [own]), ...entries])].slice(0, limit).map((text) => quote(text))
}

/** The observations of a failure: its log lines, then what the status says; evidence of at most three pods. */
export const evidenceOf = (group: Group<ContainerFailure>): readonly Observation[] => {
  const { first } = group
  const at = first.exit?.finishedAt
  const lines = quotes(first).map((line) => observe('log', refOf(first.pod), line, at))
  const states = group.all.slice(0, 3).map((one) => {
    const waiting = one.unit.status?.state?.waiting?.reason
    return observe(
      'status',
      refOf(one.pod),
      `${unitText(one.unit)}: ${waiting === undefined ? '' : `${waiting}, `}last ended with ${endText(one)}`,
      one.exit?.finishedAt,
    )
  })
  return [...lines, ...states]
}

/** Where to look further at a failing container. */
export const lookFurther = (failure: ContainerFailure): readonly string[] => {
  const pod = refOf(failure.pod)
  return [
    kubectl(pod, 'logs', `-c ${failure.unit.name}${failure.restarts > 0 ? ' --previous' : ''}`),
    kubectl(pod, 'describe'),
  ]
}

/** The way back, where the workload's kind has one. */
export const undoStep = (
  group: Group<{ readonly workload: { readonly ref: { readonly kind: string } } }>,
): readonly string[] =>
  ['Deployment', 'StatefulSet', 'DaemonSet'].includes(group.workload.ref.kind)
    ? [`Where the last rollout brought it: ${kubectl(group.workload.ref, 'rollout undo')}`]
    : []

/** The fields that every finding about failing containers shares. */
export const common = (view: ClusterView, group: Group<ContainerFailure>) => {
  const since = failingSince(
    view,
    group.all.map((one) => one.pod),
    ['BackOff', 'Failed', 'Unhealthy', 'Killing'],
  )
  return { affects: podRefs(group.all), ...(since === undefined ? {} : { since }) }
}
