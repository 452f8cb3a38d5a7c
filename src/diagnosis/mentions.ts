import type { Alert } from '../domain/alert.ts'
import { lookup } from '../domain/lookup.ts'
import type { ObjectRef } from '../domain/object.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** What the person or the alert named: kinds are undefined where only a name was said. */
export type Mention = { readonly kind?: string; readonly name: string; readonly namespace?: string }

/** What is asked about: objects, and namespaces. */
export type Mentions = { readonly objects: readonly Mention[]; readonly namespaces: readonly string[] }

const kindsByWord: Readonly<Record<string, string>> = {
  po: 'Pod',
  deploy: 'Deployment',
  sts: 'StatefulSet',
  ds: 'DaemonSet',
  rs: 'ReplicaSet',
  svc: 'Service',
  ing: 'Ingress',
  no: 'Node',
  ns: 'Namespace',
  cm: 'ConfigMap',
  sa: 'ServiceAccount',
  pvc: 'PersistentVolumeClaim',
  pv: 'PersistentVolume',
  hpa: 'HorizontalPodAutoscaler',
  pdb: 'PodDisruptionBudget',
  netpol: 'NetworkPolicy',
  cj: 'CronJob',
  app: 'Application',
}

/** A kind as people write it (`deploy`, `deployments`, `Deployment`) in the view's spelling. */
export const kindNamed = (word: string, view: ClusterView): string => {
  const lower = word.toLowerCase()
  const short = lookup(kindsByWord, lower)
  if (short !== undefined) return short
  const known = [...view.kinds, ...Object.values(kindsByWord)]
  return known.find((kind) => [kind, `${kind}s`, `${kind}es`].some((form) => form.toLowerCase() === lower)) ?? word
}

/** A focus `KIND/NAME`, `NAMESPACE/NAME` of a workload, or a bare name. */
export const focusFrom = (focus: string, view: ClusterView): Mention => {
  const parts = focus.split('/')
  if (parts.length === 1) return { name: focus }
  const [first = '', second = '', third] = parts
  if (first === 'WorkflowRun') return { kind: first, name: parts.slice(1).join('/') }
  if (third !== undefined) return { kind: kindNamed(first, view), namespace: second, name: third }
  const kind = kindNamed(first, view)
  const isKind = kind !== first || view.kinds.includes(kind)
  return isKind ? { kind, name: second } : { namespace: first, name: second }
}

/** The names of this view that a question holds, whole words only, longest first. */
export const mentionsIn = (question: string, view: ClusterView): Mentions => {
  const words = new Set(question.toLowerCase().match(/[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/g) ?? [])
  const namespaces = namespacesOf(view).filter((name) => words.has(name))
  const candidates = [
    ...view.workloads.map((workload) => workload.ref),
    ...['Node', 'Service', 'Application', 'Ingress', 'PersistentVolumeClaim', 'HorizontalPodAutoscaler', 'Pod'].flatMap(
      (kind) =>
        view.list(kind).map(({ metadata }) => ({ kind, ...namespaceIn(metadata.namespace), name: metadata.name })),
    ),
  ]
  const named = candidates.filter(({ name }) => words.has(name) && !commonWords.has(name))
  const inside = named.filter(({ namespace }) => namespace === undefined || namespaces.includes(namespace))
  const objects = (inside.length > 0 ? inside : named).map(({ kind, namespace, name }) => ({
    kind,
    ...namespaceIn(namespace),
    name,
  }))
  return { objects, namespaces }
}

/** Names that are also plain words of a question. */
const commonWords = new Set([
  'why',
  'is',
  'the',
  'pod',
  'pods',
  'service',
  'app',
  'job',
  'node',
  'default',
  'failed',
  'in',
])

const namespaceIn = (namespace: string | undefined): { readonly namespace?: string } =>
  namespace === undefined ? {} : { namespace }

const namespacesOf = (view: ClusterView): readonly string[] => [
  ...new Set([
    ...view.all('Namespace').map((namespace) => namespace.metadata.name),
    ...view.workloads.flatMap((workload) => workload.ref.namespace ?? []),
  ]),
]

const objectLabels: Readonly<Record<string, string>> = {
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  job_name: 'Job',
  job: 'Job',
  cronjob: 'CronJob',
  pod: 'Pod',
  service: 'Service',
  ingress: 'Ingress',
  node: 'Node',
  instance: 'Node',
  persistentvolumeclaim: 'PersistentVolumeClaim',
  horizontalpodautoscaler: 'HorizontalPodAutoscaler',
}

/** What an alert is about, by its labels. */
export const mentionsOf = (alert: Alert): Mentions => {
  const namespace = alert.namespace ?? alert.labels['namespace']
  const objects = Object.entries(objectLabels).flatMap(([label, kind]) => {
    const name = alert.labels[label]
    if (name === undefined || name === '') return []
    return [{ kind, name, ...(kind === 'Node' ? {} : namespaceIn(namespace)) }]
  })
  return { objects, namespaces: namespace === undefined ? [] : [namespace] }
}

/** Whether a reference is what a mention names. */
export const isMentioned = (mention: Mention, ref: ObjectRef): boolean =>
  mention.name === ref.name &&
  (mention.namespace === undefined || ref.namespace === undefined || mention.namespace === ref.namespace) &&
  (mention.kind === undefined || mention.kind === ref.kind)
