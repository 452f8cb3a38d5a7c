import type { Unreadable } from '../domain/coverage.ts'
import type { KindMap, KubeObject } from '../domain/kubernetes.ts'
import { redact } from '../domain/redact.ts'
import type { ClusterReader, ResourceType } from '../ports.ts'
import { type Breath, createBreath } from './breathe.ts'
import { collectLogs } from './collect-logs.ts'
import { indexing, type ViewInput, viewOver } from './create-view.ts'
import { decodeJson, decodeList, isProtobuf, MalformedList } from './decode-list.ts'
import { createStreamDecoder, type StreamDecoder } from './decode-stream.ts'
import { keptLogs } from './kept-logs.ts'
import { groupBy } from './order.ts'
import { type KindSchema, kindSchemas } from './schema/kinds.ts'
import { forgetTexts } from './schema/read-text.ts'
import { forgetShared } from './schema/shared.ts'
import { inSlices } from './steps.ts'
import type { ClusterView } from './view.ts'
import { customKinds, firstKinds, furtherKinds, type Seen, telling } from './wanted-lists.ts'

/** What to collect, and by when. Without a signal a collection ends after 45 seconds with what it has. */
export type CollectOptions = {
  readonly namespace?: string
  /** The workload or pod that was asked about: its logs are read even where it looks well. */
  readonly focus?: string
  readonly signal?: AbortSignal
  /** RFC 3339; the machine's clock where it is not given. */
  readonly now?: string
  /** Kinds to read in any case, for questions other than what is broken now. */
  readonly also?: readonly (keyof KindMap)[]
  /** Read every custom kind that the cluster serves, not only those that analyzers know: at most 80 of them. */
  readonly allCustom?: boolean
  /** Reads the server even where watches keep the lists: for what confirms that a change has helped. */
  readonly fresh?: boolean
}

const concurrency = 5
const deadline = 45_000
const logDeadline = 8_000
const listDeadline = 30_000

const protobuf = 'application/vnd.kubernetes.protobuf, application/json'
const metadataOnly =
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const json = 'application/json'

type Gathered = {
  readonly objects: KubeObject[]
  readonly complete: Set<string>
  readonly checked: Set<string>
  readonly unavailable: Unreadable[]
  /** When the server last said a word about the oldest list that watches kept, ms; absent where all was read. */
  heardAt?: number
}

/**
 * Reads a cluster once: one LIST a kind unless a watch keeps it, protobuf where built in, Secrets as metadata only, further
 * kinds only when the first lists point at them, then the logs that could say why. What cannot be read lowers coverage;
 * nothing is retried here.
 */
export const collect = async (reader: ClusterReader, options: CollectOptions = {}): Promise<ClusterView> => {
  const overall = AbortSignal.timeout(deadline)
  const signal = options.signal === undefined ? overall : AbortSignal.any([options.signal, overall])
  const gathered: Gathered = { objects: [], complete: new Set(), checked: new Set(), unavailable: [] }
  const breathe = createBreath()
  const read = (type: Wanted) => readList(reader, type, { ...options, signal }, gathered, breathe)
  const [version, served] = await Promise.all([
    versionOf(reader, options, signal),
    servedTypes(reader, options, signal, gathered),
    inParallel(firstKinds.map(wantedKind), read),
  ])
  const byKind = groupBy(gathered.objects, (object) => object.kind)
  const seen: Seen = { of: (kind) => (byKind.get(kind) ?? []) as never }
  const pointedAt = furtherKinds.filter(({ when }) => when(seen)).map(({ kind }) => kind)
  const asked = (options.also ?? []).filter((kind) => !firstKinds.includes(kind))
  const further = [...new Set([...pointedAt, ...asked])].map(wantedKind)
  const custom = options.allCustom === true ? everyCustomOf(served, gathered) : customOf(served)
  await inParallel([...whereServed(further, served, gathered), ...custom], read)
  forgetTexts()
  forgetShared()
  return finish(reader, gathered, version.kind === 'ok' ? version.value : '', { ...options, signal })
}

