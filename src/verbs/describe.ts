import { type Answer, type Block, note, table, text, title } from '../domain/document.ts'
import type { Container, ContainerStatus, Deployment, KubeObject, Pod } from '../domain/kubernetes.ts'
import { redact } from '../domain/redact.ts'
import { isRefusal } from '../domain/refusal.ts'
import type { ClusterReader, ResourceType } from '../ports.ts'
import { age } from './reading/ages.ts'
import { eventColumns, eventRows, type RawEvent } from './reading/event-rows.ts'
import { findObject, items, types, workloadType } from './reading/find.ts'
import {
  type Named,
  namedOf,
  orRefuse,
  type Place,
  placeOf,
  readFrom,
  refusalAnswer,
  resourceOf,
  unreadAnswer,
} from './reading/place.ts'
import { placeFlags, type Verb, type VerbContext } from './verb.ts'

export const verb: Verb = {
  name: 'describe',
  aliases: ['desc'],
  summary: 'one object with its state, conditions, containers and events',
  usage: 'KIND/NAME | NAME [-n NAMESPACE]',
  examples: [
    'describe deploy/checkout -n payments',
    'describe pod checkout-7d9f-x1 -n payments',
    'describe node worker-1',
  ],
  flags: placeFlags,
  where: 'everywhere',
  run: (context, args) =>
    orRefuse(placeOf(context, args), (place) =>
      describe(
        context,
        place,
        args.words.length === 0 && context.workload !== undefined ? [context.workload.name] : args.words,
      ),
    ),
}

const describe = async (context: VerbContext, place: Place, words: readonly string[]): Promise<Answer> => {
  const named = namedOf(words)
  if (isRefusal(named)) return refusalAnswer(named)
  const { reader } = place
  const found = await resolve(context, place, named)
  if (isRefusal(found)) return refusalAnswer(found)
  const { read, namespace } = found
  const what = `${named.kind ?? 'Object'} ${namespace === undefined ? '' : `${namespace}/`}${named.name}`
  if (read.kind !== 'ok') return unreadAnswer(reader, what, read)
  const object = read.value
  const events = await eventsOf(reader, object, context)
  return {
    status: 'ok',
    document: [
      title(`${object.kind} ${namespace === undefined ? '' : `${namespace}/`}${object.metadata.name}`),
      facts(object, context.now),
      ...conditionsOf(object, context.now),
      ...containersOf(object),
      ...events,
      readFrom(reader, namespace),
    ],
  }
}

const resolve = async (context: VerbContext, { reader, namespace: flagged }: Place, named: Named) => {
  const namespace = named.namespace ?? flagged ?? 'default'
  const known =
    named.kind === undefined ||
    workloadType(named.kind) !== undefined ||
    ['pod', 'pods', 'po'].includes(named.kind.toLowerCase())
  if (known)
    return {
      read: await findObject(reader, { ...named, namespace }, context.signal),
      namespace: namespace as string | undefined,
    }
  const type = await resourceOf(reader, named.kind ?? '', context.signal)
  if (isRefusal(type)) return type
  return {
    read: await reader.get(refFor(type, named.name, namespace), context.signal),
    namespace: type.namespaced ? namespace : undefined,
  }
}

const refFor = (type: ResourceType, name: string, namespace: string) => ({
  apiVersion: type.group === '' ? type.version : `${type.group}/${type.version}`,
  kind: type.kind,
  name,
  ...(type.namespaced ? { namespace } : {}),
})

