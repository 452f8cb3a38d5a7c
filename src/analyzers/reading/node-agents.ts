import { conditionOf } from '../../domain/at.ts'
import { type DaemonSet, type Pod, refOf } from '../../domain/kubernetes.ts'
import { isLive, isPodReady } from '../../domain/pod-state.ts'
import { lasted } from '../../domain/time.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** A pod of a node agent that has not been ready for some time although its node is. */
export type FailingAgent = { readonly pod: Pod; readonly node: string; readonly why: string; readonly since?: string }

const graceSeconds = 180

const nodeReady = (view: ClusterView, name: string): boolean => {
  const node = view.get('Node', undefined, name)
  return node === undefined || conditionOf(node.status?.conditions, 'Ready')?.status === 'True'
}

/** Why a pod is not ready, in the kubelet's words. */
export const podTrouble = (pod: Pod): string => {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  const bad = statuses.find(
    (one) =>
      one.ready !== true &&
      (one.state?.waiting !== undefined || one.state?.terminated !== undefined) &&
      one.state.terminated?.exitCode !== 0,
  )
  const waiting = bad?.state?.waiting
  const ended = bad?.lastState?.terminated ?? bad?.state?.terminated
  const exit = ended === undefined ? '' : `, last exit ${ended.exitCode ?? '?'} ${ended.reason ?? ''}`.trimEnd()
  if (bad !== undefined) return `${bad.name}: ${waiting?.reason ?? ended?.reason ?? 'not running'}${exit}`
  const condition = (pod.status?.conditions ?? []).find((one) => one.status === 'False')
  return condition?.message ?? pod.status?.reason ?? `phase ${pod.status?.phase ?? 'unknown'}, not ready`
}

/** The pods of an agent that fail by themselves: long enough, and not because their node is down. `agentKeepsNodeDown` drops the latter. */
export const failingAgents = (
  view: ClusterView,
  agent: DaemonSet,
  agentKeepsNodeDown: boolean,
): readonly FailingAgent[] =>
  view
    .podsOf(refOf(agent))
    .filter((pod) => isLive(pod) && !isPodReady(pod))
    .flatMap((pod) => {
      const since = conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? pod.metadata.creationTimestamp
      const node = pod.spec?.nodeName ?? ''
      const restarting = (pod.status?.containerStatuses ?? []).some((one) => (one.restartCount ?? 0) >= 2)
      if (!restarting && !lasted(since, view.now, graceSeconds)) return []
      if (node !== '' && !agentKeepsNodeDown && !nodeReady(view, node)) return []
      return [{ pod, node, why: podTrouble(pod), ...(since === undefined ? {} : { since }) }]
    })
