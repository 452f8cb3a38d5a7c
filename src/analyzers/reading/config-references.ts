import type { Observation } from '../../domain/evidence.ts'
import { type Container, type Pod, refOf } from '../../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../../domain/object.ts'
import { observe, observeEvent } from '../../domain/observe.ts'
import { containersOf } from '../../domain/pod-containers.ts'
import { isPodReady } from '../../domain/pod-state.ts'
import { within } from '../../domain/time.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { type ConfigUse, usesOf, volumeUses } from './config-sources.ts'
import { startFailures } from './start-failures.ts'

/** A ConfigMap or Secret, or a key of one, that a workload names and that is not there. */
export type MissingReference = {
  readonly workload: Workload
  readonly pod?: Pod
  readonly ref: ObjectRef
  readonly key?: string
  /** Where it is named: `env DB_PASSWORD of container app`, `volume config`. */
  readonly where: string
  readonly evidence: readonly Observation[]
  /** kubelet: it says so; absent: the cluster was read and has none; `both`. */
  readonly told: 'kubelet' | 'absent' | 'both'
  /** True where pods are held up by it now, false where only the next start will be. */
  readonly blocking: boolean
}

/** What the kubelet says is missing, in the wording of Kubernetes 1.20 to 1.36. */
export type Said = { readonly kind: 'ConfigMap' | 'Secret'; readonly name?: string; readonly key?: string }

/** Reads the missing object or key out of a kubelet message; undefined where it tells of none. */
export const missingIn = (text: string): Said | undefined => {
  const key = /couldn't find key (\S{1,253}) in (ConfigMap|Secret) (?:[\w.-]{1,63}\/)?([\w.-]{1,253})/i.exec(text)
  if (key !== null)
    return { kind: /secret/i.test(key[2] ?? '') ? 'Secret' : 'ConfigMap', name: key[3] ?? '', key: key[1] ?? '' }
  const item = /references non-existent (config|secret) key: ?(\S{1,253})/i.exec(text)
  if (item !== null)
    return {
      kind: item[1]?.toLowerCase() === 'secret' ? 'Secret' : 'ConfigMap',
      key: (item[2] ?? '').replace(/[",.]$/, ''),
    }
  const object = /(configmap|secret)s? "(?:[\w.-]{1,63}\/)?([\w.-]{1,253})" not found/i.exec(text)
  return object === null
    ? undefined
    : { kind: /secret/i.test(object[1] ?? '') ? 'Secret' : 'ConfigMap', name: object[2] ?? '' }
}

const ref = (said: Said, namespace: string, name: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: said.kind,
  namespace,
  name,
})

const volumeOf = (text: string): string | undefined => /for volume "([^"]{1,253})"/.exec(text)?.[1]

// A volume message names the key, and the volume; the object is the one that the volume holds.
const nameFrom = (pod: Pod, said: Said, text: string): string | undefined => {
  if (said.name !== undefined) return said.name
  const volume = volumeOf(text)
  const uses = volumeUses(pod, pod.metadata.namespace ?? '').filter(
    (use) => use.ref.kind === said.kind && (volume === undefined || use.volume === volume),
  )
  return (uses.find((use) => use.items?.includes(said.key ?? '') === true) ?? uses[0])?.ref.name
}

const fromKubelet = (view: ClusterView): readonly MissingReference[] => {
  const waiting = startFailures(view).flatMap((one): MissingReference[] => {
    const said = missingIn(one.message)
    const name = said === undefined ? undefined : nameFrom(one.pod, said, one.message)
    if (said === undefined || name === undefined) return []
    const uses = usesOf(one.pod, one.unit.container, one.pod.metadata.namespace ?? '').filter(
      (use) => use.ref.name === name && use.ref.kind === said.kind,
    )
    const use = uses.find((candidate) => said.key === undefined || candidate.key === said.key)
    return [
      {
        workload: one.workload,
        pod: one.pod,
        ref: ref(said, one.pod.metadata.namespace ?? '', name),
        ...(said.key === undefined ? {} : { key: said.key }),
        where: `${use?.as === undefined ? 'the environment' : `env ${use.as}`} of container ${one.unit.name}`,
        evidence: [observe(one.from, refOf(one.pod), `${one.reason}: ${one.message}`, one.at)],
        told: 'kubelet',
        blocking: true,
      },
    ]
  })
  const mounts = view.eventsByReason('FailedMount').flatMap((event): MissingReference[] => {
    const pod =
      event.regarding.name === undefined
        ? undefined
        : view.get('Pod', event.regarding.namespace ?? event.metadata.namespace, event.regarding.name)
    const said = missingIn(event.note ?? '')
    if (pod === undefined || said === undefined || pod.metadata.deletionTimestamp !== undefined || !isHeldUp(pod))
      return []
    if (!within(event.lastSeen, view.now, 3600)) return []
    const name = nameFrom(pod, said, event.note ?? '')
    if (name === undefined) return []
    return [
      {
        workload: view.workloadOf(pod),
        pod,
        ref: ref(said, pod.metadata.namespace ?? '', name),
        ...(said.key === undefined ? {} : { key: said.key }),
        where: `volume ${volumeOf(event.note ?? '') ?? '?'}`,
        evidence: [observeEvent(refOf(pod), event)],
        told: 'kubelet',
        blocking: true,
      },
    ]
  })
  return [...waiting, ...mounts]
}

