import { labelsAt, numberAt, textAt } from '../../domain/at.ts'
import type { BlastRadius } from '../../domain/change.ts'
import type { Container, KubeObject, LabelSelector, PodTemplate } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { compareRefs, refText, sameRef } from '../../domain/object.ts'
import type { SuccessCheck } from '../../domain/plan.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import { matchesLabels, matchesSelector } from '../../domain/selector.ts'
import type { Related } from '../action.ts'

/** The kinds that keep pods alive from a template. */
export const workloadKinds = ['Deployment.apps', 'StatefulSet.apps', 'DaemonSet.apps'] as const

type WorkloadSpec = {
  readonly replicas?: number
  readonly paused?: boolean
  readonly selector?: LabelSelector
  readonly template?: PodTemplate
  readonly strategy?: { readonly type?: string }
  readonly updateStrategy?: { readonly type?: string }
  readonly progressDeadlineSeconds?: number
}

/** The spec of a workload; its kind was checked before. */
export const specOf = (workload: KubeObject): WorkloadSpec => (workload.spec ?? {}) as WorkloadSpec

/** Where a container stands in the template, by name: plain containers, then init containers (sidecars). */
export const containerIn = (
  workload: KubeObject,
  name: string | undefined,
): { readonly container: Container; readonly path: readonly (string | number)[] } | Refusal => {
  const pod = specOf(workload).template?.spec
  const lists = ['containers', 'initContainers'] as const
  const only = pod?.containers?.length === 1 ? pod.containers[0]?.name : undefined
  const wanted = name ?? only
  if (wanted === undefined)
    return refused('container-needed', `Say which container: ${pod?.containers?.map((c) => c.name).join(', ')}.`)
  for (const list of lists) {
    const index = pod?.[list]?.findIndex((container) => container.name === wanted) ?? -1
    const container = pod?.[list]?.[index]
    if (container !== undefined) return { container, path: ['spec', 'template', 'spec', list, index] }
  }
  return refused('container-unknown', `${refText(refOf(workload))} has no container ${JSON.stringify(wanted)}.`)
}

/** The HPAs that scale this workload. */
export const autoscalersOf = (workload: KubeObject, related: Related): readonly KubeObject[] =>
  related.autoscalers.filter(
    (hpa) =>
      textAt(hpa, 'spec', 'scaleTargetRef', 'kind') === workload.kind &&
      textAt(hpa, 'spec', 'scaleTargetRef', 'name') === workload.metadata.name,
  )

/** The pods that the workload's selector selects; a selector that is missing selects none. */
export const podsOf = (workload: KubeObject, related: Related): readonly KubeObject[] =>
  related.pods.filter((pod) => matchesSelector(specOf(workload).selector, pod.metadata.labels))

/** What replacing the pods of a workload can hurt, in numbers and in words. */
export const blastOfRollout = (workload: KubeObject, related: Related): BlastRadius => {
  const labels = specOf(workload).template?.metadata?.labels
  const services = related.services.filter((service) => {
    const selector = labelsAt(service, 'spec', 'selector')
    return Object.keys(selector).length > 0 && matchesLabels(selector, labels)
  })
  const pods = podsOf(workload, related).length
  const desired = numberAt(workload, 'status', 'desiredNumberScheduled') ?? specOf(workload).replicas ?? 1
  return {
    pods: Math.max(pods, desired),
    workloads: 1,
    services: services.length,
    objects: [refOf(workload), ...services.map(refOf)].sort(compareRefs),
    notes: notesOf(workload, related),
  }
}

const notesOf = (workload: KubeObject, related: Related): readonly string[] => {
  const spec = specOf(workload)
  const labels = spec.template?.metadata?.labels
  const guarded = related.disruptionBudgets.some((pdb) => {
    const selector = (pdb.spec as { readonly selector?: LabelSelector } | undefined)?.selector
    return matchesSelector(selector, labels)
  })
  const hpa = autoscalersOf(workload, related)[0]
  return [
    ...(guarded ? [] : ['no PodDisruptionBudget']),
    ...(hpa === undefined ? [] : [`HorizontalPodAutoscaler ${hpa.metadata.name} scales this`]),
    ...(spec.strategy?.type === 'Recreate' ? ['strategy Recreate: all pods stop before new ones start'] : []),
    ...(spec.updateStrategy?.type === 'OnDelete' ? ['update strategy OnDelete: pods change only when deleted'] : []),
    ...(related.unread.length === 0 ? [] : [`not counted, could not be read: ${related.unread.join(', ')}`]),
  ]
}

/** Success of anything that rolls pods: as many as wanted, of the new template, ready and steady. */
export const rolloutSucceeds = (workload: KubeObject): SuccessCheck => {
  const { uid: _, ...target } = refOf(workload) as ReturnType<typeof refOf> & { uid?: string }
  const deadline = specOf(workload).progressDeadlineSeconds ?? 180
  return { kind: 'rollout-complete', target, within: Math.min(600, Math.max(120, Math.min(deadline, 180))), steady: 20 }
}

/** Why pods of this workload cannot be replaced by changing its template, where they cannot. */
export const cannotRoll = (workload: KubeObject): Refusal | undefined => {
  const spec = specOf(workload)
  if (spec.paused === true)
    return refused('rollout-paused', `${refText(refOf(workload))} is paused; resume it first, or nothing would roll.`)
  if (spec.updateStrategy?.type === 'OnDelete')
    return refused('on-delete', `${refText(refOf(workload))} replaces pods only when they are deleted by hand.`)
  return undefined
}

/** Whether both are the same workload, for choosing what it controls. */
export const controls = (workload: KubeObject, child: KubeObject): boolean =>
  (child.metadata.ownerReferences ?? []).some(
    (owner) =>
      owner.controller === true &&
      owner.uid === workload.metadata.uid &&
      sameRef(
        { apiVersion: owner.apiVersion ?? '', kind: owner.kind ?? '', name: owner.name ?? '' },
        { apiVersion: workload.apiVersion, kind: workload.kind, name: workload.metadata.name },
      ),
  )
