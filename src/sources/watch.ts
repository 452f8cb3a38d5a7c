import type { Alert } from '../domain/alert.ts'
import { conditionOf, numberAt, textAt } from '../domain/at.ts'
import { sha256 } from '../domain/canonical.ts'
import type { Condition, KubeObject } from '../domain/kubernetes.ts'
import { parseNotice } from './argocd.ts'
import { cleanText, limits } from './reading/bounds.ts'
import type { Source } from './source.ts'

/** What is wrong with an object right now, and since when it has stood still: what moves may yet heal by itself. */
export type Trouble = { readonly alert: Alert; readonly stillSince: string | undefined }

/** The kinds whose trouble is a signal. */
export const watchedKinds = ['Deployment', 'StatefulSet', 'DaemonSet', 'Node', 'Application'] as const

type Lack = { readonly text: string; readonly severity: Alert['severity']; readonly stillSince?: string | undefined }

/**
 * The trouble of an object as its own status says it; undefined where it is well, wanted to be away, or its status is not
 * about its spec yet. Pure: how long it has to last before anybody is told is decided by who asks.
 */
export const troubleOf = (object: KubeObject, cluster: string, at: string): Trouble | undefined => {
  if (object.metadata.deletionTimestamp !== undefined) return undefined
  if (object.kind === 'Application') return applicationTrouble(object, cluster, at)
  const observed = numberAt(object, 'status', 'observedGeneration')
  if (observed !== undefined && observed < (object.metadata.generation ?? 0)) return undefined
  const lack = lackOf(object)
  if (lack === undefined) return undefined
  const { namespace, name, labels = {} } = object.metadata
  const place = namespace === undefined ? name : `${namespace}/${name}`
  const team = labels['team'] ?? labels['owner'] ?? labels['squad']
  const alert: Alert = {
    source: 'watch',
    deliveryId: '',
    fingerprint: sha256(['watch', cluster, object.kind, namespace ?? '', name].join('\0')),
    status: 'firing',
    title: cleanText(`${object.kind} ${place}: ${lack.text}`, limits.title),
    severity: lack.severity,
    labels: { kind: object.kind, name, ...(team === undefined ? {} : { team: cleanText(team, 80) }) },
    annotations: {},
    startsAt: at,
    cluster,
    ...(namespace === undefined ? {} : { namespace, workload: { kind: object.kind, name } }),
  }
  return { alert, stillSince: lack.stillSince }
}

const lackOf = (object: KubeObject): Lack | undefined => {
  const number = (...path: readonly string[]): number | undefined => numberAt(object, ...path)
  switch (object.kind) {
    case 'Deployment': {
      const wanted = number('spec', 'replicas') ?? 1
      const moved = condition(object, 'Progressing')
      return lacking(number('status', 'availableReplicas') ?? 0, wanted, 'available', moved?.lastUpdateTime)
    }
    case 'StatefulSet':
      return lacking(number('status', 'readyReplicas') ?? 0, number('spec', 'replicas') ?? 1, 'ready')
    case 'DaemonSet':
      return lacking(number('status', 'numberReady') ?? 0, number('status', 'desiredNumberScheduled') ?? 0, 'ready')
    case 'Node': {
      const ready = condition(object, 'Ready')
      if (ready === undefined || ready.status === 'True') return undefined
      const text = ready.status === 'Unknown' ? 'its kubelet does not answer' : 'it is not ready'
      return { text, severity: 'critical', stillSince: ready.lastTransitionTime }
    }
    default:
      return undefined
  }
}

const condition = (object: KubeObject, type: string): Condition | undefined =>
  conditionOf((object as { status?: { conditions?: readonly Condition[] } }).status?.conditions, type)

const lacking = (there: number, wanted: number, state: string, stillSince?: string): Lack | undefined => {
  if (there >= wanted) return undefined
  const pods = wanted === 1 ? 'its pod is not' : `${there} of ${wanted} pods are`
  const text = there === 0 && wanted > 1 ? `none of its ${wanted} pods is ${state}` : `${pods} ${state}`
  return { text, severity: there === 0 ? 'critical' : 'warning', stillSince }
}

/** The same notice that Argo CD's own notifications would have sent, so that both are one trouble. */
const applicationTrouble = (object: KubeObject, cluster: string, at: string): Trouble | undefined => {
  const notice = {
    app_name: object.metadata.name,
    cluster,
    namespace: textAt(object, 'spec', 'destination', 'namespace'),
    health_status: textAt(object, 'status', 'health', 'status'),
    sync_status: textAt(object, 'status', 'sync', 'status'),
    operation_phase: textAt(object, 'status', 'operationState', 'phase'),
    message: textAt(object, 'status', 'operationState', 'message'),
    revision: textAt(object, 'status', 'sync', 'revision'),
    repo_url: textAt(object, 'spec', 'source', 'repoURL'),
  }
  const parsed = parseNotice(notice, at)
  const alert = parsed.kind === 'alerts' ? parsed.alerts[0] : undefined
  if (alert?.status !== 'firing') return undefined
  return { alert: { ...alert, source: 'watch' }, stillSince: textAt(object, 'status', 'health', 'lastTransitionTime') }
}

/** The clusters' own state as a source: nobody sends it, so no request to the listener can be from it. */
export const source: Source = {
  id: 'watch',
  deliveryIds: 'computed',
  rememberSeconds: 86_400,
  verify: () => false,
  parse: () => ({ kind: 'ignored', reason: 'nobody sends what is watched' }),
}
