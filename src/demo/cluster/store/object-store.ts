import { parseAllDocuments } from 'yaml'
import { serverSideApply } from '../registry/apply.ts'
import { type Ground, internalContext } from '../registry/context.ts'
import { type DeleteOptions, deleteObject } from '../registry/delete.ts'
import { mergePatch } from '../registry/json-patch.ts'
import type { Registry } from '../registry/registry.ts'
import { resourceOf, resourceOfKind } from '../registry/resources.ts'
import { decode } from '../schema/decode.ts'
import { copy, type Fields, isFields, type KubeObject, type OpenObject } from '../types.ts'
import { dropSnapshots } from './snapshots.ts'
import type { Change } from './store.ts'

/** Who makes a change from outside of the API: shown as the field manager. */
export type Actor = { readonly user?: string; readonly manager?: string }

/**
 * The cluster's objects, for the demo's panel, the seed, faults and tests. Resources are named as kubectl does: `pods`,
 * `deployments.apps`. Writes pass the same validation, admission and ownership as requests do and throw ApiError when refused.
 */
export type ObjectStore = {
  readonly list: (resource: string, namespace?: string) => readonly KubeObject[]
  readonly get: (resource: string, namespace: string | undefined, name: string) => KubeObject | undefined
  /** What `kubectl apply` does: creates the object or makes it what the manifest says, for this actor. */
  readonly apply: (manifest: Fields, actor?: Actor) => KubeObject
  /** Applies every document of a YAML stream, in order. */
  readonly applyYaml: (text: string, actor?: Actor) => readonly KubeObject[]
  /** Merges a patch (RFC 7386) into an object. */
  readonly patch: (
    resource: string,
    namespace: string | undefined,
    name: string,
    patch: Fields,
    actor?: Actor,
  ) => KubeObject
  readonly patchStatus: (
    resource: string,
    namespace: string | undefined,
    name: string,
    patch: Fields,
    actor?: Actor,
  ) => KubeObject
  /** Stores an object as it is given, status and all, unchecked: what restoring a backup is. */
  readonly load: (resource: string, object: Fields) => KubeObject
  readonly delete: (resource: string, namespace: string | undefined, name: string, options?: DeleteOptions) => void
  readonly subscribe: (listener: (change: Change) => void) => () => void
  /** The newest resourceVersion. */
  readonly revision: () => string
  /** Forgets the history of changes, as etcd's compaction does. */
  readonly compact: () => void
}

/** The store's face over a registry. */
export function createObjectStore(ground: Ground, registry: Registry): ObjectStore {
  const { storage } = ground
  const contextFor = (actor: Actor | undefined) =>
    internalContext(actor?.manager ?? actor?.user ?? 'kubectl', actor?.user ?? 'admin')
  const apply = (manifest: Fields, actor?: Actor): KubeObject => {
    const config = copy(manifest)
    const { apiVersion, kind } = config as { apiVersion?: string; kind?: string }
    const resource = resourceOfKind(apiVersion ?? '', kind ?? '')
    if (resource === undefined) throw new Error(`no resource serves ${apiVersion} ${kind}`)
    decode(config, apiVersion ?? '', kind ?? '')
    const metadata = isFields(config['metadata']) ? config['metadata'] : {}
    const namespace = resource.namespaced ? String(metadata['namespace'] ?? 'default') : undefined
    if (namespace !== undefined) config['metadata'] = { ...metadata, namespace }
    const name = String(metadata['name'] ?? '')
    const context = contextFor(actor)
    if (storage.get(resource.key, namespace, name) === undefined)
      return registry.create(resource, namespace, config, context)
    const writer = { manager: context.manager, apiVersion: apiVersion ?? '', time: ground.clock.stamp() }
    return registry.update(
      resource,
      namespace,
      name,
      (live) => serverSideApply(adopt(live, context.manager), config, writer, true) as unknown as Fields,
      context,
      { records: false },
    )
  }
  const patch = (
    resource: string,
    namespace: string | undefined,
    name: string,
    change: Fields,
    actor?: Actor,
    subresource?: string,
  ): KubeObject =>
    registry.update(
      resourceOf(resource),
      namespace,
      name,
      (current) => mergePatch(current, change) as Fields,
      contextFor(actor),
      subresource === undefined ? {} : { subresource },
    )
  return {
    list: (resource, namespace) => storage.list(resource, namespace),
    get: (resource, namespace, name) => storage.get(resource, namespace, name),
    apply,
    applyYaml: (text, actor) =>
      parseAllDocuments(text).flatMap((document) => {
        const value: unknown = document.toJS()
        return isFields(value) ? [apply(value, actor)] : []
      }),
    patch: (resource, namespace, name, change, actor) => patch(resource, namespace, name, change, actor),
    patchStatus: (resource, namespace, name, change, actor) =>
      patch(resource, namespace, name, change, actor, 'status'),
    load: (resource, object) => storage.put(resource, object as unknown as KubeObject),
    delete: (resource, namespace, name, options = {}) => {
      deleteObject(ground, resourceOf(resource), namespace, name, options, internalContext('kubectl', 'admin'))
    },
    subscribe: (listener) => storage.listen(listener),
    revision: () => String(storage.revision()),
    compact: () => {
      storage.compact()
      dropSnapshots(storage)
    },
  }
}

/** What an actor created it also applied: its Update records count as its last applied configuration. */
function adopt(live: OpenObject, manager: string): OpenObject {
  const records = live.metadata.managedFields?.map((entry) =>
    entry.manager === manager && entry.operation === 'Update' && entry.subresource === undefined
      ? { ...entry, operation: 'Apply' as const }
      : entry,
  )
  return records === undefined ? live : { ...live, metadata: { ...live.metadata, managedFields: records } }
}
