import { deliveredBy } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { Relation } from '../domain/neighbourhood.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { atOnce } from '../snapshot/steps.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { type EdgeKind, linking } from './graph.ts'

/** One relation, said from its first object: `from` selects, owns, references… `to`. */
export type Related = { readonly from: ObjectRef; readonly to: ObjectRef; readonly relation: Relation }

/** Every relation of an object, by its key, both those it has and those others have to it; each once. */
export type Relations = ReadonlyMap<string, readonly Related[]>

const relations: Readonly<Record<Exclude<EdgeKind, 'guards' | 'routes-to'>, Relation>> = {
  owner: 'owns',
  selects: 'selects',
  references: 'references',
  'runs-on': 'runs-on',
  scales: 'scales',
  'depends-on': 'depends-on',
  'delivered-by': 'delivered-by',
  uses: 'uses',
}

/** Turns an edge of trouble (from what breaks to what it hurts) into a relation as people say it. */
const saidOf = (broken: ObjectRef, hurt: ObjectRef, kind: EdgeKind): Related => {
  switch (kind) {
    case 'guards':
      // A budget is hurt by its pods' trouble; a policy hurts the pods that it guards.
      return hurt.kind === 'PodDisruptionBudget'
        ? { from: hurt, to: broken, relation: 'guards' }
        : { from: broken, to: hurt, relation: 'guards' }
    case 'delivered-by':
      return { from: broken, to: hurt, relation: 'delivered-by' }
    case 'routes-to':
      return { from: hurt, to: broken, relation: broken.kind === 'Gateway' ? 'attached-to' : 'routes-to' }
    default:
      return { from: hurt, to: broken, relation: relations[kind] }
  }
}

/** Kinds that are too many, or say nothing of their own, to be asked whose they are. */
const silent = new Set(['Pod', 'Event', 'EndpointSlice', 'Endpoints', 'Lease', 'PodMetrics', 'NodeMetrics', 'Result'])

/** All relations of a view: those that trouble travels, owners of every kind (custom ones too), deliveries and teams. */
export const relationsOf = (view: ClusterView): Relations => {
  const byKey = new Map<string, Map<string, Related>>()
  const add = (one: Related): void => {
    if (refKey(one.from) === refKey(one.to)) return
    const id = `${refKey(one.from)} ${one.relation} ${refKey(one.to)}`
    for (const key of [refKey(one.from), refKey(one.to)]) {
      const mine = byKey.get(key) ?? new Map<string, Related>()
      mine.set(id, one)
      byKey.set(key, mine)
    }
  }
  atOnce(linking(view, (broken, hurt, kind) => add(saidOf(broken, hurt, kind))))
  for (const kind of view.kinds) {
    if (silent.has(kind)) continue
    for (const object of view.list(kind)) addOwn(view, object, add)
  }
  return new Map([...byKey].map(([key, mine]) => [key, [...mine.keys()].sort().flatMap((id) => mine.get(id) ?? [])]))
}

const addOwn = (view: ClusterView, object: KubeObject, add: (one: Related) => void): void => {
  const ref = refOf(object)
  const { ownerReferences = [], namespace } = object.metadata
  for (const { apiVersion = '', kind, name, uid } of ownerReferences) {
    if (kind === undefined || name === undefined) continue
    const found = uid === undefined ? undefined : view.byUid(uid)
    const inside = namespace === undefined ? {} : { namespace }
    add({ from: found === undefined ? { apiVersion, kind, ...inside, name } : refOf(found), to: ref, relation: 'owns' })
  }
  if (ownerReferences.length > 0) return
  const deliverer = delivererOf(view, object)
  if (deliverer !== undefined) add({ from: ref, to: deliverer, relation: 'delivered-by' })
  const team = teamOf(view, object)
  if (team !== undefined)
    add({ from: ref, to: { apiVersion: '', kind: 'Team', name: team }, relation: 'owned-by-team' })
}

const versions = {
  Application: 'argoproj.io/v1alpha1',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
  HelmRelease: 'helm.toolkit.fluxcd.io/v2',
} as const

const delivererOf = (view: ClusterView, object: KubeObject): ObjectRef | undefined => {
  const delivery = deliveredBy(object)
  if (delivery !== undefined) {
    const found = view.list(delivery.kind).find((one) => one.metadata.name === delivery.name)
    if (found !== undefined) return refOf(found)
    const inside = delivery.namespace === undefined ? {} : { namespace: delivery.namespace }
    return { apiVersion: versions[delivery.kind], kind: delivery.kind, ...inside, name: delivery.name }
  }
  const annotations = object.metadata.annotations ?? {}
  const [name, namespace] = [
    annotations['meta.helm.sh/release-name'],
    annotations['meta.helm.sh/release-namespace'] ?? object.metadata.namespace,
  ]
  if (name === undefined) return undefined
  return { apiVersion: 'helm.sh/v3', kind: 'HelmChartRelease', ...(namespace === undefined ? {} : { namespace }), name }
}

const teamKey = /^(?:.*\/)?(?:team|owner|squad)$/

/** Whose an object is, by its labels and annotations, else by those of its namespace; never by an owner reference. */
const teamOf = (view: ClusterView, { metadata }: KubeObject): string | undefined => {
  const space = metadata.namespace === undefined ? undefined : view.get('Namespace', undefined, metadata.namespace)
  for (const from of [metadata.labels, metadata.annotations, space?.metadata.labels, space?.metadata.annotations]) {
    for (const [key, value] of Object.entries(from ?? {}).sort()) {
      // Helm marks its own storage with `owner: helm`, which is nobody's team.
      if (teamKey.test(key) && !key.startsWith('meta.helm.sh/') && value !== '' && value !== 'helm')
        return value.slice(0, 80)
    }
  }
  return undefined
}
