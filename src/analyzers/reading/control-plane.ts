import type { Pod } from '../../domain/kubernetes.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { isReady } from './workload-health.ts'

/** The pods of a control-plane component (static pods by label, else by name), in name order. */
export const controlPlanePods = (view: ClusterView, component: string): readonly Pod[] =>
  view
    .all('Pod')
    .filter(
      (pod) =>
        pod.metadata.labels?.['component'] === component ||
        pod.metadata.labels?.['app.kubernetes.io/name'] === component ||
        (pod.metadata.namespace === 'kube-system' && pod.metadata.name.startsWith(`${component}-`)),
    )

/** Why a pod of a component is not serving, in one line; undefined where it is ready. */
export const troubleOf = (pod: Pod): string | undefined => {
  if (isReady(pod)) return undefined
  for (const status of pod.status?.containerStatuses ?? []) {
    const { waiting, terminated } = status.state ?? {}
    const last = status.lastState?.terminated
    const exit = terminated ?? last
    const ended =
      exit === undefined
        ? ''
        : `, last exit ${exit.exitCode ?? '?'}${exit.reason === undefined ? '' : ` (${exit.reason})`}`
    if (waiting?.reason !== undefined)
      return `${pod.metadata.name} is ${waiting.reason}${ended}, ${status.restartCount ?? 0} restarts`
    if (terminated !== undefined) return `${pod.metadata.name} has ended${ended}`
  }
  return `${pod.metadata.name} is ${pod.status?.phase ?? 'not running'} and not ready`
}
