import { usageOf } from '../admission/quota.ts'
import type { Ground } from '../registry/context.ts'
import { namespacedContent } from '../registry/delete.ts'
import { mapSelector } from '../registry/label-selector.ts'
import { resourceOfKind, resources } from '../registry/resources.ts'
import { type Fields, fieldsAt, type KubeObject, same } from '../types.ts'
import { withCondition } from './conditions.ts'
import type { Controller } from './control-loops.ts'
import { type Hands, keyOf, splitKey } from './hands.ts'
import { type Condition, isReady, type Pod, type Service } from './objects.ts'

/** Keeps the books of ResourceQuotas. */
export function quotaController(hands: Hands, ground: Ground): Controller {
  const inNamespace = (object: KubeObject): string[] =>
    hands.list('resourcequotas', object.metadata.namespace).map(keyOf)
  const counted = [
    'pods',
    'services',
    'secrets',
    'configmaps',
    'persistentvolumeclaims',
    'deployments.apps',
    'replicasets.apps',
    'statefulsets.apps',
    'jobs.batch',
    'cronjobs.batch',
  ]
  return {
    name: 'resourcequota',
    watches: {
      resourcequotas: (object) => [keyOf(object)],
      ...Object.fromEntries(
        counted.map((resource) => [
          resource,
          (object: KubeObject, change: { type: string } | undefined) =>
            change?.type === 'MODIFIED' && resource !== 'pods' ? [] : inNamespace(object),
        ]),
      ),
    },
    reconcile: (key) => {
      const quota = hands.get('resourcequotas', ...splitKey(key))
      if (quota === undefined) return undefined
      const hard = fieldsAt(fieldsAt(quota, 'spec'), 'hard')
      const status = { hard, used: usageOf(ground, quota.metadata.namespace ?? '', hard) }
      if (!same(fieldsAt(quota, 'status'), status)) hands.status('resourcequotas', quota, status)
      return undefined
    },
  }
}

/** Empties and removes namespaces that are being deleted. */
export function namespaceController(hands: Hands): Controller {
  return {
    name: 'namespace',
    watches: {
      namespaces: (namespace) => (namespace.metadata.deletionTimestamp === undefined ? [] : [namespace.metadata.name]),
      ...Object.fromEntries(
        namespacedContent.map((resource) => [
          resource.key,
          (object: KubeObject, change: { type: string } | undefined) =>
            change?.type === 'DELETED' && isTerminating(hands, object.metadata.namespace)
              ? [object.metadata.namespace ?? '']
              : [],
        ]),
      ),
    },
    reconcile: (name) => {
      const namespace = hands.get<KubeObject & Fields>('namespaces', undefined, name)
      if (namespace?.metadata.deletionTimestamp === undefined) return undefined
      for (const resource of namespacedContent)
        for (const object of [...hands.list(resource.key, name)])
          if (object.metadata.deletionTimestamp === undefined) hands.remove(resource.key, object)
      const left = namespacedContent.flatMap((resource) => [...hands.list(resource.key, name)])
      if (left.length > 0) {
        reportContent(hands, namespace, left)
        return hands.pace(5_000)
      }
      hands.storage.put('namespaces', { ...namespace, spec: {} } as KubeObject)
      const live = hands.get('namespaces', undefined, name)
      if (live !== undefined && (live.metadata.finalizers ?? []).length === 0) hands.storage.remove('namespaces', live)
      return undefined
    },
  }
}

const isTerminating = (hands: Hands, name: string | undefined): boolean =>
  hands.get('namespaces', undefined, name ?? '')?.metadata.deletionTimestamp !== undefined

