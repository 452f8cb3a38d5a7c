import type { Analyzer } from '../../analyzers/analyzer.ts'
import { loadAnalyzers } from '../../analyzers/load.ts'
import { neighbourhood } from '../../diagnosis/neighbourhood.ts'
import { analyzing } from '../../diagnosis/run-analyzers.ts'
import type { KindMap } from '../../domain/kubernetes.ts'
import { logPatterns } from '../../domain/log-patterns.ts'
import { inspect } from '../../hygiene/inspect.ts'
import { loadChecks } from '../../hygiene/load.ts'
import type { ClusterReader } from '../../ports.ts'
import { createBreath } from '../../snapshot/breathe.ts'
import { collect } from '../../snapshot/collect.ts'
import { collectNamespaceLogs } from '../../snapshot/collect-namespace-logs.ts'
import { inSlices } from '../../snapshot/steps.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import type { Look, LookAt } from '../../verbs/verb.ts'

/** What hygiene reads beyond what a diagnosis does. */
const hygieneKinds: readonly (keyof KindMap)[] = [
  'ServiceAccount',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'PersistentVolume',
  'StorageClass',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
]

/** What a graph may touch beyond that. */
const graphKinds: readonly (keyof KindMap)[] = ['PersistentVolume', 'StorageClass', 'ServiceAccount', 'PriorityClass']

/** Looks at live clusters: each question reads its cluster once, with what it needs and no more. */
export const lookAtClusters = (readers: ReadonlyMap<string, ClusterReader>, analyzers?: readonly Analyzer[]): Look => {
  const readerOf = ({ cluster }: LookAt): ClusterReader => {
    const reader = readers.get(cluster)
    if (reader === undefined) throw new Error(`no cluster ${cluster} is connected`)
    return reader
  }
  return {
    hygiene: async (at) => {
      const inside = at.namespace === undefined ? {} : { namespace: at.namespace }
      const options = { ...inside, signal: at.signal, also: hygieneKinds, allCustom: true, fresh: true }
      return hygieneOf(await collect(readerOf(at), options), at.namespace)
    },
    graph: async (at, asked) => {
      const focus = asked.name
      const options = { signal: at.signal, focus, also: graphKinds, allCustom: true, fresh: true }
      const view = await collect(readerOf(at), options)
      return graphOf(view, at, asked, analyzers)
    },
    patterns: async (at, since) => {
      const inside = at.namespace === undefined ? {} : { namespace: at.namespace }
      const bounds = { ...inside, signal: at.signal, ...(since === undefined ? {} : { since }) }
      const { logs, pods, unavailable } = await collectNamespaceLogs(readerOf(at), bounds)
      const now = new Date().toISOString()
      return {
        version: 1,
        cluster: at.cluster,
        at: now,
        ...inside,
        ...(since === undefined ? {} : { since }),
        pods,
        ...logPatterns(logs, { now, ...(since === undefined ? {} : { since }) }),
        unavailable,
      }
    },
  }
}

/** Looks at one view that is there already: the files of a snapshot. */
export const lookAtView = (view: ClusterView): Look => ({
  files: view.cluster,
  hygiene: (at) => hygieneOf(view, at.namespace),
  graph: (at, asked) => graphOf(view, at, asked),
  patterns: async (at, since) => {
    const pods = view
      .all('Pod')
      .filter(({ metadata }) => at.namespace === undefined || metadata.namespace === at.namespace)
    const logs = pods.flatMap(({ metadata }) => view.logs(metadata.namespace ?? '', metadata.name))
    const read = new Set(logs.filter(({ text }) => text !== '').map(({ namespace, pod }) => `${namespace}/${pod}`))
    return {
      version: 1,
      cluster: view.cluster,
      at: view.now,
      ...(at.namespace === undefined ? {} : { namespace: at.namespace }),
      ...(since === undefined ? {} : { since }),
      pods: { read: read.size, of: pods.length },
      ...logPatterns(logs, { now: view.now, ...(since === undefined ? {} : { since }) }),
      unavailable: view.coverage.unavailable.filter(({ source }) => source === 'logs' || source === 'pods'),
    }
  },
})

const hygieneOf = async (view: ClusterView, namespace: string | undefined) =>
  inspect(view, { checks: await loadChecks(), ...(namespace === undefined ? {} : { namespace }) })

const graphOf = async (
  view: ClusterView,
  at: LookAt,
  asked: Parameters<Look['graph']>[1],
  analyzers?: readonly Analyzer[],
) => {
  const { findings } = await inSlices(analyzing(view, analyzers ?? (await loadAnalyzers())), createBreath(), at.signal)
  return neighbourhood(view, { ...asked, ...(at.namespace === undefined ? {} : { namespace: at.namespace }), findings })
}
