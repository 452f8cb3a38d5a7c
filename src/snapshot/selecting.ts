import type { KindMap, Pod } from '../domain/kubernetes.ts'
import { matchesLabels, matchesSelector } from '../domain/selector.ts'
import type { Index } from './object-index.ts'
import { groupBy, lazy } from './order.ts'
import type { ClusterView } from './view.ts'

/** Which pods a selector selects, over an index of labels; and which Services select a pod. */
export const createSelecting = (index: Index) => {
  const pods = lazy(() => groupBy(index.ofKind('Pod') as readonly Pod[], (pod) => pod.metadata.namespace ?? ''))
  const byLabel = lazy(() => {
    const labelled = new Map<string, Pod[]>()
    for (const pod of index.ofKind('Pod') as readonly Pod[]) {
      for (const [key, value] of Object.entries(pod.metadata.labels ?? {})) {
        const at = `${pod.metadata.namespace ?? ''}\n${key}\n${value}`
        const all = labelled.get(at)
        if (all === undefined) labelled.set(at, [pod])
        else all.push(pod)
      }
    }
    return labelled
  })
  const candidates = (namespace: string, wanted: Readonly<Record<string, string>>): readonly Pod[] => {
    let fewest: readonly Pod[] | undefined
    for (const [key, value] of Object.entries(wanted)) {
      const some = byLabel().get(`${namespace}\n${key}\n${value}`) ?? []
      if (fewest === undefined || some.length < fewest.length) fewest = some
    }
    return fewest ?? pods().get(namespace) ?? []
  }
  const services = lazy(() =>
    groupBy(index.ofKind('Service') as readonly KindMap['Service'][], (service) => service.metadata.namespace ?? ''),
  )
  return {
    podsSelected: ((namespace, selector) =>
      selector === undefined
        ? []
        : candidates(namespace, selector.matchLabels ?? {}).filter((pod) =>
            matchesSelector(selector, pod.metadata.labels),
          )) satisfies ClusterView['podsSelected'],
    servicesFor: ((pod) =>
      (services().get(pod.metadata.namespace ?? '') ?? []).filter((service) => {
        const wanted = service.spec?.selector ?? {}
        return Object.keys(wanted).length > 0 && matchesLabels(wanted, pod.metadata.labels)
      })) satisfies ClusterView['servicesFor'],
  }
}
