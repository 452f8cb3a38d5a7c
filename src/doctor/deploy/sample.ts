import { at, trueAt } from '../../domain/at.ts'
import { canonical } from '../../domain/canonical.ts'
import type { DeployCheck, ErrorPattern, Sample } from '../../domain/deployment.ts'
import type { KubeObject, Pod } from '../../domain/kubernetes.ts'
import { keyOf, logPatterns, type NamedLog } from '../../domain/log-patterns.ts'
import { isNamespaceName, isObjectName } from '../../domain/name.ts'
import { isLive, longRunning } from '../../domain/pod-state.ts'
import { redact } from '../../domain/redact.ts'
import { timeOf } from '../../domain/time.ts'
import type { ClusterReader } from '../../ports.ts'
import { countsOf, restartsOf, rolloutProgress } from '../checks/success.ts'
import type { Doctor } from '../doctor.ts'
import { readRelated } from '../plans/live.ts'
import { nowText } from '../record.ts'

/** Of so many pods the logs are read, so many lines of each container. */
const bounds = { pods: 3, lines: 500, bytes: 256 * 1024 } as const

/**
 * The newest template's pods and those of older ones, as they are now. `pointless`: going back would undo a way back, or change
 * nothing but when it was restarted.
 */
export type Pods = { readonly fresh: readonly Pod[]; readonly old: readonly Pod[]; readonly pointless: boolean }

/** Tells the pods of a rollout from those before it, by the mark that each controller puts on its pods. */
export const podsOfRollout = async (
  reader: ClusterReader,
  workload: KubeObject,
  { revision, from }: Pick<DeployCheck, 'revision' | 'from'>,
  signal: AbortSignal,
): Promise<Pods | undefined> => {
  const related = await readRelated(reader, workload, signal)
  if (related.unread.includes('pods') || related.unread.includes('replicaSets')) return undefined
  const setOf = (wanted: string | undefined) =>
    related.replicaSets.find(
      ({ metadata }) =>
        wanted !== undefined &&
        metadata.annotations?.[revisionAnnotation] === wanted &&
        metadata.ownerReferences?.some(({ uid }) => uid === workload.metadata.uid),
    )
  const [set, before] = [setOf(revision), setOf(from)]
  const mark = markOf(workload, revision, set)
  if (mark === undefined) return undefined
  const [label, value] = mark
  const live = (related.pods as readonly Pod[]).filter(isLive)
  return {
    fresh: live.filter(({ metadata }) => metadata.labels?.[label] === value),
    old: live.filter(({ metadata }) => metadata.labels?.[label] !== value),
    // A template that was used before keeps its old numbers here: this rollout is itself a way back.
    pointless:
      set?.metadata.annotations?.[`${revisionAnnotation}-history`] !== undefined ||
      (set !== undefined && before !== undefined && templateText(set) === templateText(before)),
  }
}

const revisionAnnotation = 'deployment.kubernetes.io/revision'

/** The template of a ReplicaSet without what says which one it is, and when a restart was asked for. */
const templateText = (set: KubeObject): string => {
  const { metadata, spec } = (at(set, 'spec', 'template') ?? {}) as Partial<KubeObject>
  const { 'pod-template-hash': _, ...labels } = { ...metadata?.labels }
  const { 'kubectl.kubernetes.io/restartedAt': __, ...annotations } = { ...metadata?.annotations }
  return canonical({ labels, annotations, spec: spec ?? null })
}

const markOf = (
  workload: KubeObject,
  revision: string,
  set: KubeObject | undefined,
): readonly [string, string] | undefined => {
  if (workload.kind === 'StatefulSet') return ['controller-revision-hash', revision]
  if (workload.kind === 'DaemonSet') return ['pod-template-generation', revision]
  const hash = set?.metadata.labels?.['pod-template-hash']
  return hash === undefined ? undefined : ['pod-template-hash', hash]
}

/** How pods do now: their restarts over the time that they live, and what their logs complain about in the last `seconds`. */
export const sampleOf = async (
  doctor: Doctor,
  reader: ClusterReader,
  workload: KubeObject,
  pods: readonly Pod[] | undefined,
  seconds: number,
  signal: AbortSignal,
): Promise<Sample> => {
  const { wanted, available } = countsOf(workload)
  const progress = rolloutProgress(workload).kind
  const held = holding(workload)
  const unread = [...(pods === undefined ? ['pods'] : []), ...(held === undefined ? [] : [held])]
  const base = {
    at: nowText(doctor),
    wanted,
    available,
    rollout: progress === 'met' ? ('done' as const) : progress === 'failed' ? ('failed' as const) : ('going' as const),
  }
  if (pods === undefined) return { ...base, unread }
  const restarts = restartsOf(pods)
  const hours = pods.reduce((sum, pod) => sum + Math.max(0, doctor.clock.now() - bornAt(pod, doctor)) / 3_600_000, 0)
  const errors = await errorsOf(doctor, reader, pods, seconds, signal)
  return {
    ...base,
    ...(held === undefined ? { restarts } : {}),
    // Over less than a minute of life a rate says nothing.
    ...(hours * 60 < 1 ? {} : { restartsPerHour: (restarts / hours) * pods.length }),
    ...(errors === undefined ? {} : { errors }),
    unread: errors === undefined && pods.length > 0 ? [...unread, 'logs'] : unread,
  }
}

