import { at, labelsAt, listAt, textAt } from '../../domain/at.ts'
import type { KubeObject, LabelSelector } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { podSpecOf } from '../../domain/manifest.ts'
import { compareRefs, type ObjectRef } from '../../domain/object.ts'
import { matchesLabels, matchesSelector } from '../../domain/selector.ts'
import { count, some } from '../../domain/words.ts'
import type { Related } from '../action.ts'
import { autoscalersOf } from './workload.ts'

/** What goes when an object goes, and what is left hanging: in numbers, as objects, and in words for the card. */
export type GoesWith = {
  readonly pods: readonly KubeObject[]
  readonly objects: readonly ObjectRef[]
  readonly services: readonly KubeObject[]
  readonly notes: readonly string[]
}

type Need = keyof Omit<Related, 'unread'>

/** What must be read to tell what goes with an object of this kind; each is one list of its namespace. */
export const readForDelete = (kind: string): readonly Need[] => {
  switch (kind) {
    case 'Deployment':
    case 'DaemonSet':
      return ['namespacePods', 'services', 'disruptionBudgets']
    case 'StatefulSet':
      return ['namespacePods', 'services', 'disruptionBudgets', 'claims']
    case 'CronJob':
      return ['jobs', 'namespacePods']
    case 'Job':
      return ['namespacePods']
    case 'Pod':
      return ['namespacePods', 'services', 'disruptionBudgets']
    case 'Service':
      return ['ingresses']
    case 'ConfigMap':
      return ['namespacePods']
    case 'PersistentVolumeClaim':
      return ['namespacePods', 'volumes']
    default:
      return []
  }
}

/** Looks up the owner references below an object, and what refers to it or to its pods. `target` is a whole object. */
export const goesWith = (target: KubeObject, related: Related): GoesWith => {
  const owned = ownedBy(target, related)
  const pods = target.kind === 'Pod' ? [target] : owned.filter((object) => object.kind === 'Pod')
  const services = servicesLeft(pods, related)
  const others = owned.filter((object) => object.kind !== 'Pod')
  return {
    pods,
    objects: owned.map(refOf).sort(compareRefs),
    services,
    notes: [
      ...(owned.length === 0 || target.kind === 'Pod' ? [] : [`takes ${kindsText(pods, others)} with it`]),
      ...services.map((service) => `Service ${service.metadata.name} is left without endpoints`),
      ...budgetNotes(pods, related),
      ...autoscalersOf(target, related).map(
        (hpa) => `HorizontalPodAutoscaler ${hpa.metadata.name} has nothing left to scale`,
      ),
      ...routeNotes(target, related),
      ...userNotes(target, related),
      ...claimNotes(target, related),
      ...finalizerNotes(target),
    ],
  }
}

/** Everything below an object by owner references, however deep. */
const ownedBy = (target: KubeObject, related: Related): readonly KubeObject[] => {
  const { replicaSets, controllerRevisions, jobs = [], claims = [], namespacePods = [] } = related
  const all = [...replicaSets, ...jobs, ...controllerRevisions, ...claims, ...namespacePods]
  const uids = new Set([target.metadata.uid])
  const found: KubeObject[] = []
  for (let grown = true; grown; ) {
    grown = false
    for (const object of all) {
      const { uid, ownerReferences = [] } = object.metadata
      if (uid === undefined || uids.has(uid) || !ownerReferences.some((owner) => uids.has(owner.uid))) continue
      uids.add(uid)
      found.push(object)
      grown = true
    }
  }
  return found
}

const kindsText = (pods: readonly KubeObject[], others: readonly KubeObject[]): string => {
  const kinds = [...new Set(others.map((object) => object.kind))].sort()
  return [
    ...kinds.map((kind) => count(others.filter((object) => object.kind === kind).length, kind)),
    ...(pods.length === 0 ? [] : [count(pods.length, 'pod')]),
  ].join(' and ')
}

