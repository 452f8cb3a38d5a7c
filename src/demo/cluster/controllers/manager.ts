import type { ClusterClock } from '../clock.ts'
import type { Change, Storage } from '../store/store.ts'
import type { KubeObject } from '../types.ts'

/** One control loop: which keys a change concerns, and what to do about a key. */
export type Controller = {
  readonly name: string
  /** Keys to look at when an object of a resource changes. */
  readonly watches: Readonly<Record<string, (object: KubeObject, change: Change | undefined) => readonly string[]>>
  /** Makes the key right; returns the milliseconds after which to look again even if nothing changes. */
  readonly reconcile: (key: string) => number | undefined
}

/** Runs control loops over a storage, in a fixed order, until nothing is left to do. */
export type ControllerManager = {
  /** Does what is due now; then, given a time, moves the cluster's clock on by that much, doing what falls due on the way. */
  readonly tick: (milliseconds?: number) => void
  /** Has a controller look at a key at the next turn. */
  readonly look: (controller: string, key: string) => void
  /** Runs by itself as time passes. */
  readonly run: () => void
  readonly stop: () => void
}

const roundLimit = 500_000

/** A manager of the given controllers. Existing objects are looked at first. */
export function createManager(
  storage: Storage,
  clock: ClusterClock,
  controllers: readonly Controller[],
): ControllerManager {
  const queues = controllers.map(() => new Set<string>())
  const due = new Map<string, { index: number; key: string; at: number }>()
  let timer: NodeJS.Timeout | undefined
  let running = false
  let busy = false
  const enqueue = (resource: string, object: KubeObject, change: Change | undefined): void => {
    for (const [index, controller] of controllers.entries())
      for (const key of controller.watches[resource]?.(object, change) ?? []) queues[index]?.add(key)
  }
  const watched = new Set(controllers.flatMap((controller) => Object.keys(controller.watches)))
  for (const resource of watched) for (const object of storage.list(resource)) enqueue(resource, object, undefined)
  const stopListening = storage.listen((change) => {
    if (!watched.has(change.resource)) return
    enqueue(change.resource, change.object, change)
    if (running && !busy) arm(5)
  })

  const settle = (): void => {
    busy = true
    try {
      let rounds = 0
      for (let index = next(queues); index >= 0; index = next(queues)) {
        const queue = queues[index]
        const key = queue?.values().next().value
        if (queue === undefined || key === undefined) break
        queue.delete(key)
        const wait = controllers[index]?.reconcile(key)
        const id = `${index} ${key}`
        if (wait === undefined) due.delete(id)
        else due.set(id, { index, key, at: clock.now() + Math.max(1, wait) })
        if (++rounds > roundLimit)
          throw new Error(`controllers do not come to rest: ${controllers[index]?.name} ${key}`)
      }
    } finally {
      busy = false
    }
  }
  const wake = (): void => {
    const now = clock.now()
    for (const [id, entry] of due) {
      if (entry.at > now) continue
      due.delete(id)
      queues[entry.index]?.add(entry.key)
    }
    settle()
  }
  const nextDue = (): number =>
    [...due.values()].reduce((least, entry) => Math.min(least, entry.at), Number.POSITIVE_INFINITY)
  const arm = (milliseconds: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      wake()
      arm(Math.min(1000, Math.max(5, nextDue() - clock.now())))
    }, milliseconds)
    timer.unref()
  }
  return {
    tick: (milliseconds = 0) => {
      const until = clock.now() + milliseconds
      wake()
      for (let at = nextDue(); at <= until; at = nextDue()) {
        clock.shift(Math.max(0, at - clock.now()))
        wake()
      }
      clock.shift(Math.max(0, until - clock.now()))
    },
    look: (name, key) => {
      queues[controllers.findIndex((controller) => controller.name === name)]?.add(key)
      if (running && !busy) arm(5)
    },
    run: () => {
      running = true
      arm(0)
    },
    stop: () => {
      running = false
      clearTimeout(timer)
      stopListening()
    },
  }
}

const next = (queues: readonly Set<string>[]): number => queues.findIndex((queue) => queue.size > 0)
