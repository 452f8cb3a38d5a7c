import type { Alert, AlertSource } from '../domain/alert.ts'
import { sha256 } from '../domain/canonical.ts'
import type { Unreadable, UnreadableReason } from '../domain/coverage.ts'
import { redact } from '../domain/redact.ts'
import { kindSchemas, sourceOf } from './schema/kinds.ts'
import { labels } from './schema/meta.ts'
import { isRecord, text, time } from './schema/shape.ts'
import type { ContainerLog, MetricSeries, WorkflowRun } from './view.ts'

/** What the documents of `clusterdoctor.dev` add to a snapshot. */
export type DoctorDocument =
  | { readonly kind: 'info'; readonly info: SnapshotInfo }
  | { readonly kind: 'log'; readonly log: ContainerLog }
  | { readonly kind: 'series'; readonly series: MetricSeries }
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'run'; readonly run: WorkflowRun }
  | { readonly kind: 'problem'; readonly message: string }

/** What a SnapshotInfo document says of the whole snapshot; times are RFC 3339. */
export type SnapshotInfo = {
  readonly cluster?: string
  readonly kubernetesVersion?: string
  readonly now?: string
  readonly unavailable: readonly Unreadable[]
}

/** The most characters of one container's log that are kept: its end, where the reason stands. */
export const longestLog = 512 * 1024

/** Reads one document of `clusterdoctor.dev`; what it must have and has not is a problem that says so. */
export const doctorDocument = (value: Record<string, unknown>): DoctorDocument => {
  switch (value['kind']) {
    case 'SnapshotInfo':
      return { kind: 'info', info: snapshotInfo(value) }
    case 'ContainerLog':
      return containerLog(value)
    case 'MetricSeries':
      return metricSeries(value)
    case 'Alert':
      return { kind: 'alert', alert: alert(value) }
    case 'WorkflowRun':
      return workflowRun(value)
    default:
      return problem(`has an unknown kind ${String(value['kind']).slice(0, 80)} of clusterdoctor.dev`)
  }
}

const problem = (message: string): DoctorDocument => ({ kind: 'problem', message })

/** A field where it has a value, so that absent fields stay absent. */
const given = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T }

const reasons: readonly UnreadableReason[] = [
  'forbidden',
  'unauthorized',
  'timeout',
  'unreachable',
  'malformed',
  'truncated',
  'throttled',
  'not-served',
  'not-configured',
]

/** The reason a source could not be read, from the words of whoever wrote it down. */
export const reasonFrom = (words: string): UnreadableReason => {
  const lower = words.toLowerCase().replaceAll(/[\s_]/g, '-')
  const exact = reasons.find((reason) => reason === lower)
  if (exact !== undefined) return exact
  if (/forbid|403|denied/.test(lower)) return 'forbidden'
  if (/unauth|401/.test(lower)) return 'unauthorized'
  if (/time|deadline/.test(lower)) return 'timeout'
  if (/404|not-?found|no-matches|not-served|absent/.test(lower)) return 'not-served'
  if (/429|throttl|too-many/.test(lower)) return 'throttled'
  return /trunc|partial/.test(lower) ? 'truncated' : /malform|invalid|parse/.test(lower) ? 'malformed' : 'unreachable'
}

/** A source by its usual name: `Secret`, `secrets` and `v1/secrets` are all `secrets`. */
export const sourceNamed = (name: string): string => {
  const bare = name.includes('/') ? (name.split('/').at(-1) ?? name) : name
  if (kindSchemas.has(bare)) return sourceOf(bare)
  const lower = bare.toLowerCase()
  for (const schema of kindSchemas.values()) {
    if (schema.kind.toLowerCase() === lower || `${schema.resource}.${schema.group}` === lower) return schema.resource
  }
  return lower
}

const snapshotInfo = (value: Record<string, unknown>): SnapshotInfo => {
  const list = Array.isArray(value['unavailable']) ? value['unavailable'] : []
  const unavailable = list.flatMap((one): readonly Unreadable[] => {
    if (typeof one === 'string') return [{ source: sourceNamed(one), reason: 'unreachable' }]
    const source = isRecord(one) ? text.json(one['source']) : undefined
    if (source === undefined || !isRecord(one)) return []
    const reason = text.json(one['reason']) ?? ''
    const message = text.json(one['message'])
    return [
      {
        source: sourceNamed(source),
        reason: reasonFrom(reason),
        ...given('message', message === undefined ? undefined : redact(message).slice(0, 300)),
      },
    ]
  })
  return {
    ...given('cluster', text.json(value['cluster'])),
    ...given('kubernetesVersion', text.json(value['kubernetesVersion'])),
    ...given('now', time.json(value['now'])),
    unavailable,
  }
}

