import { at } from '../domain/at.ts'
import type { KindMap, KubeObject, OwnerReference, PodTemplate } from '../domain/kubernetes.ts'
import { refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { groupOf } from '../domain/object.ts'
import { schemaOf } from './schema/kinds.ts'
import { labelSelector } from './schema/meta.ts'
import { podTemplate } from './schema/pod.ts'
import type { Workload } from './view.ts'

/** What following owners needs of a view. */
export type OwnerLookup = {
  readonly byUid: (uid: string) => KubeObject | undefined
  readonly byRef: (ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace' | 'name'>) => KubeObject | undefined
}

const longestChain = 8

const controllerOf = (object: KubeObject): OwnerReference | undefined => {
  const owners = object.metadata.ownerReferences ?? []
  return owners.find((owner) => owner.controller === true) ?? (owners.length === 1 ? owners[0] : undefined)
}

/** The controllers that people edit: the chain ends at the last of these, whatever operator stands behind it. */
const editable = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Rollout', 'DeploymentConfig'])

/** Kinds that always stand below something else where they have an owner. */
const between = new Set(['Pod', 'ReplicaSet', 'Job', 'ReplicationController'])

/**
 * The chain of controllers of an object, nearest first. Owners that a partial dump lacks are named after the conventions of
 * the controllers (ReplicaSet `web-5d4f` of template hash `5d4f` belongs to Deployment `web`). Bounded; cycles are cut.
 */
export const ownersOf = (object: KubeObject, lookup: OwnerLookup): readonly KubeObject[] => {
  const chain: KubeObject[] = []
  let here = object
  while (chain.length < longestChain) {
    const next = ownerOf(here, object, lookup)
    if (next === undefined || samePlace(next, object) || chain.some((one) => samePlace(next, one))) break
    chain.push(next)
    here = next
  }
  return chain
}

/** Whether an object was read from a cluster, rather than named after the conventions of controllers. */
export const isRead = (object: KubeObject): boolean => object.metadata.uid !== undefined

const samePlace = (a: KubeObject, b: KubeObject): boolean =>
  a === b ||
  (a.metadata.name === b.metadata.name &&
    a.kind === b.kind &&
    a.metadata.namespace === b.metadata.namespace &&
    groupOf(a.apiVersion) === groupOf(b.apiVersion))

/** What made an object, as `ownersOf` follows it from `start`. */
export const ownerOf = (here: KubeObject, start: KubeObject, lookup: OwnerLookup): KubeObject | undefined => {
  const owner = controllerOf(here)
  // Mirror pods of static pods are owned by their Node, which is not what made them.
  if (owner?.kind === 'Node') return undefined
  if (owner?.kind === undefined || owner.name === undefined) return guessedOwner(here, start, lookup)
  const found =
    (owner.uid === undefined ? undefined : lookup.byUid(owner.uid)) ??
    lookup.byRef({
      apiVersion: owner.apiVersion ?? '',
      kind: owner.kind,
      ...namespaceOf(here),
      name: owner.name,
    })
  if (found !== undefined) return found
  return standIn(owner.apiVersion ?? '', owner.kind, here, owner.name)
}

/** An owner that is not in the view, by the way its controller names things. */
const guessedOwner = (here: KubeObject, start: KubeObject, lookup: OwnerLookup): KubeObject | undefined => {
  if (here === start) return undefined
  const hash = start.metadata.labels?.['pod-template-hash']
  if (here.kind === 'ReplicaSet' && hash !== undefined && here.metadata.name.endsWith(`-${hash}`)) {
    return named('apps/v1', 'Deployment', here, here.metadata.name.slice(0, -hash.length - 1), lookup)
  }
  const canary = start.metadata.labels?.['rollouts-pod-template-hash']
  if (here.kind === 'ReplicaSet' && canary !== undefined && here.metadata.name.endsWith(`-${canary}`)) {
    return named('argoproj.io/v1alpha1', 'Rollout', here, here.metadata.name.slice(0, -canary.length - 1), lookup)
  }
  const run = here.kind === 'Job' ? here.metadata.name.match(/^(.+)-\d{8}$/)?.[1] : undefined
  return run === undefined ? undefined : named('batch/v1', 'CronJob', here, run, lookup)
}

/** Only a stand-in (an owner that was not in the dump) may have its own owner guessed. */
const named = (
  apiVersion: string,
  kind: string,
  below: KubeObject,
  name: string,
  lookup: OwnerLookup,
): KubeObject | undefined => {
  if (below.metadata.uid !== undefined || below.metadata.creationTimestamp !== undefined) return undefined
  return lookup.byRef({ apiVersion, kind, ...namespaceOf(below), name }) ?? standIn(apiVersion, kind, below, name)
}

const namespaceOf = (object: KubeObject): { readonly namespace?: string } =>
  object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }

const standIn = (apiVersion: string, kind: string, below: KubeObject, name: string): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, ...namespaceOf(below) },
})

/** The controller that a person would edit, out of an object and its chain. */
export const topOf = (object: KubeObject, chain: readonly KubeObject[]): KubeObject => {
  let top = object
  for (const owner of chain) {
    if (editable.has(top.kind) || !between.has(top.kind)) break
    top = owner
  }
  return top
}

/** A controller as a workload: its template, selector and wanted replicas where its kind has them. */
export const workloadFrom = (object: KubeObject): Workload => {
  const ref = refOf(object)
  if (object.kind === 'Pod' && isTyped(object)) {
    const { metadata, spec } = object as KindMap['Pod']
    return { ref, object, template: { metadata, ...(spec === undefined ? {} : { spec }) } }
  }
  const template = templateOf(object)
  const replicas = at(object.spec, 'replicas')
  const selector = labelSelector.json(at(object.spec, 'selector'))
  return {
    ref,
    object,
    ...(typeof replicas === 'number' ? { replicas } : defaultReplicas(object)),
    ...(template === undefined ? {} : { template }),
    ...(selector === undefined ? {} : { selector }),
  }
}

const defaultReplicas = (object: KubeObject): { readonly replicas?: number } =>
  (object.kind === 'Deployment' || object.kind === 'StatefulSet' || object.kind === 'ReplicaSet') &&
  object.spec !== undefined
    ? { replicas: 1 }
    : {}

const typedWorkloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'])

/** Whether the object was read by the schema of its kind: a namesake of another API was not. */
const isTyped = (object: KubeObject): boolean => schemaOf(object.kind, groupOf(object.apiVersion)) !== undefined

const templateOf = (object: KubeObject): PodTemplate | undefined => {
  if (object.kind === 'CronJob') {
    return podTemplate.json(at(object.spec, 'jobTemplate', 'spec', 'template'))
  }
  const template = at(object.spec, 'template')
  if (typedWorkloads.has(object.kind) && isTyped(object)) return template as PodTemplate | undefined
  return template === undefined ? undefined : podTemplate.json(template)
}
