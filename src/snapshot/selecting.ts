import type { KindMap, Pod } from '../domain/kubernetes.ts'
import { matchesLabels, matchesSelector } from '../domain/selector.ts'
import type { Index } from './object-index.ts'
import { groupBy, lazy } from './order.ts'
import type { ClusterView } from './view.ts'

/** The map that stands at a key of a map of maps; made where there is none. */
const within = <T>(all: Map<string, Map<string, T>>, key: string): Map<string, T> => {
  let found = all.get(key)
  if (found === undefined) {
    found = new Map()
    all.set(key, found)
  }
  return found
}

/** Which pods a selector selects, over an index of labels; and which Services select a pod. */
export const createSelecting = (index: Index) => {
  const pods = lazy(() => groupBy(index.ofKind('Pod') as readonly Pod[], (pod) => pod.metadata.namespace ?? ''))
  const byLabel = lazy(() => {
    const labelled = new Map<string, Map<string, Map<string, Pod[]>>>()
    for (const pod of index.ofKind('Pod') as readonly Pod[]) {
      const { labels = {}, namespace = '' } = pod.metadata
      const here = within(labelled, namespace)
      for (const key of Object.keys(labels)) {
        const some = within(here, key)
        const value = labels[key] ?? ''
        const all = some.get(value)
        if (all === undefined) some.set(value, [pod])
        else all.push(pod)
      }
    }
    return labelled
  })
  const candidates = (namespace: string, wanted: Readonly<Record<string, string>>): readonly Pod[] => {
    let fewest: readonly Pod[] | undefined
    for (const [key, value] of Object.entries(wanted)) {
      const some = byLabel().get(namespace)?.get(key)?.get(value) ?? []
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
