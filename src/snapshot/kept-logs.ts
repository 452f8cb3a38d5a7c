import type { Read } from '../domain/coverage.ts'
import type { ClusterMemory, ClusterReader } from '../ports.ts'
import type { ClusterView } from './view.ts'

/** How long a log that was read counts while its pod does not change, and how many are kept of a cluster. Time in ms. */
const [counts, most] = [60_000, 100]

type KeptLog = { readonly at: number; readonly read: Read<string> }

const all = new WeakMap<ClusterMemory, Map<string, KeptLog>>()

/** A way to read logs, and when the oldest of those that were read through it was really read, ms; undefined: all of them now. */
export type LogReading = { readonly logs: ClusterReader['logs']; readonly oldest: () => number | undefined }

/**
 * Reads the logs of a view's pods, and those that were read less than a minute ago, of a pod that has not changed since, not
 * again: whoever keeps a diagnosis up to date would ask the kubelets for the same lines every few seconds.
 */
export const keptLogs = (reader: ClusterReader, memory: ClusterMemory, view: ClusterView): LogReading => {
  const kept = all.get(memory) ?? new Map<string, KeptLog>()
  all.set(memory, kept)
  let oldest: number | undefined
  return {
    oldest: () => oldest,
    logs: async (namespace, name, options, signal) => {
      const pod = view.get('Pod', namespace, name)?.metadata
      if (pod?.resourceVersion === undefined) return reader.logs(namespace, name, options, signal)
      const key = JSON.stringify([pod.uid, pod.resourceVersion, options])
      const known = kept.get(key)
      if (known !== undefined && Date.now() - known.at < counts) {
        oldest = Math.min(known.at, oldest ?? known.at)
        return known.read
      }
      const at = Date.now()
      const read = await reader.logs(namespace, name, options, signal)
      // What could not be read may be readable the next time.
      if (read.kind === 'ok' || read.kind === 'absent' || read.reason === 'malformed') keep(kept, key, { at, read })
      return read
    },
  }
}

const keep = (kept: Map<string, KeptLog>, key: string, log: KeptLog): void => {
  kept.delete(key)
  kept.set(key, log)
  for (const first of kept.keys()) {
    if (kept.size <= most) return
    kept.delete(first)
  }
}
