import type { Unreadable } from '../domain/coverage.ts'
import type { ContainerStatus, Pod } from '../domain/kubernetes.ts'
import type { ClusterReader } from '../ports.ts'
import { boundedLog } from './doctor-documents.ts'
import type { ClusterView, ContainerLog } from './view.ts'

const mostContainers = 20
const mostPodsOfWorkload = 2
const tailLines = 200
const keptCharacters = 64 * 1024
/** The API server's byte limit counts from the start of the tail, so that a tight one would cut the end off. */
const limitBytes = 512 * 1024

type Wanted = { readonly pod: Pod; readonly container: string; readonly previous: boolean }

/**
 * Reads the logs that could say why: of containers that crash, restart or are not ready, two pods of a workload at most, and
 * of the pods asked for. Never more than 20 containers; ends when the signal does.
 */
export const collectLogs = async (
  reader: ClusterReader,
  view: ClusterView,
  options: { readonly focus?: string; readonly signal: AbortSignal },
): Promise<{ readonly logs: readonly ContainerLog[]; readonly unavailable: readonly Unreadable[] }> => {
  const wanted = wantedLogs(view, options.focus)
  const logs: ContainerLog[] = []
  const failures: Unreadable[] = []
  const queue = [...wanted]
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined && !options.signal.aborted; one = queue.shift()) {
      const read = await readOne(reader, one, options.signal)
      if ('source' in read) failures.push(read)
      else logs.push(read)
    }
  }
  await Promise.race([Promise.all([worker(), worker(), worker(), worker()]), aborted(options.signal)])
  const lost = failures[0]
  const unfinished = options.signal.aborted && logs.length < wanted.length
  const unavailable: Unreadable[] = lost === undefined ? [] : [lost]
  if (unfinished && lost === undefined) unavailable.push({ source: 'logs', reason: 'timeout' })
  return { logs, unavailable }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const readOne = async (
  reader: ClusterReader,
  { pod, container, previous }: Wanted,
  signal: AbortSignal,
): Promise<ContainerLog | Unreadable> => {
  const namespace = pod.metadata.namespace ?? 'default'
  const named = { namespace, pod: pod.metadata.name, container, previous }
  const options = { container, previous, tailLines, limitBytes, timestamps: true }
  const read = await reader.logs(namespace, pod.metadata.name, options, signal)
  if (read.kind === 'ok') return { ...named, ...boundedLog(read.value.slice(-keptCharacters)) }
  // The server says why a container has no log (waiting to start, not found): that is evidence, not a gap.
  if (read.kind === 'absent') return { ...named, text: '', error: 'not found' }
  if (read.reason === 'malformed') return { ...named, text: '', error: read.message.slice(0, 500) }
  return { source: 'logs', reason: read.reason, message: read.message.slice(0, 300) }
}

const wantedLogs = (view: ClusterView, focus: string | undefined): readonly Wanted[] => {
  const perWorkload = new Map<string, number>()
  const wanted: Wanted[] = []
  let containers = 0
  const pods = [...view.all('Pod')].sort((a, b) => urgency(b, focus) - urgency(a, focus))
  for (const pod of pods) {
    if (urgency(pod, focus) === 0 || containers >= mostContainers) break
    const workload = view.workloadOf(pod).ref
    const key = `${workload.kind}/${workload.namespace ?? ''}/${workload.name}`
    const known = perWorkload.get(key) ?? 0
    if (known >= mostPodsOfWorkload) continue
    perWorkload.set(key, known + 1)
    for (const { name, restartCount = 0, state } of interesting(pod, focus)) {
      if (containers >= mostContainers) break
      containers++
      const ran = state?.running !== undefined || state?.terminated !== undefined
      if (ran || restartCount === 0) wanted.push({ pod, container: name, previous: false })
      if (restartCount > 0) wanted.push({ pod, container: name, previous: true })
    }
  }
  return wanted
}

const statusesOf = (pod: Pod): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
]

/** Waiting reasons of containers that have run, or tried to: the others have no log. */
const hasRun = ({ state, lastState, restartCount = 0 }: ContainerStatus): boolean =>
  state?.running !== undefined ||
  state?.terminated !== undefined ||
  lastState?.terminated !== undefined ||
  restartCount > 0

const failing = (status: ContainerStatus): boolean => {
  const ended = status.state?.terminated ?? status.lastState?.terminated
  if (ended?.exitCode !== undefined && ended.exitCode !== 0) return true
  if (status.state?.waiting?.reason === 'CrashLoopBackOff') return true
  return status.state?.running !== undefined && status.ready === false
}

const isAskedFor = (pod: Pod, focus: string | undefined): boolean =>
  focus !== undefined && (pod.metadata.name === focus || pod.metadata.name.startsWith(`${focus}-`))

const interesting = (pod: Pod, focus: string | undefined): readonly ContainerStatus[] =>
  statusesOf(pod).filter((status) => hasRun(status) && (failing(status) || isAskedFor(pod, focus)))

/** 0: nothing to read. Higher: sooner. */
const urgency = (pod: Pod, focus: string | undefined): number => {
  const statuses = interesting(pod, focus)
  if (statuses.length === 0) return 0
  const crashing = statuses.some(({ state }) => state?.waiting !== undefined || state?.terminated !== undefined)
  return 1 + (crashing ? 1 : 0) + (isAskedFor(pod, focus) ? 4 : 0) + (pod.status?.phase === 'Succeeded' ? -0.5 : 0)
}