const bornAt = (pod: Pod, doctor: Doctor): number => timeOf(pod.metadata.creationTimestamp) ?? doctor.clock.now()

/** A rollout that people hold back on purpose is neither done nor bad. */
const holding = (workload: KubeObject): string | undefined => {
  if (trueAt(workload, 'spec', 'paused')) return 'the end of it: the rollout is paused'
  const partition = at(workload, 'spec', 'updateStrategy', 'rollingUpdate', 'partition')
  return typeof partition === 'number' && partition > 0 ? 'the end of it: a partition holds it' : undefined
}

const errorsOf = async (
  doctor: Doctor,
  reader: ClusterReader,
  pods: readonly Pod[],
  seconds: number,
  signal: AbortSignal,
): Promise<readonly ErrorPattern[] | undefined> => {
  const chosen = pods.slice(0, bounds.pods)
  const reads = chosen.flatMap((pod) =>
    longRunning(pod.spec).map(({ name }) => readLog(reader, pod, name, seconds, signal)),
  )
  const logs = (await Promise.all(reads)).filter((one) => one !== undefined)
  if (logs.length === 0) return undefined
  const minutes = Math.max(1, seconds / 60) * new Set(logs.map(({ pod }) => pod)).size
  return logPatterns(logs, { now: nowText(doctor) })
    .patterns.filter(({ trouble, level }) => trouble && level !== 'debug' && level !== 'info')
    .slice(0, 20)
    .map(({ example, count }) => ({ key: keyOf(example), example: example.slice(0, 300), perMinute: count / minutes }))
}

const readLog = async (
  reader: ClusterReader,
  pod: Pod,
  container: string,
  sinceSeconds: number,
  signal: AbortSignal,
): Promise<NamedLog | undefined> => {
  const { namespace = 'default', name } = pod.metadata
  const options = { container, tailLines: bounds.lines, limitBytes: bounds.bytes, sinceSeconds, timestamps: true }
  const read = await reader.logs(namespace, name, options, signal)
  return read.kind === 'ok' ? { pod: name, container, text: redact(read.value) } : undefined
}

/** Histograms of request times as common libraries and meshes name them; each in seconds. */
const histograms = 'http_request_duration_seconds_bucket|http_server_request_duration_seconds_bucket'

/** The 95th percentile of the workload's requests before a rollout and since, in seconds; nothing where it is not measured. */
export const latencies = async (
  doctor: Doctor,
  check: DeployCheck,
  seconds: number,
  signal: AbortSignal,
): Promise<{ readonly before?: number; readonly after?: number }> => {
  const { namespace, name } = check.target
  if (doctor.metricsQuery === undefined || !isNamespaceName(namespace) || !isObjectName(name)) return {}
  const seen = Date.parse(check.seenAt)
  const now = doctor.clock.now()
  const minutes = Math.min(120, Math.ceil((now - seen + seconds * 1000) / 60_000) + 1)
  const pods = `${name.replaceAll('.', '[.]')}-[a-z0-9-]+`
  const rate = `rate({__name__=~"${histograms}",namespace="${namespace}",pod=~"${pods}"}[2m])`
  const query = `histogram_quantile(0.95, sum by (le, cluster) (${rate}))`
  const read = await doctor.metricsQuery({ cluster: check.cluster, now: nowText(doctor) }, { query, minutes, signal })
  if (read.kind !== 'ok') return {}
  const points = read.value
    .flatMap((series) => series.points)
    .map(([time, value]) => [Date.parse(time), value] as const)
  const before = median(points.filter(([time]) => time < seen - 30_000))
  const after = median(points.filter(([time]) => time > Math.max(seen + 60_000, now - seconds * 1000)))
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }
}

const median = (points: readonly (readonly [number, number])[]): number | undefined => {
  const values = points
    .map(([, value]) => value)
    .filter((value) => Number.isFinite(value))
    .sort((a, b) => a - b)
  return values.length < 2 ? undefined : values[Math.floor(values.length / 2)]
}
