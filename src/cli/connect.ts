import { kubeconfigView, loadContexts } from '../adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../adapters/kubernetes/reader.ts'
import { kubeSettings } from '../config.ts'
import type { ClusterReader } from '../ports.ts'

/** The clusters of this machine's kubeconfig, read-only. `close` ends their connections, so that the process can end. */
export type Connection = {
  readonly readers: ReadonlyMap<string, ClusterReader>
  readonly cluster: string
  readonly kubeconfig: string | undefined
  readonly close: () => void
}

/** Connects to one context, or the current one (or those of DOCTOR_CONTEXTS). A sentence where none can be reached. */
export const connect = (context?: string): Connection | string => {
  const kube = kubeSettings()
  const wanted = context === undefined ? kube.contexts : [context]
  const { contexts, problems } = loadContexts({
    contexts: wanted,
    allowExec: kube.allowExec,
    ...(kube.inCluster === undefined ? {} : { inCluster: kube.inCluster }),
    ...(kube.kubeconfig === undefined ? {} : { kubeconfig: kube.kubeconfig }),
  })
  const first = contexts[0]
  if (first === undefined) return problems.join(' ')
  const readers = contexts.map(openReader)
  return {
    readers: new Map(readers.map((reader) => [reader.name, reader])),
    cluster: first.name,
    kubeconfig: kube.kubeconfig,
    close: () => {
      for (const reader of readers) reader.close()
    },
  }
}

/** The contexts of the kubeconfig as people may see them. */
export const contextRows = (connection: Connection) => kubeconfigView(connection.kubeconfig)
