import { loadContexts } from '../adapters/kubernetes/kubeconfig.ts'
import { withMintedTokens } from '../adapters/kubernetes/minted-token.ts'
import { openReader } from '../adapters/kubernetes/reader.ts'
import { openWatches } from '../adapters/kubernetes/watch/watches.ts'
import { openWriter } from '../adapters/kubernetes/writer.ts'
import type { Config } from '../config.ts'
import type { ClusterReader, ClusterWriter } from '../ports.ts'
import { decodeHeld } from '../snapshot/decode-held.ts'

/** The clusters of this process; `problems` are sentences about contexts that were refused. */
export type Clusters = {
  readonly readers: ReadonlyMap<string, ClusterReader>
  readonly writers: ReadonlyMap<string, ClusterWriter>
  readonly problems: readonly string[]
  close(): void
}

/** Told when a kind of a cluster is left to lists though watches are on. */
export type StoodDown = (cluster: string, source: string, reason: string) => void

/**
 * Opens a reader for each context, and, only where `writing`, a writer with the executor's own credentials. Where `watching`,
 * the readers that diagnose also keep what they read by watching it; a writer never does.
 */
export const openClusters = (config: Config, writing: boolean, watching?: StoodDown): Clusters => {
  const { kubeconfig, contexts, writerKubeconfig, allowExec, inCluster } = config.kube
  const load = (path: string | undefined) =>
    loadContexts({
      contexts,
      allowExec,
      ...(inCluster === undefined ? {} : { inCluster }),
      ...(path === undefined ? {} : { kubeconfig: path }),
    })
  const reading = load(kubeconfig)
  const watches = new Map(
    (watching === undefined ? [] : reading.contexts).map((context) => [
      context.name,
      openWatches(context, decodeHeld, { stoodDown: (source, reason) => watching?.(context.name, source, reason) }),
    ]),
  )
  const readers = reading.contexts.map((context) => {
    const memory = watches.get(context.name)?.memory
    return { ...openReader(context), ...(memory === undefined ? {} : { memory }) }
  })
  const writable = writing ? load(writerKubeconfig ?? kubeconfig) : undefined
  const account = config.kube.writerAccount
  const minted = account === undefined ? [] : (writable?.contexts ?? []).map((one) => withMintedTokens(one, account))
  const writers = (account === undefined ? (writable?.contexts ?? []) : minted).map((context) => openWriter(context))
  return {
    readers: new Map(readers.map((reader) => [reader.name, reader])),
    writers: new Map(writers.map((writer) => [writer.name, writer])),
    problems: [...new Set([...reading.problems, ...(writable?.problems ?? [])])],
    close: () => {
      for (const one of [...watches.values(), ...readers, ...writers, ...minted]) one.close()
    },
  }
}
