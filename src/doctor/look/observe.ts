import type { Analyzer } from '../../analyzers/analyzer.ts'
import type { ClusterReader } from '../../ports.ts'
import { collect } from '../../snapshot/collect.ts'
import type { ClusterView, MetricsSource } from '../../snapshot/view.ts'
import { withMetrics } from '../../snapshot/with-metrics.ts'
import { standingView } from './standing.ts'

/** A collection that began less than this long ago, in ms, serves a second case too: many alerts come from one moment. */
const sharedFor = 4_000

/** How many collections of one cluster may run at once; each is some dozens of requests. */
const atOnce = 2

type Running = { readonly began: number; readonly view: Promise<ClusterView> }

const running = new WeakMap<ClusterReader, Map<string, Running>>()
const busy = new WeakMap<ClusterReader, { count: number; readonly waiting: (() => void)[] }>()

/**
 * Reads a cluster for a case, sharing the reading with cases of the same moment and focus, and adds metrics where there
 * is a source of them. The view is kept no longer than cases hold it. `fresh` reads the server, whatever watches keep;
 * with `analyzers` a whole cluster that watches keep may come as it stood some seconds ago.
 */
export const observe = (
  reader: ClusterReader,
  focus: string | undefined,
  now: number,
  signal: AbortSignal,
  metrics?: MetricsSource,
  { fresh = false, analyzers }: { readonly fresh?: boolean; readonly analyzers?: readonly Analyzer[] } = {},
): Promise<ClusterView> => {
  if (!fresh && focus === undefined && analyzers !== undefined && reader.memory !== undefined) {
    const read = (until: AbortSignal) =>
      inTurn(reader, async () => withMetrics(await collect(reader, { signal: until }), metrics, { signal: until }))
    return standingView(reader, { read, analyzers }, signal)
  }
  const mine = running.get(reader) ?? new Map<string, Running>()
  running.set(reader, mine)
  const key = `${fresh ? 'fresh ' : ''}${focus ?? ''}`
  const known = mine.get(key)
  if (known !== undefined && now - known.began < sharedFor) return known.view
  const options = { signal, fresh, ...(focus === undefined ? {} : { focus }) }
  const view = inTurn(reader, async () => withMetrics(await collect(reader, options), metrics, options))
  const entry = { began: now, view }
  mine.set(key, entry)
  const forget = () => {
    if (mine.get(key) === entry) mine.delete(key)
  }
  // Once it is too old to be shared, keeping it would only cost memory: under load many are read one after the other.
  const asked = Date.now()
  view.then(() => setTimeout(forget, Math.max(0, asked + sharedFor - Date.now())).unref(), forget)
  return view
}

const inTurn = async <T>(reader: ClusterReader, work: () => Promise<T>): Promise<T> => {
  const state = busy.get(reader) ?? { count: 0, waiting: [] }
  busy.set(reader, state)
  if (state.count >= atOnce) await new Promise<void>((resolve) => state.waiting.push(resolve))
  else state.count += 1
  try {
    return await work()
  } finally {
    const next = state.waiting.shift()
    if (next === undefined) state.count -= 1
    else next()
  }
}