function reportContent(hands: Hands, namespace: KubeObject & Fields, left: readonly KubeObject[]): void {
  const now = hands.clock.stamp()
  const held = left.filter((object) => (object.metadata.finalizers ?? []).length > 0)
  const count = (objects: readonly KubeObject[], word: (object: KubeObject) => string): string => {
    const totals = new Map<string, number>()
    for (const object of objects) totals.set(word(object), (totals.get(word(object)) ?? 0) + 1)
    return [...totals].map(([key, total]) => `${key} has ${total} resource instances`).join(', ')
  }
  const plural = (object: KubeObject): string => {
    const resource = resourceOfKind(object.apiVersion, object.kind)
    return `${resource?.plural ?? object.kind.toLowerCase()}.${resource?.group ?? ''}`
  }
  let conditions = (fieldsAt(namespace, 'status')['conditions'] as Condition[] | undefined) ?? []
  conditions = withCondition(
    conditions,
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    now,
  )
  conditions = withCondition(
    conditions,
    {
      type: 'NamespaceContentRemaining',
      status: 'True',
      reason: 'SomeResourcesRemain',
      message: `Some resources are remaining: ${count(left, plural)}`,
    },
    now,
  )
  const finalizers = held.flatMap((object) => object.metadata.finalizers ?? [])
  const totals = [...new Set(finalizers)]
    .map(
      (finalizer) => `${finalizer} in ${finalizers.filter((entry) => entry === finalizer).length} resource instances`,
    )
    .join(', ')
  conditions = withCondition(
    conditions,
    held.length === 0
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${totals}`,
        },
    now,
  )
  const status = { phase: 'Terminating', conditions }
  if (!same(fieldsAt(namespace, 'status'), status))
    hands.storage.put('namespaces', { ...namespace, status } as KubeObject)
}

const stored = resources.filter((resource) => !resource.virtual && resource.group !== 'events.k8s.io')

/** Deletes what its owner left behind; carries out foreground and orphan deletion. */
export function garbageCollector(hands: Hands): Controller {
  const dependents = new Map<string, Set<string>>()
  const id = (resource: string, object: KubeObject): string => `${resource} ${keyOf(object)}`
  const index =
    (resource: string) =>
    (object: KubeObject, change: { type: string } | undefined): string[] => {
      for (const owner of object.metadata.ownerReferences ?? []) {
        const set = dependents.get(owner.uid) ?? new Set<string>()
        dependents.set(owner.uid, set)
        if (change?.type === 'DELETED') set.delete(id(resource, object))
        else set.add(id(resource, object))
      }
      const keys = change?.type === 'DELETED' ? [`gone ${object.metadata.uid}`] : []
      if (
        object.metadata.finalizers?.some(
          (finalizer) => finalizer === 'foregroundDeletion' || finalizer === 'orphan',
        ) === true &&
        object.metadata.deletionTimestamp !== undefined
      )
        keys.push(`held ${id(resource, object)}`)
      for (const owner of object.metadata.ownerReferences ?? [])
        if (change?.type === 'DELETED') keys.push(`owner ${owner.uid}`)
      return keys
    }
  const held = new Map<string, string>()
  const members = (uid: string): { resource: string; object: KubeObject }[] =>
    [...(dependents.get(uid) ?? [])].flatMap((entry) => {
      const [resource = '', key = ''] = entry.split(' ')
      const object = hands.get(resource, ...splitKey(key))
      return object === undefined ? [] : [{ resource, object }]
    })
  return {
    name: 'garbagecollector',
    watches: Object.fromEntries(stored.map((resource) => [resource.key, index(resource.key)])),
    reconcile: (key) => {
      const [what = '', subject = '', name = ''] = key.split(' ')
      if (what === 'gone') {
        for (const { resource, object } of members(subject))
          if (object.metadata.deletionTimestamp === undefined && isOwnedBy(object, subject))
            collect(hands, resource, object)
        dependents.delete(subject)
        return undefined
      }
      if (what === 'owner') {
        const waiting = held.get(subject)
        if (waiting === undefined) return undefined
        const [resource = '', waitingKey = ''] = waiting.split(' ')
        carryOut(hands, resource, waitingKey, members)
        return undefined
      }
      const object = hands.get(subject, ...splitKey(name))
      if (object !== undefined) held.set(object.metadata.uid ?? '', `${subject} ${name}`)
      carryOut(hands, subject, name, members)
      return undefined
    },
  }
}

const isOwnedBy = (object: KubeObject, uid: string): boolean =>
  object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true

/** Deletes a dependent whose owners are all gone; one that has another owner only loses the reference. */
function collect(hands: Hands, resource: string, object: KubeObject): void {
  const alive = (object.metadata.ownerReferences ?? []).filter((owner) => {
    const kind = resourceOfKind(owner.apiVersion, owner.kind)
    if (kind === undefined) return true
    return (
      hands.get(kind.key, kind.namespaced ? object.metadata.namespace : undefined, owner.name)?.metadata.uid ===
      owner.uid
    )
  })
  if (alive.length === 0) {
    hands.remove(resource, object, { propagationPolicy: 'Background' })
    return
  }
  hands.update(resource, object, (current) => {
    current.metadata.ownerReferences = alive
  })
}

function carryOut(
  hands: Hands,
  resource: string,
  key: string,
  members: (uid: string) => { resource: string; object: KubeObject }[],
): void {
  const object = hands.get(resource, ...splitKey(key))
  if (object?.metadata.deletionTimestamp === undefined) return
  const uid = object.metadata.uid ?? ''
  const finalizers = object.metadata.finalizers ?? []
  const owned = members(uid)
  if (finalizers.includes('orphan')) {
    for (const member of owned) {
      hands.update(member.resource, member.object, (current) => {
        current.metadata.ownerReferences = (current.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid)
      })
    }
    dropFinalizer(hands, resource, object, 'orphan')
    return
  }
  for (const member of owned)
    if (member.object.metadata.deletionTimestamp === undefined)
      hands.remove(member.resource, member.object, { propagationPolicy: 'Foreground' })
  const blocking = members(uid).some(
    (member) =>
      member.object.metadata.ownerReferences?.some(
        (owner) => owner.uid === uid && owner.blockOwnerDeletion === true,
      ) === true,
  )
  if (!blocking) dropFinalizer(hands, resource, object, 'foregroundDeletion')
}

function dropFinalizer(hands: Hands, resource: string, object: KubeObject, finalizer: string): void {
  hands.update(resource, object, (current) => {
    const left = (current.metadata.finalizers ?? []).filter((entry) => entry !== finalizer)
    if (left.length === 0) delete current.metadata.finalizers
    else current.metadata.finalizers = left
  })
}

/** An aggregated API is available while its Service has a ready pod. */
export function apiServiceController(hands: Hands): Controller {
  const resource = 'apiservices.apiregistration.k8s.io'
  const all = (): string[] => hands.list(resource).map(keyOf)
  return {
    name: 'apiservice',
    watches: { [resource]: all, pods: (pod) => (pod.metadata.namespace === 'kube-system' ? all() : []), services: all },
    reconcile: (name) => {
      const entry = hands.get<KubeObject & Fields>(resource, undefined, name)
      const reference = fieldsAt(fieldsAt(entry, 'spec'), 'service')
      if (entry === undefined || reference['name'] === undefined) return undefined
      const [namespace, serviceName] = [String(reference['namespace']), String(reference['name'])]
      const service = hands.get<Service>('services', namespace, serviceName)
      const ready =
        service !== undefined &&
        hands
          .list<Pod>('pods', namespace)
          .some(
            (pod) =>
              mapSelector(service.spec.selector)(pod.metadata.labels) &&
              isReady(pod) &&
              pod.metadata.deletionTimestamp === undefined,
          )
      const condition: Condition = ready
        ? { type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' }
        : service === undefined
          ? {
              type: 'Available',
              status: 'False',
              reason: 'ServiceNotFound',
              message: `service/${serviceName} in "${namespace}" is not present`,
            }
          : {
              type: 'Available',
              status: 'False',
              reason: 'MissingEndpoints',
              message: `endpoints for service/${serviceName} in "${namespace}" have no addresses with port name "https"`,
            }
      const conditions = withCondition(
        fieldsAt(entry, 'status')['conditions'] as Condition[] | undefined,
        condition,
        hands.clock.stamp(),
      )
      if (!same(fieldsAt(entry, 'status')['conditions'], conditions)) hands.status(resource, entry, { conditions })
      return undefined
    },
  }
}
