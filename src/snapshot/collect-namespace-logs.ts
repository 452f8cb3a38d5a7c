import type { Unreadable } from '../domain/coverage.ts'
import type { Pod } from '../domain/kubernetes.ts'
import type { NamedLog } from '../domain/log-patterns.ts'
import { isFinished, isPodReady } from '../domain/pod-state.ts'
import { redact } from '../domain/redact.ts'
import type { ClusterReader } from '../ports.ts'
import { createBreath } from './breathe.ts'
import { decodeList, MalformedList } from './decode-list.ts'
import { boundedLog } from './doctor-documents.ts'
import { kindSchemas } from './schema/kinds.ts'

const mostPods = 30
const tailLines = 500
const limitBytes = 1024 * 1024
const atOnce = 5
const deadline = 20_000

/** The logs of a namespace, or of the cluster: of at most 30 pods, the unwell and one of each workload first. */
export type NamespaceLogs = {
  readonly logs: readonly NamedLog[]
  readonly pods: { readonly read: number; readonly of: number }
  readonly unavailable: readonly Unreadable[]
}

const podType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true } as const

/**
 * Reads the last 500 lines of the pods of a namespace, redacted, with a deadline of 20 seconds over all. What could not be read
 * is named once a reason; a container that has not run yet has no log, and that is no gap.
 */
export const collectNamespaceLogs = async (
  reader: ClusterReader,
  options: { readonly namespace?: string; readonly since?: number; readonly signal?: AbortSignal },
): Promise<NamespaceLogs> => {
  const limit = AbortSignal.timeout(deadline)
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit])
  const listed = await listPods(reader, options.namespace, signal)
  if ('source' in listed) return { logs: [], pods: { read: 0, of: 0 }, unavailable: [listed] }
  const all = listed.filter(({ status }) => status?.phase !== 'Pending')
  const chosen = choose(all)
  const logs: NamedLog[] = []
  const failures = new Map<string, Unreadable>()
  const read = new Set<string>()
  const queue = chosen.flatMap((pod) => (pod.spec?.containers ?? []).map(({ name }) => ({ pod, container: name })))
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined && !signal.aborted; one = queue.shift()) {
      const got = await readOne(reader, one, options.since, signal)
      if (got === undefined) continue
      if ('source' in got) failures.set(got.reason, got)
      else {
        logs.push(got)
        read.add(`${one.pod.metadata.namespace}/${got.pod}`)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (signal.aborted && queue.length > 0) failures.set('timeout', { source: 'logs', reason: 'timeout' })
  const sorted = logs.toSorted((a, b) => (`${a.pod}/${a.container}` < `${b.pod}/${b.container}` ? -1 : 1))
  return { logs: sorted, pods: { read: read.size, of: all.length }, unavailable: [...failures.values()] }
}

const listPods = async (
  reader: ClusterReader,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly Pod[] | Unreadable> => {
  const schema = kindSchemas.get('Pod')
  if (schema === undefined) throw new Error('Pod has no schema')
  const accept = 'application/vnd.kubernetes.protobuf, application/json'
  const answer = await reader.list(podType, { accept, signal, ...(namespace === undefined ? {} : { namespace }) })
  if (answer.kind === 'absent') return { source: 'pods', reason: 'not-served' }
  if (answer.kind !== 'ok')
    return { source: 'pods', reason: answer.reason, message: redact(answer.message).slice(0, 300) }
  try {
    const { objects } = await decodeList(schema, answer.value, createBreath())
    return objects as readonly Pod[]
  } catch (error) {
    if (!(error instanceof MalformedList)) throw error
    return { source: 'pods', reason: 'malformed', message: error.message }
  }
}

/** The unwell first, then one of each controller in turn, so that a big workload does not take all the room. */
const choose = (pods: readonly Pod[]): readonly Pod[] => {
  const turns = new Map<string, number>()
  const placed = pods
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
    .map((pod) => {
      const owner = pod.metadata.ownerReferences?.[0]?.name ?? pod.metadata.name
      const key = `${pod.metadata.namespace}/${owner}`
      const turn = turns.get(key) ?? 0
      turns.set(key, turn + 1)
      const restarts = (pod.status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount > 0)
      const unwell = !isFinished(pod) && (!isPodReady(pod) || restarts)
      return { pod, order: turn * 4 + (unwell ? 0 : isFinished(pod) ? 2 : 1) }
    })
  return placed
    .toSorted((a, b) => a.order - b.order)
    .slice(0, mostPods)
    .map(({ pod }) => pod)
}

const readOne = async (
  reader: ClusterReader,
  { pod, container }: { readonly pod: Pod; readonly container: string },
  since: number | undefined,
  signal: AbortSignal,
): Promise<NamedLog | Unreadable | undefined> => {
  const namespace = pod.metadata.namespace ?? 'default'
  const bounds = { tailLines, limitBytes, timestamps: true, ...(since === undefined ? {} : { sinceSeconds: since }) }
  const read = await reader.logs(namespace, pod.metadata.name, { container, ...bounds }, signal)
  if (read.kind === 'ok') return { pod: pod.metadata.name, container, text: boundedLog(read.value).text }
  // The server says so of containers that wait to start, or whose log is gone.
  if (read.kind === 'absent' || read.reason === 'malformed') return undefined
  return { source: 'logs', reason: read.reason, message: redact(read.message).slice(0, 300) }
}
