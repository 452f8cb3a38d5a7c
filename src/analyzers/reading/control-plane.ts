import { numberAt, textAt } from '../../domain/at.ts'
import type { Pod } from '../../domain/kubernetes.ts'
import { lasted, within } from '../../domain/time.ts'
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

/**
 * Since when the leader of a component has not renewed its Lease, where that is long ago by the standard of the other Leases;
 * undefined where it leads, or no Lease of it was read.
 */
export const leaseLapsed = (view: ClusterView, component: string): string | undefined => {
  const leases = view.list('Lease', 'coordination.k8s.io')
  const lease = leases.find((one) => one.metadata.namespace === 'kube-system' && one.metadata.name === component)
  const renewed = textAt(lease, 'spec', 'renewTime')
  const patience = 60 + 4 * (numberAt(lease, 'spec', 'leaseDurationSeconds') ?? 15)
  // Leases that are all old tell of the age of the dump, not of who leads.
  const fresh = leases.some((one) => within(textAt(one, 'spec', 'renewTime'), view.now, 60))
  return fresh && lasted(renewed, view.now, patience) ? renewed : undefined
}

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
