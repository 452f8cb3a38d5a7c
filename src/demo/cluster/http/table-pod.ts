import { type Fields, fieldsAt, isFields, type KubeObject, listAt } from '../types.ts'
import { ageOf } from './age.ts'

/** The ready, status and restarts columns of a pod, as kubectl's printer works them out. */
export function podCells(pod: KubeObject, now = 0): { ready: string; status: string; restarts: string } {
  const status = fieldsAt(pod, 'status')
  const containers = listAt(status, 'containerStatuses').filter(isFields)
  const total = listAt(fieldsAt(pod, 'spec'), 'containers').length
  const ready = containers.filter((entry) => entry['ready'] === true).length
  const init = initReason(pod, status)
  let reason = String(status['reason'] ?? status['phase'] ?? 'Unknown')
  if (init !== undefined) reason = init
  else for (const entry of [...containers].reverse()) reason = containerReason(entry) ?? reason
  if (pod.metadata.deletionTimestamp !== undefined) reason = status['reason'] === 'NodeLost' ? 'Unknown' : 'Terminating'
  return { ready: `${ready}/${total}`, status: reason, restarts: restartText(containers, now) }
}

function containerReason(entry: Fields): string | undefined {
  const state = fieldsAt(entry, 'state')
  const waiting = fieldsAt(state, 'waiting')['reason']
  if (typeof waiting === 'string' && waiting !== '') return waiting
  const ended = fieldsAt(state, 'terminated')
  if (Object.keys(ended).length === 0) return undefined
  if (typeof ended['reason'] === 'string' && ended['reason'] !== '') return ended['reason']
  return ended['signal'] ? `Signal:${ended['signal']}` : `ExitCode:${ended['exitCode']}`
}

function initReason(pod: KubeObject, status: Fields): string | undefined {
  const wanted = listAt(fieldsAt(pod, 'spec'), 'initContainers').length
  for (const [index, entry] of listAt(status, 'initContainerStatuses').entries()) {
    const state = fieldsAt(entry, 'state')
    const ended = fieldsAt(state, 'terminated')
    if (ended['exitCode'] === 0) continue
    const reason = isFields(entry) ? containerReason(entry) : undefined
    if (Object.keys(ended).length > 0) return `Init:${reason}`
    if (reason !== undefined && reason !== 'PodInitializing') return `Init:${reason}`
    return `Init:${index}/${wanted}`
  }
  return undefined
}

function restartText(containers: readonly Fields[], now: number): string {
  const count = containers.reduce((sum, entry) => sum + Number(entry['restartCount'] ?? 0), 0)
  const ends = containers
    .map((entry) => fieldsAt(fieldsAt(entry, 'lastState'), 'terminated')['finishedAt'])
    .filter((at) => typeof at === 'string')
    .sort()
  const last = ends.at(-1)
  return count > 0 && last !== undefined ? `${count} (${ageOf(last, now)} ago)` : String(count)
}
