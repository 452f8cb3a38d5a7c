import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type KubeObject, type PersistentVolumeClaim, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { podsMounting } from './reading/claims.ts'
import { troubleOf } from './reading/control-plane.ts'
import { isReady } from './reading/workload-health.ts'

/** Kinds with a check of their own. */
const elsewhere = new Set(['Pod', 'Namespace', 'Event'])

type Holder = { readonly text: string; readonly dependsOn: readonly ObjectRef[]; readonly fix: string }

const generic = new Set([
  'io',
  'com',
  'org',
  'net',
  'dev',
  'k8s',
  'sigs',
  'finalizer',
  'finalizers',
  'kubernetes',
  'example',
  'controller',
  'operator',
  'cluster',
])

// The controller that should clear it: a workload whose name has a word of the finalizer's domain.
const controllerOf = (view: ClusterView, finalizer: string): Holder | undefined => {
  const words = finalizer
    .toLowerCase()
    .split(/[./-]/)
    .filter((word) => word.length > 3 && !generic.has(word))
  const candidates = view.workloads.filter(
    (one) =>
      one.ref.kind !== 'Pod' &&
      /operator|controller|manager|server|provisioner|crossplane/.test(one.ref.name) &&
      words.some((word) => one.ref.name.includes(word) || (one.ref.namespace ?? '').includes(word)),
  )
  const bad = candidates.find((one) => !view.podsOf(one.ref).some(isReady))
  if (bad !== undefined) {
    const pods = view.podsOf(bad.ref)
    const trouble = pods.flatMap((pod) => troubleOf(pod) ?? [])[0]
    const state = pods.length === 0 ? `has no pods (replicas ${bad.replicas ?? '?'})` : (trouble ?? 'is not ready')
    return {
      text: `its controller ${refText(bad.ref)} ${state}`,
      dependsOn: [bad.ref, ...pods.map(refOf)],
      fix: `Bring its controller back: ${kubectl(bad.ref, 'describe')}`,
    }
  }
  const [well] = candidates
  if (well === undefined) {
    return {
      text: 'no controller that would clear it was found here',
      dependsOn: [],
      fix: 'Find out which controller owns the finalizer, and whether it is still installed.',
    }
  }
  return {
    text: `its controller looks like ${refText(well.ref)}, which runs; its log should say what it waits for`,
    dependsOn: [],
    fix: `Read its log: ${kubectl(well.ref, 'logs', '--tail=100')}`,
  }
}

const holderOf = (view: ClusterView, object: KubeObject, finalizer: string): Holder | undefined => {
  if (finalizer === 'kubernetes.io/pvc-protection') {
    const pods = podsMounting(view, object as PersistentVolumeClaim)
    return pods.length === 0
      ? undefined
      : {
          text: `it is still used by ${some(pods.map((pod) => pod.metadata.name))}`,
          dependsOn: pods.map(refOf),
          fix: 'It goes when the pods that use it are gone: that is protection, not a fault.',
        }
  }
  if (finalizer === 'kubernetes.io/pv-protection') {
    return { text: 'it is still bound to a claim', dependsOn: [], fix: 'It goes when its claim is gone.' }
  }
  if (finalizer === 'foregroundDeletion') {
    const dependents = view.kinds
      .flatMap((kind) => view.list(kind))
      .filter((one) =>
        one.metadata.ownerReferences?.some((owner) => owner.uid !== undefined && owner.uid === object.metadata.uid),
      )
    return {
      text: `it waits for what it owns: ${some(dependents.map((one) => `${one.kind} ${one.metadata.name}`)) || 'nothing seen here'}`,
      dependsOn: dependents.map(refOf),
      fix: 'Look at what it owns and why that does not go.',
    }
  }
  return controllerOf(view, finalizer)
}

const findingOf = (view: ClusterView, object: KubeObject): Finding | undefined => {
  const { deletionTimestamp, finalizers = [], namespace } = object.metadata
  const [finalizer] = finalizers
  if (deletionTimestamp === undefined || finalizer === undefined) return undefined
  if (!lasted(deletionTimestamp, view.now, 300) || elsewhere.has(object.kind)) return undefined
  const home = namespace === undefined ? undefined : view.get('Namespace', undefined, namespace)
  if (home?.metadata.deletionTimestamp !== undefined) return undefined
  const ref = refOf(object)
  const holder = holderOf(view, object, finalizer)
  const guard = finalizer.startsWith('kubernetes.io/p')
  return {
    code: 'finalizer-stuck',
    severity: 'warning',
    object: ref,
    summary: `${refText(ref)} has been deleting since ${deletionTimestamp} and does not go: finalizer ${finalizers.join(', ')} is not cleared${holder === undefined ? '' : `; ${holder.text}`}`,
    evidence: [
      observe(
        'status',
        ref,
        `deletionTimestamp ${deletionTimestamp}; finalizers: ${finalizers.join(', ')}`,
        deletionTimestamp,
      ),
    ],
    confidence: guard ? 0.7 : 0.95,
    since: deletionTimestamp,
    ...(holder === undefined || holder.dependsOn.length === 0 ? {} : { dependsOn: holder.dependsOn }),
    fix: [
      ...(holder === undefined ? [] : [holder.fix]),
      ...(guard
        ? []
        : [
            `Last resort, when what it guards is surely cleaned up: ${kubectl(ref, 'patch', `--type=merge -p '{"metadata":{"finalizers":null}}'`)}`,
          ]),
    ],
    facts: { finalizer },
  }
}

/** Objects that were deleted minutes ago and are held by a finalizer, with who should clear it. */
export const analyzer: Analyzer = {
  id: 'finalizer-stuck',
  codes: ['finalizer-stuck'],
  needs: [],
  analyze: (view) => {
    const found = new Map<string, Finding>()
    for (const object of view.kinds.flatMap((kind) => view.list(kind))) {
      const finding = findingOf(view, object)
      if (finding !== undefined) found.set(refKey(finding.object), finding)
    }
    return [...found.values()]
  },
}