const containerLog = (value: Record<string, unknown>): DoctorDocument => {
  const metadata = isRecord(value['metadata']) ? value['metadata'] : {}
  const [namespace, pod] = [text.json(metadata['namespace']), text.json(metadata['name'])]
  if (namespace === undefined || pod === undefined) return problem('is a ContainerLog without its pod in metadata')
  const body = text.json(value['text']) ?? ''
  const error = text.json(value['error'])
  return {
    kind: 'log',
    log: {
      namespace,
      pod,
      container: text.json(value['container']) ?? '',
      previous: value['previous'] === true,
      ...boundedLog(body),
      ...given('error', error === undefined ? undefined : redact(error).slice(0, 1000)),
    },
  }
}

/** The end of a log, redacted. */
export const boundedLog = (body: string): { readonly text: string; readonly truncated?: true } =>
  body.length > longestLog ? { text: redact(body.slice(-longestLog)), truncated: true } : { text: redact(body) }

const metricSeries = (value: Record<string, unknown>): DoctorDocument => {
  const metric = text.json(value['metric'])
  if (metric === undefined || !Array.isArray(value['points']))
    return problem('is a MetricSeries without metric or points')
  const points = value['points'].flatMap((point: unknown): readonly (readonly [string, number])[] => {
    if (!Array.isArray(point)) return []
    const [when, raw] = point as readonly unknown[]
    const at = time.json(typeof when === 'number' ? new Date(when * 1000) : when)
    const amount = typeof raw === 'string' ? Number(raw) : raw
    return at === undefined || typeof amount !== 'number' || !Number.isFinite(amount) ? [] : [[at, amount]]
  })
  points.sort((a, b) => Date.parse(a[0]) - Date.parse(b[0]))
  return { kind: 'series', series: { metric, labels: labels.json(value['labels']) ?? {}, points } }
}

const alertSources: readonly AlertSource[] = [
  'pagerduty',
  'alertmanager',
  'argocd',
  'github',
  'slack',
  'watch',
  'schedule',
]

const workloadLabels: readonly (readonly [string, string])[] = [
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['cronjob', 'CronJob'],
  ['job_name', 'Job'],
  ['pod', 'Pod'],
]

const alert = (value: Record<string, unknown>): Alert => {
  const own = labels.json(value['labels']) ?? {}
  const annotations = labels.json(value['annotations']) ?? {}
  const source = alertSources.find((one) => one === value['source']) ?? 'alertmanager'
  const fingerprint = sha256(JSON.stringify(Object.entries(own).sort())).slice(0, 16)
  const wanted = own['severity']?.toLowerCase()
  const namespace = own['namespace']
  const workload = workloadLabels.flatMap(([label, kind]) => {
    const name = own[label]
    return name === undefined ? [] : [{ kind, name }]
  })[0]
  return {
    source,
    deliveryId: fingerprint,
    fingerprint,
    status: value['status'] === 'resolved' ? 'resolved' : 'firing',
    title: redact(annotations['summary'] ?? own['alertname'] ?? annotations['description'] ?? 'alert').slice(0, 300),
    severity: wanted === 'critical' || wanted === 'page' ? 'critical' : wanted === 'info' ? 'info' : 'warning',
    labels: own,
    annotations,
    startsAt: time.json(value['startsAt']) ?? '',
    ...given('namespace', namespace),
    ...given('workload', workload),
  }
}

const workflowRun = (value: Record<string, unknown>): DoctorDocument => {
  const [repository, workflow] = [text.json(value['repository']), text.json(value['workflow'])]
  if (repository === undefined || workflow === undefined)
    return problem('is a WorkflowRun without repository or workflow')
  const steps = Array.isArray(value['failedSteps']) ? value['failedSteps'].filter(isRecord) : []
  return {
    kind: 'run',
    run: {
      repository,
      workflow,
      conclusion: text.json(value['conclusion']) ?? '',
      ...given('headSha', text.json(value['headSha'])),
      ...given('startedAt', time.json(value['startedAt'])),
      ...given('url', text.json(value['url'])),
      failedSteps: steps.map((step) => ({
        job: text.json(step['job']) ?? '',
        step: text.json(step['step']) ?? '',
        log: boundedLog(text.json(step['log']) ?? '').text,
      })),
    },
  }
}