/** Services that select only pods that go. */
const servicesLeft = (pods: readonly KubeObject[], related: Related): readonly KubeObject[] => {
  const uids = new Set(pods.map((pod) => pod.metadata.uid))
  return related.services.filter((service) => {
    const selector = labelsAt(service, 'spec', 'selector')
    if (Object.keys(selector).length === 0) return false
    const selected = (related.namespacePods ?? []).filter((pod) => matchesLabels(selector, pod.metadata.labels))
    return selected.length > 0 && selected.every((pod) => uids.has(pod.metadata.uid))
  })
}

const budgetNotes = (pods: readonly KubeObject[], related: Related): readonly string[] =>
  related.disruptionBudgets
    .filter((budget) => {
      const selector = (budget.spec as { readonly selector?: LabelSelector } | undefined)?.selector
      return pods.some((pod) => matchesSelector(selector, pod.metadata.labels))
    })
    .map((budget) => `PodDisruptionBudget ${budget.metadata.name} guards these pods; deleting does not ask it`)

const routeNotes = (target: KubeObject, related: Related): readonly string[] =>
  target.kind !== 'Service'
    ? []
    : (related.ingresses ?? [])
        .filter((ingress) => JSON.stringify(ingress.spec ?? {}).includes(`"service":{"name":"${target.metadata.name}"`))
        .map((ingress) => `Ingress ${ingress.metadata.name} routes to it`)

/** Pods that name this ConfigMap or claim: those that run keep what they have, a new one does not start. */
const userNotes = (target: KubeObject, related: Related): readonly string[] => {
  if (target.kind !== 'ConfigMap' && target.kind !== 'PersistentVolumeClaim') return []
  const users = (related.namespacePods ?? [])
    .filter((pod) => namesIt(podSpecOf(pod), target))
    .map((pod) => pod.metadata.name)
  return users.length === 0
    ? ['no pod uses it']
    : [`${count(users.length, 'pod uses', 'pods use')} it and would not start again without it: ${some(users.sort())}`]
}

const namesIt = (pod: unknown, { kind, metadata: { name } }: KubeObject): boolean => {
  const volumes = listAt(pod, 'volumes')
  if (kind === 'PersistentVolumeClaim')
    return volumes.some((volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') === name)
  const sources = volumes.flatMap((volume) => [volume, ...listAt(volume, 'projected', 'sources')])
  const containers = [...listAt(pod, 'containers'), ...listAt(pod, 'initContainers')]
  return (
    sources.some((source) => textAt(source, 'configMap', 'name') === name) ||
    containers.some(
      (container) =>
        listAt(container, 'envFrom').some((from) => textAt(from, 'configMapRef', 'name') === name) ||
        listAt(container, 'env').some((entry) => textAt(entry, 'valueFrom', 'configMapKeyRef', 'name') === name),
    )
  )
}

/** What becomes of data: of the claim itself, or of the claims of a StatefulSet. */
const claimNotes = (target: KubeObject, related: Related): readonly string[] => {
  if (target.kind === 'StatefulSet') {
    const policy = textAt(target, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') ?? 'Retain'
    const templates = listAt(target, 'spec', 'volumeClaimTemplates').length
    if (templates === 0) return []
    return [
      policy === 'Delete' ? 'its claims, and the data on them, are deleted too' : 'its claims and their data stay',
    ]
  }
  if (target.kind !== 'PersistentVolumeClaim') return []
  const name = textAt(target, 'spec', 'volumeName')
  if (name === undefined) return ['no volume is bound to it']
  const volume = related.volumes?.find((one) => one.metadata.name === name)
  const policy = textAt(volume, 'spec', 'persistentVolumeReclaimPolicy')
  if (policy === 'Retain') return [`volume ${name} and its data stay (reclaim policy Retain), unbound`]
  return policy === undefined
    ? [`whether the data on volume ${name} survives could not be read`]
    : [`THE DATA on volume ${name} IS DELETED (reclaim policy ${policy})`]
}

const finalizerNotes = (target: KubeObject): readonly string[] => {
  const own = (target.metadata.finalizers ?? []).filter((name) => !/^(?:foregroundDeletion|orphan)$/.test(name))
  const paused = at(target, 'metadata', 'deletionTimestamp') !== undefined
  return own.length === 0 || paused ? [] : [`goes only when ${some(own)} let it go`]
}
