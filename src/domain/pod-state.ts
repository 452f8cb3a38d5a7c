import { conditionOf } from './at.ts'
import type { Container, ContainerPort, Pod, PodSpec } from './kubernetes.ts'

/** Whether all containers of the pod have ended for good. */
export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'

/** Whether the pod's Ready condition is True. */
export const isPodReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, 'Ready')?.status === 'True'

/** A pod that counts: neither finished nor being deleted. */
export const isLive = (pod: Pod): boolean => !isFinished(pod) && pod.metadata.deletionTimestamp === undefined

/** The containers that run as long as the pod does: the ordinary ones and native sidecars. */
export const longRunning = (spec: PodSpec | undefined): readonly Container[] => [
  ...(spec?.containers ?? []),
  ...(spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always'),
]

/** The container ports that a pod declares, with the container of each. */
export const declaredPorts = (
  spec: PodSpec | undefined,
): readonly { readonly container: string; readonly port: ContainerPort }[] =>
  longRunning(spec).flatMap((container) => (container.ports ?? []).map((port) => ({ container: container.name, port })))

/** All addresses of a pod. */
export const podAddresses = (pod: Pod): readonly string[] => {
  const many = (pod.status?.podIPs ?? []).flatMap((one) => one.ip ?? [])
  return many.length > 0 ? many : pod.status?.podIP === undefined ? [] : [pod.status.podIP]
}