const facts = (object: KubeObject, now: number): Block => {
  const { metadata } = object
  const spec = object.spec as (NonNullable<Deployment['spec']> & NonNullable<Pod['spec']>) | undefined
  const status = object.status as (NonNullable<Deployment['status']> & NonNullable<Pod['status']>) | undefined
  const owner = metadata.ownerReferences?.find((reference) => reference.controller) ?? metadata.ownerReferences?.[0]
  const rows: (readonly [string, string | undefined])[] = [
    ['Age', age(metadata.creationTimestamp, now)],
    [
      'Replicas',
      spec?.replicas === undefined
        ? undefined
        : `${status?.readyReplicas ?? 0} of ${spec.replicas} ready, ${status?.updatedReplicas ?? 0} up to date`,
    ],
    ['Phase', status?.phase],
    ['Reason', status?.reason],
    ['Node', spec?.nodeName],
    ['Owner', owner === undefined ? undefined : `${owner.kind}/${owner.name}`],
    ['Revision', metadata.annotations?.['deployment.kubernetes.io/revision']],
    ['Deleting since', metadata.deletionTimestamp],
    ['Finalizers', metadata.finalizers?.join(', ')],
    [
      'Labels',
      Object.entries(metadata.labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || undefined,
    ],
  ]
  return {
    kind: 'fields',
    fields: rows.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const])),
  }
}

const conditionsOf = (object: KubeObject, now: number): readonly Block[] => {
  const conditions = (object.status as Pod['status'] | undefined)?.conditions
  if (!Array.isArray(conditions) || conditions.length === 0) return []
  const rows = conditions.map((condition) => [
    condition.type ?? '',
    condition.status ?? '',
    condition.reason ?? '',
    age(condition.lastTransitionTime, now),
    redact(condition.message ?? ''),
  ])
  return [table(['Condition', 'Status', 'Reason', 'Since', 'Message'], rows)]
}

const containersOf = (object: KubeObject): readonly Block[] => {
  const podSpec = object.kind === 'Pod' ? (object as Pod).spec : (object as unknown as Deployment).spec?.template?.spec
  const all = [...(podSpec?.initContainers ?? []), ...(podSpec?.containers ?? [])]
  if (!Array.isArray(podSpec?.containers) || all.length === 0) return []
  const status = (object as Pod).status
  const states = new Map(
    [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map((item) => [item.name, item]),
  )
  return [
    table(
      ['Container', 'Image', 'Requests → limits', 'State', 'Restarts'],
      all.map((container) => row(container, states.get(container.name))),
    ),
  ]
}

const row = (container: Container, status: ContainerStatus | undefined): readonly string[] => [
  container.name,
  container.image ?? '',
  resourcesOf(container),
  stateOf(status),
  String(status?.restartCount ?? ''),
]

const resourcesOf = ({ resources }: Container): string =>
  ['cpu', 'memory']
    .map((name) => `${name} ${resources?.requests?.[name] ?? '–'} → ${resources?.limits?.[name] ?? '–'}`)
    .join(', ')

const stateOf = (status: ContainerStatus | undefined): string => {
  const { waiting, running, terminated } = status?.state ?? {}
  const before = status?.lastState?.terminated
  const last = before === undefined ? '' : ` (before: ${before.reason ?? 'terminated'}, exit ${before.exitCode ?? '?'})`
  if (waiting !== undefined) return `${waiting.reason ?? 'waiting'}${last}`
  if (terminated !== undefined) return `${terminated.reason ?? 'terminated'}, exit ${terminated.exitCode ?? '?'}`
  return running === undefined ? '' : `running${status?.ready === true ? '' : ', not ready'}${last}`
}

const eventsOf = async (reader: ClusterReader, object: KubeObject, context: VerbContext): Promise<readonly Block[]> => {
  const { name, namespace } = object.metadata
  const read = await items<RawEvent>(reader, types.events, {
    fieldSelector: `involvedObject.name=${name}`,
    signal: context.signal,
    ...(namespace === undefined ? {} : { namespace }),
  })
  if (read.kind !== 'ok')
    return [note(`Events could not be read: ${read.kind === 'unreadable' ? read.message : 'not served'}`)]
  const about = read.value.filter((event) => event.involvedObject?.kind === object.kind)
  return about.length === 0 ? [text('No events.')] : [table(eventColumns, eventRows(about, context.now), 15)]
}