/** Whether containers of a pod wait to be created: where a missing reference shows. */
export const isHeldUp = (pod: Pod): boolean =>
  pod.status?.phase === 'Pending' ||
  containersOf(pod).some((unit) =>
    /^(?:ContainerCreating|PodInitializing|CreateContainerConfigError)$/.test(
      unit.status?.state?.waiting?.reason ?? '',
    ),
  )

const whereText = (use: ConfigUse, container: string): string =>
  use.how === 'env'
    ? `env ${use.as ?? '?'} of container ${container}`
    : use.how === 'env-from'
      ? `envFrom of container ${container}`
      : `the volume at ${use.as ?? '?'} of container ${container}`

const wantedKeys = (use: ConfigUse): readonly string[] => (use.key === undefined ? (use.items ?? []) : [use.key])

const keysOf = (view: ClusterView, object: ObjectRef): readonly string[] | undefined => {
  if (object.kind === 'Secret') return view.get('Secret', object.namespace, object.name)?.keys
  const map = view.get('ConfigMap', object.namespace, object.name)
  return map?.keys ?? (map?.data === undefined ? undefined : Object.keys(map.data))
}

// Made by controllers right after the namespace, or by the platform: their absence from a dump means nothing.
const provided = (name: string): boolean =>
  name === 'kube-root-ca.crt' || name === 'openshift-service-ca.crt' || /^istio-ca-root-cert$/.test(name)

const fromSpec = (
  view: ClusterView,
  workload: Workload,
  pod: Pod | undefined,
  spec: Pick<Pod, 'spec'>,
  blocking: boolean,
): readonly MissingReference[] => {
  const ns = workload.ref.namespace ?? ''
  const containers: readonly Container[] = [...(spec.spec?.initContainers ?? []), ...(spec.spec?.containers ?? [])]
  const mounted = new Set(containers.flatMap((one) => (one.volumeMounts ?? []).map((mount) => mount.name)))
  // The kubelet prepares every volume of a pod, also those that no container mounts.
  const idle = volumeUses(spec, ns).filter((use) => !mounted.has(use.volume))
  const first = containers[0]
  return containers.flatMap((container) =>
    [...usesOf(spec, container, ns), ...(container === first ? idle : [])].flatMap((use): MissingReference[] => {
      if (use.optional || provided(use.ref.name)) return []
      const base = {
        workload,
        ref: use.ref,
        where: whereText(use, container.name),
        told: 'absent' as const,
        blocking,
        ...(pod === undefined ? {} : { pod }),
      }
      const about = pod === undefined ? workload.ref : refOf(pod)
      const kind = use.ref.kind === 'Secret' ? 'Secret' : 'ConfigMap'
      if (view.presence(kind, ns, use.ref.name) === 'absent') {
        return [
          {
            ...base,
            evidence: [
              observe('spec', about, `${base.where} names ${kind} ${use.ref.name}; there is none in namespace ${ns}`),
            ],
          },
        ]
      }
      const keys = keysOf(view, use.ref)
      if (keys === undefined) return []
      return wantedKeys(use)
        .filter((key) => !keys.includes(key))
        .map((key) => ({
          ...base,
          key,
          evidence: [
            observe(
              'spec',
              about,
              `${base.where} wants key ${key} of ${kind} ${use.ref.name}, which has ${keys.length === 0 ? 'no keys' : keys.slice(0, 8).join(', ')}`,
            ),
          ],
        }))
    }),
  )
}

const wantsPods = (workload: Workload): boolean =>
  workload.ref.kind !== 'Pod' && workload.ref.kind !== 'Job' && (workload.replicas ?? 1) > 0

const fromSpecs = (view: ClusterView): readonly MissingReference[] =>
  view.workloads.flatMap((workload) => {
    const pods = view
      .podsOf(workload.ref)
      .filter(
        (pod) =>
          pod.metadata.deletionTimestamp === undefined &&
          pod.status?.phase !== 'Succeeded' &&
          pod.status?.phase !== 'Failed',
      )
    const held = pods.filter((pod) => !isPodReady(pod) && isHeldUp(pod))
    const found = held.slice(0, 3).flatMap((pod) => fromSpec(view, workload, pod, pod, true))
    if (found.length > 0 || !wantsPods(workload) || workload.template === undefined) return found
    return fromSpec(view, workload, undefined, workload.template, false)
  })

const cache = new WeakMap<ClusterView, readonly MissingReference[]>()

/** Every missing ConfigMap, Secret or key that a workload names, what the kubelet says and what the specs show joined. */
export const missingReferences = (view: ClusterView): readonly MissingReference[] => {
  const known = cache.get(view)
  if (known !== undefined) return known
  const joined = new Map<string, MissingReference>()
  for (const one of [...fromKubelet(view), ...fromSpecs(view)]) {
    // What the kubelet complained about may have been put right since.
    const keys = one.key === undefined ? undefined : keysOf(view, one.ref)
    const there =
      one.key === undefined
        ? view.presence(one.ref.kind as 'Secret' | 'ConfigMap', one.ref.namespace, one.ref.name) === 'present'
        : keys?.includes(one.key) === true
    if (there) continue
    const key = `${refKey(one.workload.ref)} ${refKey(one.ref)} ${one.key ?? ''}`
    const before = joined.get(key)
    joined.set(
      key,
      before === undefined
        ? one
        : {
            ...before,
            evidence: [...before.evidence, ...one.evidence].slice(0, 6),
            told: before.told === one.told ? one.told : 'both',
            blocking: before.blocking || one.blocking,
          },
    )
  }
  const all = [...joined.values()]
  cache.set(view, all)
  return all
}
