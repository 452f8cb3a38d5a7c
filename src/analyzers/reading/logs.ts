import type { Pod } from '../../domain/kubernetes.ts'
import { isTrouble, type LogDigest, readLog } from '../../domain/log-lines.ts'
import type { ClusterView, ContainerLog } from '../../snapshot/view.ts'

const digests = new WeakMap<ContainerLog, LogDigest>()

/** A log understood; computed once per log. */
export const digestOf = (log: ContainerLog): LogDigest => {
  const known = digests.get(log)
  if (known !== undefined) return known
  const digest = readLog(log.text)
  digests.set(log, digest)
  return digest
}

const ends = new WeakMap<ContainerLog, LogDigest>()

/** The end of a log (its last 400 lines) understood: enough for why a process ended. Computed once per log. */
export const endOf = (log: ContainerLog): LogDigest => {
  const known = ends.get(log)
  if (known !== undefined) return known
  const digest = readLog(log.text, 400)
  ends.set(log, digest)
  return digest
}

const hasText = (log: ContainerLog | undefined): log is ContainerLog => log !== undefined && /\S/.test(log.text)

/** The log of the current run of a container, where it has text. */
export const currentLog = (view: ClusterView, pod: Pod, container: string): ContainerLog | undefined => {
  const log = view
    .logs(pod.metadata.namespace ?? '', pod.metadata.name)
    .find((one) => one.container === container && !one.previous)
  return hasText(log) ? log : undefined
}

const tells = (log: ContainerLog): boolean => endOf(log).entries.some(isTrouble)

/**
 * The log of the run that ended: the previous one while the container runs again, else the current one, unless that one has
 * no word of trouble and the one before it has: then the current run had only begun when it was read.
 */
export const endedLog = (
  view: ClusterView,
  pod: Pod,
  container: string,
  running: boolean,
): ContainerLog | undefined => {
  const logs = view.logs(pod.metadata.namespace ?? '', pod.metadata.name).filter((one) => one.container === container)
  const previous = logs.find((one) => one.previous)
  const current = logs.find((one) => !one.previous)
  const first = running ? previous : current
  const second = running ? undefined : previous
  if (hasText(first) && hasText(second) && !tells(first) && tells(second)) return second
  return hasText(first) ? first : hasText(second) ? second : undefined
}
