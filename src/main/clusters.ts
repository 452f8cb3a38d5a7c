import { loadContexts } from '../adapters/kubernetes/kubeconfig.ts'
import { withMintedTokens } from '../adapters/kubernetes/minted-token.ts'
import { openReader } from '../adapters/kubernetes/reader.ts'
import { openWriter } from '../adapters/kubernetes/writer.ts'
import type { Config } from '../config.ts'
import type { ClusterReader, ClusterWriter } from '../ports.ts'

/** The clusters of this process; `problems` are sentences about contexts that were refused. */
export type Clusters = {
  readonly readers: ReadonlyMap<string, ClusterReader>
  readonly writers: ReadonlyMap<string, ClusterWriter>
  readonly problems: readonly string[]
  close(): void
}

/** Opens a reader for each context, and, only where `writing`, a writer with the executor's own credentials. */
export const openClusters = (config: Config, writing: boolean): Clusters => {
  const { kubeconfig, contexts, writerKubeconfig, allowExec, inCluster } = config.kube
  const load = (path: string | undefined) =>
    loadContexts({
      contexts,
      allowExec,
      ...(inCluster === undefined ? {} : { inCluster }),
      ...(path === undefined ? {} : { kubeconfig: path }),
    })
  const reading = load(kubeconfig)
  const readers = reading.contexts.map((context) => openReader(context))
  const writable = writing ? load(writerKubeconfig ?? kubeconfig) : undefined
  const account = config.kube.writerAccount
  const minted = account === undefined ? [] : (writable?.contexts ?? []).map((one) => withMintedTokens(one, account))
  const writers = (account === undefined ? (writable?.contexts ?? []) : minted).map((context) => openWriter(context))
  return {
    readers: new Map(readers.map((reader) => [reader.name, reader])),
    writers: new Map(writers.map((writer) => [writer.name, writer])),
    problems: [...new Set([...reading.problems, ...(writable?.problems ?? [])])],
    close: () => {
      for (const one of [...readers, ...writers, ...minted]) one.close()
    },
  }
}
