import type { ObjectStore } from './cluster/store/object-store.ts'
import { type Fields, fieldsAt, isFields } from './cluster/types.ts'

/** What Argo CD would apply, and when it looks. */
export type Deliverable = { readonly revision: string; readonly objects: readonly Fields[]; readonly at: string }

const refresh = 'argocd.argoproj.io/refresh'

/**
 * Does what people ask of Argo CD through an Application, as its controller does: takes `operation` away, applies the commit
 * that it names and writes down how that went; takes a refresh away and has looked. Only the newest commit is at hand here.
 */
export const carryOutOperation = (
  store: ObjectStore,
  [resource, namespace, name]: readonly [string, string, string],
  { revision, objects, at }: Deliverable,
  actor: { readonly user: string; readonly manager: string },
): void => {
  const live = store.get(resource, namespace, name)
  const operation = (live as Fields | undefined)?.['operation']
  const refreshes = live?.metadata.annotations?.[refresh] !== undefined
  if (live === undefined || (!isFields(operation) && !refreshes)) return
  const status: Fields = { reconciledAt: at }
  if (isFields(operation)) {
    const wanted = fieldsAt(operation, 'sync')['revision'] ?? revision
    if (wanted === revision) for (const object of objects) store.apply(object, actor)
    status['operationState'] = {
      operation,
      phase: wanted === revision ? 'Succeeded' : 'Error',
      message: wanted === revision ? 'successfully synced (all tasks run)' : `revision ${wanted} is not at hand`,
      startedAt: at,
      finishedAt: at,
      syncResult: { revision: wanted },
    }
  }
  const change = {
    ...(refreshes ? { metadata: { annotations: { [refresh]: null } } } : {}),
    ...(isFields(operation) ? { operation: null } : {}),
    status,
  }
  store.patch(resource, namespace, name, change, actor)
}
