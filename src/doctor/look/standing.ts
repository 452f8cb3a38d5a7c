import type { Analyzer } from '../../analyzers/analyzer.ts'
import { analyseInSlices } from '../../diagnosis/diagnose.ts'
import type { ClusterReader } from '../../ports.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** How often it is looked whether what stands is still so, in ms. */
const every = 1_000

/** How long nothing but time may have passed, and how old it may be at most where something changed, in ms. */
const stands = { unchanged: 15_000, changed: 10_000 } as const

/** It rests so many times as long as it worked: keeping up with a busy cluster may take a fifth of a processor, not more. */
const rests = 4

/** For how long after the last question it is kept up to date, in ms. */
const keptUp = 300_000

type Standing = {
  view?: ClusterView
  revision: number
  began: number
  askedAt: number
  restsUntil: number
  refreshing: Promise<ClusterView> | undefined
  timer: NodeJS.Timeout | undefined
}

const all = new WeakMap<ClusterReader, Standing>()

/** How a whole cluster is read, and with what it is analysed. */
export type HowToLook = {
  readonly read: (signal: AbortSignal) => Promise<ClusterView>
  readonly analyzers: readonly Analyzer[]
}

/**
 * A view of a whole cluster that watches keep, with what there is to conclude from it concluded. While people ask, it is made
 * anew in the background when something changes, so that whoever asks waits for none of it; what they get is at most ten
 * seconds old, and says how old. Only for a reader with a memory.
 */
export const standingView = (reader: ClusterReader, how: HowToLook, signal: AbortSignal): Promise<ClusterView> => {
  const mine = all.get(reader) ?? begin(reader)
  mine.askedAt = Date.now()
  mine.timer ??= setInterval(() => tend(reader, mine, how), every).unref()
  const age = Date.now() - mine.began
  const changed = mine.revision !== reader.memory?.revision()
  if (mine.view !== undefined && age < (changed ? stands.changed : stands.unchanged)) return Promise.resolve(mine.view)
  return unlessAborted(refresh(reader, mine, how), signal)
}

const begin = (reader: ClusterReader): Standing => {
  const mine: Standing = {
    revision: Number.NaN,
    began: 0,
    askedAt: 0,
    restsUntil: 0,
    refreshing: undefined,
    timer: undefined,
  }
  all.set(reader, mine)
  return mine
}

const tend = (reader: ClusterReader, mine: Standing, how: HowToLook): void => {
  const revision = reader.memory?.revision() ?? -1
  if (revision < 0 || Date.now() - mine.askedAt > keptUp) {
    clearInterval(mine.timer)
    all.delete(reader)
    return
  }
  if (Date.now() < mine.restsUntil) return
  // Made anew while it may still be given out, so that nobody meets its end.
  if (mine.revision !== revision || Date.now() - mine.began > stands.unchanged / 2)
    refresh(reader, mine, how).catch(() => undefined)
}

/** One reading at a time, whoever waits for it; its own deadline ends it. */
const refresh = (reader: ClusterReader, mine: Standing, how: HowToLook): Promise<ClusterView> => {
  mine.refreshing ??= make(reader, mine, how).finally(() => {
    mine.refreshing = undefined
  })
  return mine.refreshing
}

const make = async (reader: ClusterReader, mine: Standing, how: HowToLook): Promise<ClusterView> => {
  const signal = AbortSignal.timeout(60_000)
  const [began, revision] = [Date.now(), reader.memory?.revision() ?? Number.NaN]
  const view = await how.read(signal)
  await analyseInSlices(view, how.analyzers, signal)
  const ended = Date.now()
  Object.assign(mine, { view, began, revision, restsUntil: ended + rests * (ended - began) })
  return view
}

const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
