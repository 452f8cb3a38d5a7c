import type { ClusterMemory, ResourceType } from '../../../ports.ts'
import type { KubeContext } from '../kubeconfig.ts'
import { readDeadline, readWire } from '../reads.ts'
import { openTransport } from '../transport.ts'
import { type Decode, type Keeping, type Kept, keep, type Wanted } from './keep.ts'
import { type WatchTimes, watchTimes } from './times.ts'

/** How many kinds of one cluster are kept at once: each holds a connection. */
const mostKinds = 64

/** How many bytes of lists may be kept of one cluster: about 20,000 pods with their events. */
const mostBytes = 200_000_000

const versionFor = 600_000

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
  const total = (): number => [...entries.values()].reduce((sum, { kept }) => sum + kept.list.bytes(), 0)
  const keeping: Keeping = {
    transport,
    decode,
    times,
    fits: (more) => more <= 0 || total() + more <= (options.mostBytes ?? mostBytes),
    stoodDown: options.stoodDown ?? (() => undefined),
  }
  const begin = (key: string, wanted: Wanted): void => {
    if (entries.size < mostKinds) entries.set(key, { kept: keep(wanted, keeping), askedAt: Date.now() })
  }
  const unasked = setInterval(() => {
    for (const [key, { kept, askedAt }] of entries) {
      if (Date.now() - askedAt < times.unasked) continue
      kept.stop()
      entries.delete(key)
    }
  }, times.unasked / 4)
  unasked.unref()
  const version = keepVersion(() =>
    readWire(transport, { method: 'GET', path: '/version', deadline: readDeadline, maxBytes: 100_000 }),
  )
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
    },
    close: () => {
      clearInterval(unasked)
      for (const { kept } of entries.values()) kept.stop()
      entries.clear()
      transport.close()
    },
  }
}

const keyOf = ({ group, version, resource }: ResourceType, metadataOnly: boolean): string =>
  `${group}/${version}/${resource}${metadataOnly ? ' metadata' : ''}`

/** The server's version, asked for in the background when it is wanted and old; undefined until there is an answer. */
const keepVersion = (ask: () => ReturnType<typeof readWire>): (() => string | undefined) => {
  let known: { readonly at: number; readonly text: string } | undefined
  let asking = false
  const refresh = async (): Promise<void> => {
    const answer = await ask()
    if (answer.kind === 'ok') known = { at: Date.now(), text: Buffer.from(answer.value.body).toString('utf8') }
  }
  return () => {
    const age = known === undefined ? Number.POSITIVE_INFINITY : Date.now() - known.at
    if (age > versionFor / 2 && !asking) {
      asking = true
      void refresh()
        .catch(() => undefined)
        .finally(() => {
          asking = false
        })
    }
    return age > versionFor ? undefined : known?.text
  }
}