const versionOf = async (reader: ClusterReader, { fresh }: CollectOptions, signal: AbortSignal) => {
  const value = fresh === true ? undefined : reader.memory?.version()
  return value === undefined ? reader.raw('/version', signal) : ({ kind: 'ok', value } as const)
}

type Wanted = {
  readonly type: ResourceType
  readonly accept: string
  readonly schema?: KindSchema
  readonly source: string
}

const wantedKind = (kind: keyof KindMap): Wanted => {
  const schema = kindSchemas.get(kind)
  if (schema === undefined) throw new Error(`${kind} has no schema`)
  const metrics = schema.group === 'metrics.k8s.io'
  return {
    type: {
      group: schema.group,
      version: schema.version,
      resource: metrics ? (schema.resource.split('.')[0] ?? '') : schema.resource,
      kind,
      namespaced: schema.namespaced,
    },
    // The aggregator's own types and metrics are served as JSON by some servers only.
    accept:
      kind === 'Secret'
        ? metadataOnly
        : kind === 'APIService' || metrics || kind === 'ControllerRevision'
          ? json
          : protobuf,
    schema,
    source: schema.resource,
  }
}

type Served = Awaited<ReturnType<ClusterReader['resources']>> & { readonly kind: 'ok' }

/** What the server serves; nothing where it does not say, which lowers coverage. */
const servedTypes = async (
  reader: ClusterReader,
  { fresh }: CollectOptions,
  signal: AbortSignal,
  gathered: Gathered,
): Promise<Served['value']> => {
  const known = fresh === true ? undefined : reader.memory?.resources()
  if (known !== undefined) return known
  const served = await reader.resources(signal, 'groups')
  if (served.kind === 'ok') return served.value
  const reason = served.kind === 'absent' ? 'not-served' : served.reason
  gathered.unavailable.push({ source: 'custom resources', reason })
  return []
}

/** Metrics are asked for only where a metrics server is there; that there is none is said once. */
const whereServed = (further: readonly Wanted[], served: Served['value'], gathered: Gathered): readonly Wanted[] => {
  const metrics = (one: Wanted) => one.type.group === 'metrics.k8s.io'
  if (served.some(({ group }) => group === 'metrics.k8s.io') || !further.some(metrics)) return further
  gathered.unavailable.push({ source: 'metrics', reason: 'not-served' })
  return further.filter((one) => !metrics(one))
}

/** The custom kinds that this cluster serves, in the version it prefers. */
const customOf = (served: Served['value']): readonly Wanted[] =>
  customKinds.flatMap(({ group, kinds }) =>
    kinds.flatMap((kind): readonly Wanted[] => {
      const type = served.find((one) => one.group === group && one.kind === kind && one.verbs.includes('list'))
      return type === undefined ? [] : [{ type, accept: json, source: `${type.resource}.${group}` }]
    }),
  )

const mostCustom = 80

/** Every custom kind that is served: those of groups with a dot that are not Kubernetes' own. More than 80 are truncated, and said to be. */
const everyCustomOf = (served: Served['value'], gathered: Gathered): readonly Wanted[] => {
  const own = /(?:^|\.)(?:k8s\.io|kubernetes\.io)$/
  const known = new Set(customKinds.map(({ group }) => group))
  const all = served.filter(
    ({ group, resource, verbs }) =>
      group.includes('.') &&
      (known.has(group) || !own.test(group)) &&
      !resource.includes('/') &&
      verbs.includes('list'),
  )
  if (all.length > mostCustom) gathered.unavailable.push({ source: 'custom resources', reason: 'truncated' })
  return all.slice(0, mostCustom).map((type) => ({ type, accept: json, source: `${type.resource}.${type.group}` }))
}

