/** Where an alert says its trouble is. */
export type Place = {
  readonly cluster?: string
  readonly namespace?: string
  readonly workload?: { readonly kind?: string; readonly name: string }
}

type Labels = Readonly<Record<string, string>>

const workloadLabels: readonly (readonly [string, string])[] = [
  ['deployment', 'Deployment'],
  ['statefulset', 'StatefulSet'],
  ['daemonset', 'DaemonSet'],
  ['cronjob', 'CronJob'],
  ['job_name', 'Job'],
  ['horizontalpodautoscaler', 'HorizontalPodAutoscaler'],
  ['persistentvolumeclaim', 'PersistentVolumeClaim'],
  ['service', 'Service'],
  ['pod', 'Pod'],
  ['node', 'Node'],
]

/** The place named by the labels that kube-state-metrics and the usual rules put on alerts. */
export const placeOfLabels = (labels: Labels): Place => {
  const cluster = labels['cluster'] ?? labels['kubernetes_cluster'] ?? labels['context']
  const namespace = labels['exported_namespace'] ?? labels['namespace'] ?? labels['destination_namespace']
  return compact(nameOr(cluster), nameOr(namespace), workloadOfLabels(labels))
}

const workloadOfLabels = (labels: Labels): Place['workload'] => {
  const named = nameOr(labels['workload'])
  const kind = /^(deployment|statefulset|daemonset)$/i.exec(labels['workload_type'] ?? '')?.[1]?.toLowerCase()
  if (named !== undefined) {
    const known = workloadLabels.find(([label]) => label === kind)?.[1]
    return known === undefined ? { name: named } : { kind: known, name: named }
  }
  for (const [label, found] of workloadLabels) {
    // The metrics exporter puts its own Service and pod on an alert; those of the target come under exported_….
    const name = nameOr(labels[`exported_${label}`] ?? labels[label])
    if (name !== undefined && !/kube-state-metrics|prometheus/.test(name)) return { kind: found, name }
  }
  return undefined
}

/**
 * The place that a title names: `payments/checkout`, `namespace=payments deployment=checkout`, `… on prod-eu1`. Only a hint:
 * it says where to look first, never what to do.
 */
export const placeOfText = (text: string, clusters: readonly string[] = []): Place => {
  const pairs = [...text.matchAll(/\b([a-z_]{2,30})\s*[=:]\s*"?([a-z0-9][a-z0-9.-]{0,62})"?/g)]
  const labels = placeOfLabels(Object.fromEntries(pairs.map((match) => [match[1] ?? '', match[2] ?? ''])))
  const slash = /(?:^|[\s("'`])([a-z][a-z0-9-]{0,62})\/([a-z][a-z0-9.-]{0,252})(?=$|[\s)"'`,;:!?]|\.(?:\s|$))/.exec(
    text,
  )
  const cluster = clusters.find((name) => new RegExp(`(^|[^\\w-])${literally(name)}($|[^\\w-])`).test(text))
  return compact(
    labels.cluster ?? cluster,
    labels.namespace ?? nameOr(slash?.[1]),
    labels.workload ?? (slash?.[2] === undefined ? undefined : { name: slash[2].replace(/[.-]+$/, '') }),
  )
}

const compact = (cluster?: string, namespace?: string, workload?: Place['workload']): Place => ({
  ...(cluster === undefined ? {} : { cluster }),
  ...(namespace === undefined ? {} : { namespace }),
  ...(workload === undefined ? {} : { workload }),
})

const nameOr = (text: string | undefined): string | undefined =>
  text !== undefined && /^[A-Za-z0-9][\w.@:-]{0,252}$/.test(text) ? text : undefined

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
