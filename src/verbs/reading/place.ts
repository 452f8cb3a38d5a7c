import type { Read } from '../../domain/coverage.ts'
import { type Answer, note, text } from '../../domain/document.ts'
import { isNamespaceName, isPathSegment } from '../../domain/name.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'
import { type Arguments, nearest } from '../arguments.ts'
import type { VerbContext } from '../verb.ts'

/** Which cluster and namespace a line means; `namespace` is absent for all of them. */
export type Place = { readonly reader: ClusterReader; readonly namespace?: string }

/** Resolves --context and --namespace against what this place has. Unknown clusters get a suggestion. */
export const placeOf = (context: VerbContext, args: Arguments): Place | Refusal => {
  const wanted = flagText(args, 'context') ?? flagText(args, 'cluster') ?? context.cluster
  const reader = context.readers.get(wanted)
  if (reader === undefined) return refused('cluster-unknown', unknownCluster(wanted, [...context.readers.keys()]))
  const namespace = args.flags.has('all-namespaces') ? undefined : (flagText(args, 'namespace') ?? context.namespace)
  if (namespace !== undefined && !isNamespaceName(namespace as unknown))
    return refused(
      'namespace-invalid',
      `“${namespace.slice(0, 60)}” cannot be the name of a namespace: lower-case letters, digits and dashes only.`,
    )
  return { reader, ...(namespace === undefined ? {} : { namespace }) }
}

const unknownCluster = (wanted: string, names: readonly string[]): string => {
  if (names.length === 0) return 'No cluster is connected: set KUBECONFIG, or DOCTOR_CONTEXTS for several.'
  const near = nearest(wanted, names)
  return `There is no cluster “${wanted.slice(0, 60)}” here${near === undefined ? '' : `; did you mean ${near}`}. Connected: ${names.join(', ')}.`
}

/** The text of a flag; undefined where it is not given. */
export const flagText = (args: Arguments, name: string): string | undefined => {
  const value = args.flags.get(name)
  return typeof value === 'string' ? value : undefined
}

/** A whole number between bounds from a flag, or the fallback, or a refusal. */
export const flagNumber = (
  args: Arguments,
  name: string,
  min: number,
  max: number,
  fallback: number,
): number | Refusal => {
  const value = flagText(args, name)
  if (value === undefined) return fallback
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
  return number >= min && number <= max
    ? number
    : refused('usage', `--${name} takes a whole number from ${min} to ${max}.`)
}

/** A resource type by any of its names: plural, singular, kind or short name, with its group where kinds clash (`certificates.cert-manager.io`). */
export const resourceOf = async (
  reader: ClusterReader,
  typed: string,
  signal: AbortSignal,
): Promise<ResourceType | Refusal> => {
  const served = await reader.resources(signal)
  if (served.kind !== 'ok')
    return refused(
      'could-not-tell',
      `The resource types of ${reader.name} could not be read: ${served.kind === 'absent' ? 'none served' : served.message}.`,
    )
  const [name = '', ...group] = typed.toLowerCase().split('.')
  const matches = served.value.filter(
    (type) =>
      [type.resource, type.singular, type.kind.toLowerCase(), ...type.shortNames].includes(name) &&
      (group.length === 0 || type.group === group.join('.') || type.group.startsWith(`${group.join('.')}.`)),
  )
  // As kubectl: the core group wins, then groups by name; metrics repeat kinds and never win.
  const order = (type: ResourceType) =>
    type.group === '' ? '0' : type.group === 'metrics.k8s.io' ? '2' : `1${type.group}`
  const found = matches.toSorted((a, b) => (order(a) < order(b) ? -1 : 1))[0]
  if (found !== undefined) return found
  const near = nearest(
    name,
    [...new Set(served.value.flatMap((type) => [type.resource, type.singular, ...type.shortNames]))].filter(
      (candidate) => candidate.length > 2,
    ),
  )
  return refused(
    'resource-unknown',
    `${reader.name} has no resource type “${typed.slice(0, 60)}”${near === undefined ? '.' : `; did you mean ${near}?`}`,
  )
}

/** What a person named: `checkout`, `deploy/checkout`, `payments/checkout`, `deployment checkout`, `payments/deploy/checkout`. */
export type Named = { readonly kind?: string; readonly namespace?: string; readonly name: string }

