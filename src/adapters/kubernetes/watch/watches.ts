import type { Read } from '../../../domain/coverage.ts'
import type { ClusterMemory, ResourceType } from '../../../ports.ts'
import { discover } from '../discovery.ts'
import type { KubeContext } from '../kubeconfig.ts'
import { readDeadline, readWire } from '../reads.ts'
import { openTransport, type Transport } from '../transport.ts'
import { type Decode, type Keeping, type Kept, keep, type Wanted } from './keep.ts'
import { type WatchTimes, watchTimes } from './times.ts'

/** How many kinds of one cluster are kept at once: each holds a connection. */
const mostKinds = 64

/** How many bytes of lists may be kept of one cluster: about 20,000 pods with their events. */
const mostBytes = 200_000_000

/** What a cluster's watches may be told otherwise, mostly by tests. */
export type WatchOptions = {
  readonly times?: WatchTimes
  readonly mostBytes?: number
  /** Told once each time a kind is left to lists, and why. */
  readonly stoodDown?: (source: string, reason: string) => void
}

/** The memory of one cluster and how to end it: `close` breaks every watch off and forgets what was kept. */
export type Watches = { readonly memory: ClusterMemory; readonly close: () => void }

type Entry = { readonly kept: Kept; askedAt: number }

/**
 * Keeps what diagnoses of a cluster ask for, from when they first ask: one list and one watch a kind, over connections of its
 * own. A kind that may not be watched, is too big, or whose watch is not heard is left to lists until it can be kept again.
 */
export const openWatches = (context: KubeContext, decode: Decode, options: WatchOptions = {}): Watches => {
  const transport = openTransport(context, mostKinds + 4)
  const times = options.times ?? watchTimes
  const entries = new Map<string, Entry>()
  let [begun, closed] = [0, false]
  const total = (): number => [...entries.values()].reduce((sum, { kept }) => sum + kept.list.bytes(), 0)
  const keeping: Keeping = {
    transport,
    decode,
    times,
    fits: (more) => more <= 0 || total() + more <= (options.mostBytes ?? mostBytes),
    stoodDown: options.stoodDown ?? (() => undefined),
  }
  const begin = (key: string, wanted: Wanted): void => {
    if (closed || entries.size >= mostKinds) return
    begun += 1
    entries.set(key, { kept: keep(wanted, keeping), askedAt: Date.now() })
  }
  const unasked = setInterval(() => {
    for (const [key, { kept, askedAt }] of entries) {
      if (Date.now() - askedAt < times.unasked) continue
      kept.stop()
      entries.delete(key)
      begun += 1
    }
  }, times.unasked / 4)
  unasked.unref()
  const version = keptAnswer(() => versionOf(transport), { counts: 600_000, again: 300_000 })
  const resources = keptAnswer(() => discover(transport), { counts: 120_000, again: 60_000 })
  return {
    memory: {
      list: (type, { accept, namespace }) => {
        const metadataOnly = accept.includes('as=PartialObjectMetadataList')
        const key = keyOf(type, metadataOnly)
        const entry = entries.get(key)
        if (entry === undefined) {
          begin(key, { type, accept, metadataOnly })
          return undefined
        }
        entry.askedAt = Date.now()
        const heardAt = entry.kept.heardAt()
        if (heardAt === 0) return entry.kept.refusal()
        const { list } = entry.kept
        return {
          kind: 'held',
          objects: namespace === undefined ? list.objects() : list.inNamespace(namespace),
          heardAt,
        }
      },
      version,
      resources,
      revision: () => {
        if (closed) return -1
        // Kinds come and go, and with them their counts: what is gone must not be made up for by what comes.
        let sum = begun * 1_000_003
        for (const { kept } of entries.values()) sum += kept.list.changes() * 2 + (kept.heardAt() === 0 ? 0 : 1)
        return sum
      },
    },
    close: () => {
      closed = true
      clearInterval(unasked)
      for (const { kept } of entries.values()) kept.stop()
      entries.clear()
      transport.close()
    },
  }
}

const versionOf = async (transport: Transport): Promise<Read<string>> => {
  const answer = await readWire(transport, {
    method: 'GET',
    path: '/version',
    deadline: readDeadline,
    maxBytes: 100_000,
  })
  return answer.kind === 'ok' ? { kind: 'ok', value: Buffer.from(answer.value.body).toString('utf8') } : answer
}

const keyOf = ({ group, version, resource }: ResourceType, metadataOnly: boolean): string =>
  `${group}/${version}/${resource}${metadataOnly ? ' metadata' : ''}`

/** How long an answer counts, and after how long it is asked for again, in ms. */
type Ages = { readonly counts: number; readonly again: number }

/** An answer that is asked for in the background when it is wanted and old; undefined where there is none that counts. */
const keptAnswer = <T>(ask: () => Promise<Read<T>>, ages: Ages): (() => T | undefined) => {
  let known: { readonly at: number; readonly value: T } | undefined
  let askedAt = 0
  const refresh = async (): Promise<void> => {
    const at = Date.now()
    const answer = await ask()
    if (answer.kind === 'ok') known = { at, value: answer.value }
  }
  return () => {
    const now = Date.now()
    const age = now - (known?.at ?? 0)
    if (age > ages.again && now - askedAt > Math.min(ages.again, 10_000)) {
      askedAt = now
      void refresh().catch(() => undefined)
    }
    return age > ages.counts ? undefined : known?.value
  }
}
