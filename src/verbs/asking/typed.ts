import type { Answer } from '../../domain/document.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refOf } from '../../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ResourceType } from '../../ports.ts'
import type { Arguments } from '../arguments.ts'
import { items } from '../reading/find.ts'
import { flagText, type Named, namedOf, type Place, placeOf, unreadAnswer } from '../reading/place.ts'
import type { VerbContext } from '../verb.ts'
import { withApp } from './app.ts'
import type { Wish } from './change.ts'

/** A kind that a verb is about, with the words for it. One that people know by name alone is looked for in all namespaces. */
export type Known = { readonly words: readonly string[]; readonly type: ResourceType; readonly anywhere?: true }

const known = (
  words: string,
  group: string,
  version: string,
  kind: string,
  resource: string,
  namespaced = true,
): Known => ({
  words: words.split(' '),
  type: { group, version, kind, resource, namespaced },
})

/** The kinds that operations are about and that are no workloads. */
export const kinds = {
  deployment: known('deployment deployments deploy', 'apps', 'v1', 'Deployment', 'deployments'),
  cronJob: known('cronjob cronjobs cj', 'batch', 'v1', 'CronJob', 'cronjobs'),
  job: known('job jobs', 'batch', 'v1', 'Job', 'jobs'),
  claim: known(
    'pvc persistentvolumeclaim persistentvolumeclaims',
    '',
    'v1',
    'PersistentVolumeClaim',
    'persistentvolumeclaims',
  ),
  service: known('service services svc', '', 'v1', 'Service', 'services'),
  pod: known('pod pods po', '', 'v1', 'Pod', 'pods'),
  node: known('node nodes no', '', 'v1', 'Node', 'nodes', false),
  autoscaler: known(
    'hpa horizontalpodautoscaler',
    'autoscaling',
    'v2',
    'HorizontalPodAutoscaler',
    'horizontalpodautoscalers',
  ),
  application: {
    ...known('application app', 'argoproj.io', 'v1alpha1', 'Application', 'applications'),
    anywhere: true,
  },
  certificate: known('certificate', 'cert-manager.io', 'v1', 'Certificate', 'certificates'),
  signingRequest: known(
    'csr',
    'certificates.k8s.io',
    'v1',
    'CertificateSigningRequest',
    'certificatesigningrequests',
    false,
  ),
} as const satisfies Readonly<Record<string, Known>>

/**
 * Finds the object of one of these kinds that a person named and asks for a plan about it. As with every verb, only Approve
 * on the card leads to a change.
 */
export const askAbout = (
  context: VerbContext,
  args: Arguments,
  words: readonly string[],
  candidates: readonly Known[],
  wish: (object: KubeObject, name: string) => Wish | Refusal,
): Promise<Answer> =>
  withApp(context, async (app) => {
    const place = placeOf(context, args)
    if (isRefusal(place)) return place
    const named = namedOf(words)
    if (isRefusal(named)) return named
    const fitting = candidates.filter(
      (one) => named.kind === undefined || one.words.includes(named.kind.toLowerCase().split('.')[0] ?? ''),
    )
    if (fitting.length === 0)
      return refused(
        'usage',
        `This is for a ${candidates.map((one) => one.type.kind).join(' or a ')}, not for a ${named.kind}.`,
      )
    for (const candidate of fitting) {
      const object = await findOne(context, args, place, named, candidate)
      if (object === undefined) continue
      if (isRefusal(object) || 'status' in object) return object as Refusal | Answer
      const name = [object.found.metadata.namespace, object.found.metadata.name].filter(Boolean).join('/')
      const wanted = wish(object.found, name)
      if (isRefusal(wanted)) return wanted
      const { action, input, summary } = wanted
      const target = refOf(object.found)
      return app.plan({ cluster: place.reader.name, action, target, input, reason: { summary, evidence: [] } })
    }
    const what = fitting.map((one) => one.type.kind).join(' or ')
    const name = [named.namespace ?? place.namespace, named.name].filter(Boolean).join('/')
    return unreadAnswer(place.reader, `${what} ${name}`, { kind: 'absent' })
  })

type Found = { readonly found: KubeObject } | Refusal | Answer | undefined

/** The object; undefined where there is none of this kind; a refusal or an answer where that cannot be told. */
const findOne = async (
  { signal }: VerbContext,
  args: Arguments,
  { reader, namespace: here }: Place,
  named: Named,
  { type, anywhere }: Known,
): Promise<Found> => {
  const said = named.namespace ?? flagText(args, 'namespace')
  const namespace = anywhere === true ? said : (said ?? here)
  if (anywhere === true && namespace === undefined) {
    const read = await items<KubeObject>(reader, type, { fieldSelector: `metadata.name=${named.name}`, signal })
    if (read.kind === 'absent') return undefined
    if (read.kind !== 'ok') return unreadAnswer(reader, `${type.kind} ${named.name}`, read)
    if (read.value.length > 1)
      return refused(
        'usage',
        `There are several: ${read.value.map((one) => `${one.metadata.namespace}/${one.metadata.name}`).join(', ')}.`,
      )
    return read.value[0] === undefined ? undefined : { found: read.value[0] }
  }
  if (type.namespaced && namespace === undefined)
    return refused('usage', `In which namespace is ${named.name}? Add -n NAMESPACE.`)
  const read = await reader.get(
    {
      apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
      kind: type.kind,
      name: named.name,
      ...(type.namespaced && namespace !== undefined ? { namespace } : {}),
    },
    signal,
  )
  if (read.kind === 'absent') return undefined
  return read.kind === 'ok' ? { found: read.value } : unreadAnswer(reader, `${type.kind} ${named.name}`, read)
}
