import type { ClusterClock } from '../clock.ts'
import { type Ground, internalContext } from '../registry/context.ts'
import { type DeleteOptions, deleteObject } from '../registry/delete.ts'
import { ApiError } from '../registry/errors.ts'
import type { Registry } from '../registry/registry.ts'
import { resourceOf } from '../registry/resources.ts'
import type { Storage } from '../store/store.ts'
import { copy, type Fields, type KubeObject, type OpenObject, type OwnerReference } from '../types.ts'
import { createRecorder, type Recorder } from './recorder.ts'

/** What a controller acts with: reads from the cache, writes through the API server under its own name, events. */
export type Hands = {
  readonly storage: Storage
  readonly clock: ClusterClock
  readonly randomName: Ground['randomName']
  /** How much faster than a real cluster waiting goes; divides every delay. */
  readonly pace: (milliseconds: number) => number
  readonly list: <T extends KubeObject>(resource: string, namespace?: string) => readonly T[]
  readonly get: <T extends KubeObject>(resource: string, namespace: string | undefined, name: string) => T | undefined
  readonly create: (resource: string, namespace: string | undefined, body: Fields, manager?: string) => KubeObject
  /** Changes the object as it now is; gone objects are left alone. */
  readonly update: (
    resource: string,
    object: KubeObject,
    change: (current: OpenObject) => void,
    manager?: string,
  ) => void
  readonly status: (resource: string, object: KubeObject, status: object, manager?: string) => void
  readonly remove: (resource: string, object: KubeObject, options?: DeleteOptions) => void
  readonly event: Recorder
}

const kcm = 'kube-controller-manager'

/** Hands over a registry. `speed` is read at every use. */
export function createHands(ground: Ground, registry: Registry, speed: () => number): Hands {
  const { storage, clock } = ground
  const change = (
    resource: string,
    object: KubeObject,
    make: (current: OpenObject) => Fields,
    manager: string,
    subresource?: string,
  ): void => {
    const { namespace, name, uid } = object.metadata
    if (storage.get(resource, namespace, name)?.metadata.uid !== uid) return
    registry.update(
      resourceOf(resource),
      namespace,
      name,
      make,
      internalContext(manager),
      subresource === undefined ? {} : { subresource },
    )
  }
  return {
    storage,
    clock,
    randomName: ground.randomName,
    pace: (milliseconds) => milliseconds / speed(),
    list: <T extends KubeObject>(resource: string, namespace?: string) =>
      storage.list(resource, namespace) as readonly T[],
    get: <T extends KubeObject>(resource: string, namespace: string | undefined, name: string) =>
      storage.get(resource, namespace, name) as T | undefined,
    create: (resource, namespace, body, manager = kcm) =>
      registry.create(resourceOf(resource), namespace, body, internalContext(manager)),
    update: (resource, object, edit, manager = kcm) =>
      change(
        resource,
        object,
        (current) => {
          edit(current)
          return current
        },
        manager,
      ),
    status: (resource, object, status, manager = kcm) =>
      change(resource, object, (current) => ({ ...current, status: copy(status) }), manager, 'status'),
    remove: (resource, object, options = {}) => {
      const { namespace, name, uid = '' } = object.metadata
      try {
        deleteObject(
          ground,
          resourceOf(resource),
          namespace,
          name,
          { ...options, preconditions: { uid } },
          internalContext(kcm),
        )
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
      }
    },
    event: createRecorder(ground),
  }
}

/** The owner reference of a controller. */
export function controllerRef(owner: KubeObject): OwnerReference {
  const { name, uid = '' } = owner.metadata
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true }
}

/** The controller that owns an object. */
export function ownerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true)
}

/** Objects that the owner controls. */
export function ownedBy<T extends KubeObject>(objects: readonly T[], owner: KubeObject): T[] {
  return objects.filter((object) => ownerOf(object)?.uid === owner.metadata.uid)
}

/** `namespace/name`, or the name alone. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** The parts of a key. */
export function splitKey(key: string): readonly [string | undefined, string] {
  const slash = key.indexOf('/')
  return slash < 0 ? [undefined, key] : [key.slice(0, slash), key.slice(slash + 1)]
}
