import { at, conditionOf, conditionsAt, listAt, numberAt, textAt, trueAt } from '../domain/at.ts'
import type { Read } from '../domain/coverage.ts'
import { type Delivery, deliveryText } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { ClusterReader } from '../ports.ts'
import { ownerRef } from './source.ts'

/** How the delivery from Git stands: which commits it is at, whether the cluster is as they say, and how it feels. */
export type DeliveryView = {
  /** Commits that are applied; empty where the tool does not tell (a HelmRelease knows only its chart). */
  readonly revisions: readonly string[]
  readonly synced: boolean
  readonly health: 'healthy' | 'progressing' | 'degraded' | 'unknown'
  /** For people: `OutOfSync, Degraded`. */
  readonly text: string
  /** Nobody but a person starts the next sync. */
  readonly manual: boolean
  /** What the tool says went wrong with its newest attempt. */
  readonly failure?: string
}

/** Reads the Application, Kustomization or HelmRelease that delivers an object. Could-not-read is never healthy. */
export const readDelivery = async (
  reader: ClusterReader,
  owner: Delivery,
  signal?: AbortSignal,
): Promise<Read<DeliveryView>> => {
  const read = await reader.get(ownerRef(owner), signal)
  if (read.kind !== 'ok') return read
  return { kind: 'ok', value: owner.tool === 'argocd' ? ofArgo(read.value) : ofFlux(read.value, owner) }
}

const ofArgo = (application: KubeObject): DeliveryView => {
  const sync = textAt(application, 'status', 'sync', 'status') ?? 'Unknown'
  const health = textAt(application, 'status', 'health', 'status') ?? 'Unknown'
  const phase = textAt(application, 'status', 'operationState', 'phase')
  const failed = phase === 'Failed' || phase === 'Error'
  const condition = conditionsAt(application).find((one) => /Error$/.test(one.type ?? ''))
  const failure = failed ? textAt(application, 'status', 'operationState', 'message') : condition?.message
  const one = textAt(application, 'status', 'sync', 'revision')
  const many = listAt(application, 'status', 'sync', 'revisions').filter((item) => typeof item === 'string')
  return {
    revisions: one === undefined ? (many as string[]) : [one],
    synced: sync === 'Synced',
    health: argoHealth[health] ?? 'unknown',
    text: `${sync}, ${health}`,
    manual: !automated(application),
    ...(failure === undefined ? {} : { failure }),
  }
}

const automated = (application: KubeObject): boolean => {
  const policy = at(application, 'spec', 'syncPolicy', 'automated')
  return typeof policy === 'object' && policy !== null && at(policy, 'enabled') !== false
}

const argoHealth: Readonly<Record<string, DeliveryView['health']>> = {
  Healthy: 'healthy',
  Progressing: 'progressing',
  Suspended: 'progressing',
  Degraded: 'degraded',
  Missing: 'degraded',
}

const ofFlux = (object: KubeObject, owner: Delivery): DeliveryView => {
  const ready = conditionOf(conditionsAt(object), 'Ready')
  const current = numberAt(object, 'status', 'observedGeneration') === object.metadata.generation
  const applied = owner.kind === 'Kustomization' ? textAt(object, 'status', 'lastAppliedRevision') : undefined
  const commit = /(?:sha1:|\/)([0-9a-f]{40})$/.exec(applied ?? '')?.[1]
  const good = ready?.status === 'True' && current
  const failed = ready?.status === 'False' && ready.reason !== 'Progressing' && ready.reason !== 'DependencyNotReady'
  return {
    revisions: commit === undefined ? [] : [commit],
    synced: good,
    health: good ? 'healthy' : failed ? 'degraded' : ready === undefined ? 'unknown' : 'progressing',
    text:
      ready === undefined
        ? 'no Ready condition yet'
        : `Ready ${ready.status}${ready.reason ? ` (${ready.reason})` : ''}`,
    manual: trueAt(object, 'spec', 'suspend'),
    ...(failed && ready.message !== undefined ? { failure: ready.message } : {}),
  }
}

/** How people call what is waited for: `Argo CD app payments is OutOfSync, Degraded`. */
export const deliveryState = (owner: Delivery, view: DeliveryView): string =>
  `${deliveryText(owner)} is ${view.text}${view.failure === undefined ? '' : `: ${view.failure.replace(/\s+/g, ' ').slice(0, 200)}`}`
