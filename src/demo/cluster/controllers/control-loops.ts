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
export type ControlLoops = {
  /** Does what is due now; then, given a time, moves the cluster's clock on by that much, doing what falls due on the way. */
  readonly tick: (milliseconds?: number) => void
  /** Has a controller look at a key at the next turn. */
  readonly look: (controller: string, key: string) => void
  /** Runs by itself as time passes. */
  readonly run: () => void
  readonly stop: () => void
}

const roundLimit = 500_000

/** What is to be looked at now, and what later. */
type Agenda = {
  readonly add: (index: number, key: string) => void
  /** Looks at everything that is due, and at what that leads to. */
  readonly wake: () => void
  /** When something is due next; infinity when nothing is. */
  readonly nextDue: () => number
  readonly isBusy: () => boolean
}

/** Control loops over the given controllers. Existing objects are looked at first. */
export function createControlLoops(
  storage: Storage,
  clock: ClusterClock,
  controllers: readonly Controller[],
): ControlLoops {
  const agenda = createAgenda(clock, controllers)
  let timer: NodeJS.Timeout | undefined
  let running = false
  const arm = (milliseconds: number): void => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      try {
        agenda.wake()
      } catch (error) {
        // One object that a controller cannot handle must not stop the cluster; it is said and the others go on.
        process.emitWarning(error instanceof Error ? error : String(error))
      }
      arm(Math.min(1000, Math.max(5, agenda.nextDue() - clock.now())))
    }, milliseconds)
    timer.unref()
  }
  const soon = (): void => {
    if (running && !agenda.isBusy()) arm(5)
  }
  const stopListening = feed(storage, controllers, agenda, soon)
  return {
    tick: (milliseconds = 0) => {
      const until = clock.now() + milliseconds
      agenda.wake()
      for (let at = agenda.nextDue(); at <= until; at = agenda.nextDue()) {
        clock.shift(Math.max(0, at - clock.now()))
        agenda.wake()
      }
      clock.shift(Math.max(0, until - clock.now()))
    },
    look: (name, key) => {
      agenda.add(
        controllers.findIndex((controller) => controller.name === name),
        key,
      )
      soon()
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

/** Puts on the agenda what each change, and each object there is already, concerns. */
function feed(storage: Storage, controllers: readonly Controller[], agenda: Agenda, soon: () => void): () => void {
  const add = (resource: string, object: KubeObject, change: Change | undefined): void => {
    for (const [index, controller] of controllers.entries())
      for (const key of controller.watches[resource]?.(object, change) ?? []) agenda.add(index, key)
  }
  const watched = new Set(controllers.flatMap((controller) => Object.keys(controller.watches)))
  for (const resource of watched) for (const object of storage.list(resource)) add(resource, object, undefined)
  return storage.listen((change) => {
    if (!watched.has(change.resource)) return
    add(change.resource, change.object, change)
    soon()
  })
}

function createAgenda(clock: ClusterClock, controllers: readonly Controller[]): Agenda {
  const queues = controllers.map(() => new Set<string>())
  const due = new Map<string, { index: number; key: string; at: number }>()
  let busy = false
  const settle = (): void => {
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
      if (++rounds > roundLimit) throw new Error(`controllers do not come to rest: ${controllers[index]?.name} ${key}`)
    }
  }
  return {
    add: (index, key) => {
      queues[index]?.add(key)
    },
    wake: () => {
      const now = clock.now()
      for (const [id, entry] of due) {
        if (entry.at > now) continue
        due.delete(id)
        queues[entry.index]?.add(entry.key)
      }
      busy = true
      try {
        settle()
      } finally {
        busy = false
      }
    },
    nextDue: () => [...due.values()].reduce((least, entry) => Math.min(least, entry.at), Number.POSITIVE_INFINITY),
    isBusy: () => busy,
  }
}

const next = (queues: readonly Set<string>[]): number => queues.findIndex((queue) => queue.size > 0)