const kindWords = new Set([
  'pod',
  'pods',
  'po',
  'deployment',
  'deployments',
  'deploy',
  'statefulset',
  'statefulsets',
  'sts',
  'daemonset',
  'daemonsets',
  'ds',
  'replicaset',
  'replicasets',
  'rs',
  'job',
  'jobs',
  'cronjob',
  'cronjobs',
  'cj',
  'service',
  'services',
  'svc',
  'ingress',
  'ingresses',
  'ing',
  'node',
  'nodes',
  'no',
  'namespace',
  'ns',
  'configmap',
  'configmaps',
  'cm',
  'pvc',
  'persistentvolumeclaim',
  'persistentvolumeclaims',
  'pv',
  'persistentvolume',
  'hpa',
  'horizontalpodautoscaler',
  'pdb',
  'poddisruptionbudget',
  'application',
  'app',
  'secret',
  'secrets',
  'serviceaccount',
  'sa',
  'networkpolicy',
  'netpol',
  'quota',
  'resourcequota',
  'event',
  'events',
  'ev',
  'endpointslice',
  'storageclass',
  'sc',
  'rollout',
  'kustomization',
  'helmrelease',
  'certificate',
])

/** Takes names apart as people write them. Refuses what cannot be a name before any request is made. */
export const namedOf = (words: readonly string[]): Named | Refusal => {
  const parts = words.flatMap((word) => word.split('/')).filter((part) => part !== '')
  const bad = parts.find((part) => !isPathSegment(part))
  if (bad !== undefined || words.some((word) => word.includes('..')))
    return refused('name-invalid', `“${(bad ?? words.join(' ')).slice(0, 60)}” cannot be a Kubernetes name.`)
  const [first = '', second, third] = parts
  const isKind = (word: string) => kindWords.has(word.toLowerCase().split('.')[0] ?? '')
  if (parts.length === 0)
    return refused('usage', 'Name what to look at, for example deploy/checkout or payments/checkout.')
  if (third !== undefined && second !== undefined && parts.length === 3)
    return isKind(second)
      ? { namespace: first, kind: second, name: third }
      : refused('usage', `“${second}” is not a kind that I know here; write it as KIND/NAME.`)
  if (parts.length > 3) return refused('usage', 'Write one name: KIND/NAME, NAMESPACE/NAME or NAMESPACE/KIND/NAME.')
  if (second === undefined) return { name: first }
  return isKind(first) || words.length === 2 ? { kind: first, name: second } : { namespace: first, name: second }
}

/** Turns a refusal into an answer; usage refusals are the caller's, the rest say what could not be told. */
export const refusalAnswer = (refusal: Refusal): Answer => ({
  status:
    refusal.code === 'could-not-tell'
      ? 'could-not-tell'
      : refusal.code.endsWith('-unknown') || refusal.code === 'not-found'
        ? 'not-found'
        : 'usage',
  document: [text(refusal.reason)],
})

/** What an unread source means for an answer: never that there is nothing. */
export const unreadAnswer = (
  reader: ClusterReader,
  what: string,
  read: Exclude<Read<unknown>, { kind: 'ok' }>,
): Answer =>
  read.kind === 'absent'
    ? { status: 'not-found', document: [text(`${what} does not exist on ${reader.name}.`)] }
    : {
        status: 'could-not-tell',
        document: [
          text(`${what} could not be read on ${reader.name} (${read.reason}): ${read.message}`),
          note('This says nothing about whether it exists or is healthy.'),
        ],
      }

/** The line that every read ends with: which cluster, and where in it. */
export const readFrom = (reader: ClusterReader, namespace: string | undefined, extra = ''): ReturnType<typeof note> =>
  note(`${reader.name}${namespace === undefined ? '' : ` · ${namespace}`}${extra === '' ? '' : ` · ${extra}`}`)

/** Runs the next step unless this one was refused. */
export const orRefuse = async <T extends object>(
  value: T | Refusal,
  next: (value: T) => Promise<Answer>,
): Promise<Answer> => (isRefusal(value) ? refusalAnswer(value) : next(value as T))