const inParallel = async (all: readonly Wanted[], run: (one: Wanted) => Promise<void>): Promise<void> => {
  const queue = [...all]
  const worker = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await run(one)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

const readList = async (
  reader: ClusterReader,
  { type, accept, schema, source }: Wanted,
  options: CollectOptions & { readonly signal: AbortSignal },
  gathered: Gathered,
  breathe: Breath,
): Promise<void> => {
  const scope = type.namespaced && options.namespace !== undefined ? { namespace: options.namespace } : {}
  const held = options.fresh === true ? undefined : reader.memory?.list(type, { ...scope, accept })
  if (held?.kind === 'held') {
    for (const object of held.objects) gathered.objects.push(object)
    gathered.checked.add(source)
    gathered.complete.add(type.kind)
    gathered.heardAt = Math.min(held.heardAt, gathered.heardAt ?? held.heardAt)
    return
  }
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(listDeadline)])
  let streamed: StreamDecoder | undefined
  const into = (contentType: string) => {
    streamed = schema !== undefined && isProtobuf(contentType) ? createStreamDecoder(schema) : undefined
    return streamed?.take
  }
  const whole = options.namespace !== undefined || options.focus !== undefined
  const fieldSelector = whole || schema === undefined ? undefined : telling[schema.kind]
  const narrowed = fieldSelector === undefined ? {} : { fieldSelector }
  const answer = held ?? (await reader.list(type, { ...scope, ...narrowed, accept, signal, into }))
  if (answer.kind !== 'ok') {
    const reason = answer.kind === 'absent' ? 'not-served' : answer.reason
    const message = answer.kind === 'absent' ? '' : redact(answer.message).slice(0, 300)
    gathered.unavailable.push({ source, reason, ...(message === '' ? {} : { message }) })
    return
  }
  try {
    const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`
    const decoded =
      streamed !== undefined
        ? streamed.finish()
        : schema === undefined
          ? await decodeJson(answer.value, { apiVersion, kind: type.kind }, breathe)
          : await decodeList(schema, answer.value, breathe)
    for (const object of decoded.objects) gathered.objects.push(object)
    gathered.checked.add(source)
    if (decoded.more) gathered.unavailable.push({ source, reason: 'truncated' })
    else if (fieldSelector === undefined) gathered.complete.add(type.kind)
  } catch (error) {
    if (!(error instanceof MalformedList)) throw error
    gathered.unavailable.push({ source, reason: 'malformed', message: error.message })
  }
}

const finish = async (
  reader: ClusterReader,
  gathered: Gathered,
  version: string,
  options: CollectOptions & { readonly signal: AbortSignal },
): Promise<ClusterView> => {
  const kubernetesVersion = version.match(/"gitVersion":\s*"([^"]{1,64})"/)?.[1]
  const base: Omit<ViewInput, 'objects'> = {
    cluster: reader.name,
    now: options.now ?? new Date().toISOString(),
    ...(kubernetesVersion === undefined ? {} : { kubernetesVersion }),
    coverage: coverageOf(gathered),
    read: { kinds: gathered.complete, ...(options.namespace === undefined ? {} : { namespace: options.namespace }) },
  }
  const objects = await inSlices(indexing(gathered.objects), createBreath())
  const view = viewOver(objects, base)
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(logDeadline)])
  const focus = options.focus === undefined ? {} : { focus: options.focus.split('/').at(-1) ?? options.focus }
  // Of what was asked about by name, the newest lines count.
  const kept =
    reader.memory === undefined || options.fresh === true || options.focus !== undefined
      ? undefined
      : keptLogs(reader, reader.memory, view)
  const from = kept === undefined ? reader : { ...reader, logs: kept.logs }
  const { logs, unavailable } = await collectLogs(from, view, { ...focus, signal })
  const oldest = kept?.oldest()
  if (oldest !== undefined) gathered.heardAt = Math.min(oldest, gathered.heardAt ?? oldest)
  gathered.unavailable.push(...unavailable)
  if (unavailable.length === 0) gathered.checked.add('logs')
  if (logs.length === 0 && unavailable.length === 0) return view
  return viewOver(objects, { ...base, coverage: coverageOf(gathered), logs })
}

const coverageOf = ({ checked, unavailable, heardAt }: Gathered): ViewInput['coverage'] => ({
  ...(heardAt === undefined ? {} : { asOf: new Date(heardAt).toISOString() }),
  checked: [...checked].sort(),
  unavailable: [...unavailable].sort((a, b) => (a.source < b.source ? -1 : 1)),
})
