import type { KubeObject, Pod } from '../../domain/kubernetes.ts'
import type { LogSign } from '../../domain/log-sign.ts'
import type { ObjectRef } from '../../domain/object.ts'
import type { PodContainer } from '../../domain/pod-containers.ts'
import { latest, timeOf } from '../../domain/time.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { type ConfigUse, usesOf } from './config-sources.ts'

/** A ConfigMap or Secret that changed after the container had read it, with who changed it and when. */
export type StaleSource = {
  readonly ref: ObjectRef
  readonly use: ConfigUse
  readonly changedAt: string
  readonly by?: string
  readonly startedAt: string
}

/** When the content of an object last changed: its newest managed field, else its creation. */
export const changedAt = (object: KubeObject): { readonly at?: string; readonly by?: string } => {
  const fields = (object.metadata.managedFields ?? []).filter((one) => one.subresource === undefined)
  const at = latest([...fields.map((one) => one.time), object.metadata.creationTimestamp])
  const by = fields.find((one) => one.time === at)?.manager
  return { ...(at === undefined ? {} : { at }), ...(by === undefined ? {} : { by }) }
}

const find = (view: ClusterView, ref: ObjectRef): KubeObject | undefined =>
  ref.kind === 'Secret' ? view.get('Secret', ref.namespace, ref.name) : view.get('ConfigMap', ref.namespace, ref.name)

/**
 * The object whose old value the container still runs with: read once at start (env or sub-path) and changed since, while the
 * log tells of refused credentials or of a peer. Undefined where nothing changed after the start.
 */
export const staleSource = (
  view: ClusterView,
  pod: Pod,
  unit: PodContainer,
  sign: LogSign | undefined,
): StaleSource | undefined => {
  if (sign?.kind !== 'credentials' && sign?.kind !== 'dependency' && sign?.kind !== 'certificate') return undefined
  const running = unit.status?.state?.running?.startedAt
  // A container that keeps restarting reads its environment anew each time; only pods keep sub-path mounts.
  const started = running ?? unit.status?.lastState?.terminated?.startedAt ?? pod.status?.startTime
  const begin = timeOf(started)
  if (started === undefined || begin === undefined) return undefined
  for (const use of usesOf(pod, unit.container, pod.metadata.namespace ?? '')) {
    if (use.how === 'volume' && sign.kind !== 'certificate' && sign.kind !== 'credentials') continue
    if (
      sign.kind === 'credentials' &&
      use.ref.kind !== 'Secret' &&
      !/pass|secret|token|cred|key|user/i.test(`${use.key ?? ''} ${use.as ?? ''}`)
    )
      continue
    const object = find(view, use.ref)
    if (object === undefined) continue
    const { at, by } = changedAt(object)
    const changed = timeOf(at)
    const created = timeOf(object.metadata.creationTimestamp)
    if (at === undefined || changed === undefined || changed <= begin + 1000 || changed === created) continue
    if (sign.kind === 'dependency' && !namesPeer(object, sign.dependency.host)) continue
    return { ref: use.ref, use, changedAt: at, startedAt: started, ...(by === undefined ? {} : { by }) }
  }
  return undefined
}

// The ConfigMap held a host once, and what it holds now is another one: the old one is what the process still calls.
const namesPeer = (object: KubeObject, host: string | undefined): boolean => {
  if (host === undefined || object.kind !== 'ConfigMap') return false
  const values = Object.values((object as { data?: Readonly<Record<string, string>> }).data ?? {})
  return (
    values.length > 0 &&
    !values.some((value) => value.includes(host)) &&
    values.some((value) => /[a-z0-9-]+[.:][a-z0-9]/i.test(value))
  )
}
