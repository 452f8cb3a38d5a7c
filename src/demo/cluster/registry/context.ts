import type { ClusterClock } from '../clock.ts'
import type { Storage } from '../store/store.ts'
import type { User } from '../types.ts'

/** One write request's terms. */
export type WriteContext = {
  readonly user: User
  /** The field manager: the `fieldManager` parameter, else the user agent's first word. */
  readonly manager: string
  readonly dryRun: boolean
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore'
  /** Warning headers gathered on the way. */
  readonly warnings: string[]
}

/** What admission and the registry stand on. */
export type Ground = {
  readonly storage: Storage
  readonly clock: ClusterClock
  /** Random text in the alphabet of generated names. */
  readonly randomName: (length: number) => string
  readonly newUid: () => string
}

/** A context for the cluster's own parts (controllers, kubelets, the seed): no dry run, nothing is validated strictly. */
export function internalContext(manager: string, user: string = `system:${manager}`): WriteContext {
  return {
    user: { name: user, groups: ['system:masters', 'system:authenticated'] },
    manager,
    dryRun: false,
    fieldValidation: 'Ignore',
    warnings: [],
  }
}
