import { at } from '../../domain/at.ts'
import type { KubeObject, PodSpec } from '../../domain/kubernetes.ts'
import { type ReferredKind, referencesOf } from '../../domain/pod-references.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { oncePerView } from './once.ts'

/** Which names are used in which namespace: surely (a field refers to it), or perhaps (a text holds it as a word). */
export type NamesUsed = {
  readonly refers: (kind: ReferredKind, namespace: string, name: string) => boolean
  readonly mentions: (namespace: string, name: string) => boolean
}

/**
 * Kinds whose own texts are read elsewhere (pod specs) or name nothing but labels: a Service that selects `app: web` does not use
 * a ConfigMap called web. Their annotations are read all the same.
 */
const labelsOnly = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Job',
  'CronJob',
  'Service',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'Node',
  'Namespace',
  'PersistentVolumeClaim',
  'RoleBinding',
  'ClusterRoleBinding',
])
/** Kinds that are too many and say nothing about who uses what. */
const silent = new Set(['Event', 'ConfigMap', 'Secret', 'ServiceAccount', 'EndpointSlice', 'Endpoints', 'Lease', 'Pod'])
const word = /[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]/g
const mostText = 20_000

/**
 * Reads every object of a view for the names it uses: pod specs of pods, templates and old ReplicaSets (a rollback needs what
 * they name), and every text in custom resources, Ingresses, annotations, arguments and the resourceNames of rights.
 */
export const namesUsed: (view: ClusterView) => NamesUsed = oncePerView((view) => {
  const surely = new Set<string>()
  const perhaps = new Set<string>()
  const spec = (namespace: string, one: PodSpec | undefined): void => {
    for (const { kind, name } of referencesOf(one)) surely.add(`${kind} ${namespace}/${name}`)
    for (const container of [...(one?.initContainers ?? []), ...(one?.containers ?? [])]) {
      const values = (container.env ?? []).map(({ value }) => value)
      for (const text of [...(container.args ?? []), ...(container.command ?? []), ...values]) mention(namespace, text)
    }
  }
  const mention = (namespace: string, text: unknown): void => {
    if (typeof text !== 'string') return
    for (const found of text.slice(0, mostText).match(word) ?? []) perhaps.add(`${namespace}/${found}`)
  }
  for (const pod of view.all('Pod')) spec(pod.metadata.namespace ?? '', pod.spec)
  for (const { ref, template } of view.workloads) spec(ref.namespace ?? '', template?.spec)
  for (const set of view.all('ReplicaSet')) spec(set.metadata.namespace ?? '', set.spec?.template?.spec)
  for (const kind of view.kinds) {
    if (silent.has(kind)) continue
    for (const object of view.list(kind)) readObject(object, mention)
  }
  return {
    refers: (kind, namespace, name) => surely.has(`${kind} ${namespace}/${name}`),
    mentions: (namespace, name) => perhaps.has(`${namespace}/${name}`) || perhaps.has(`/${name}`),
  }
})

/** Custom kinds may share a name with a built-in one (Knative's Service): theirs is read. */
const isTyped = ({ apiVersion }: KubeObject): boolean =>
  !apiVersion.split('/')[0]?.includes('.') || apiVersion.includes('k8s.io/')

/** A custom resource may name an object of another namespace: then the namespace's name stands beside it. */
const readObject = (object: KubeObject, mention: (namespace: string, text: unknown) => void): void => {
  const own = object.metadata.namespace ?? ''
  for (const value of Object.values(object.metadata.annotations ?? {})) mention(own, value)
  if (labelsOnly.has(object.kind) && isTyped(object)) return
  const walk = (value: unknown, depth: number): void => {
    if (depth > 20) return
    if (Array.isArray(value)) for (const one of value.slice(0, 500)) walk(one, depth + 1)
    else if (typeof value === 'object' && value !== null) {
      const elsewhere = at(value, 'namespace')
      const name = at(value, 'name') ?? at(value, 'secretName')
      if (typeof elsewhere === 'string' && typeof name === 'string') mention(elsewhere, name)
      for (const one of Object.values(value)) walk(one, depth + 1)
    } else mention(own, value)
  }
  walk(object.spec, 0)
  walk((object as { readonly rules?: unknown }).rules, 0)
  walk((object as { readonly webhooks?: unknown }).webhooks, 0)
}

const runners = ['pods', 'deployments', 'statefulsets', 'daemonsets', 'cronjobs', 'jobs']

/**
 * Whether "nobody uses it" can be told in a namespace: everything that could use something was read there. Of files that is so
 * where they hold at least one pod or workload of the namespace.
 */
export const usersKnown = (view: ClusterView, namespace: string): boolean => {
  if (view.coverage.unavailable.some(({ source }) => runners.includes(source))) return false
  const known = (kind: 'Pod' | 'Deployment' | 'StatefulSet' | 'CronJob') =>
    view.presence(kind, namespace, ' ') === 'absent'
  return known('Pod') || known('Deployment') || known('StatefulSet') || known('CronJob')
}
