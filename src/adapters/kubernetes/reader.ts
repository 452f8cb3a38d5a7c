import type { Read } from '../../domain/coverage.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { InvalidName, isNamespaceName, isObjectName } from '../../domain/name.ts'
import type { ClusterReader, RawList } from '../../ports.ts'
import { canI, reviewPaths } from './access.ts'
import { discover, type ServedResource } from './discovery.ts'
import { identify } from './identity.ts'
import type { KubeContext } from './kubeconfig.ts'
import { listPath, objectPath } from './paths.ts'
import { listDeadline, parseObject, readDeadline, readWire } from './reads.ts'
import { openTransport, type Transport, type WireRequest } from './transport.ts'

const discoveryTtl = 60_000

/**
 * The reading half of a cluster. Its transport can send GET and the two access reviews, nothing else: what diagnoses holds
 * no object that could write. `close` ends its connections.
 */
export const openReader = (context: KubeContext): ClusterReader & { readonly close: () => void } => {
  const transport = readOnly(openTransport(context))
  const served = new Map<
    'all' | 'groups',
    { readonly at: number; readonly value: Promise<Read<readonly ServedResource[]>> }
  >()
  return {
    name: context.name,
    server: context.server,
    list: (type, options) => list(transport, type, options),
    get: (ref, signal) => get(transport, ref, signal),
    resources: (signal, wanted = 'all') => {
      const fresh = [served.get('all'), served.get(wanted)].find(
        (one) => one !== undefined && Date.now() - one.at <= discoveryTtl,
      )
      if (fresh !== undefined) return fresh.value
      const value = discover(transport, signal, wanted)
      served.set(wanted, { at: Date.now(), value })
      const forget = () => void served.delete(wanted)
      value.then((read) => (read.kind === 'ok' ? undefined : forget()), forget)
      return value
    },
    logs: (namespace, pod, options, signal) => logs(transport, namespace, pod, options, signal),
    raw: (path, signal) => raw(transport, path, signal),
    canI: (access, signal) => canI(transport, access, signal),
    identify: async (signal) => (await identify(transport, context.name, context.server, signal)).identity,
    close: transport.close,
  }
}

/** Lets only reads through; anything else throws before a socket opens. */
const readOnly = (transport: Transport): Transport => ({
  close: transport.close,
  stream: transport.stream,
  upgrade: async () => {
    throw new Error('the reader cannot run anything')
  },
  request: (wire) => {
    const allowed =
      wire.method === 'GET' || (wire.method === 'POST' && (reviewPaths as readonly string[]).includes(wire.path))
    if (!allowed) throw new Error(`the reader cannot send ${wire.method}`)
    return transport.request(wire)
  },
})

const withSignal = (signal: AbortSignal | undefined): Pick<WireRequest, 'signal'> =>
  signal === undefined ? {} : { signal }

/** GET of one object. Throws InvalidName before any request for a name that cannot be one. */
export const get = async (
  transport: Transport,
  ref: Parameters<ClusterReader['get']>[0],
  signal?: AbortSignal,
): Promise<Read<KubeObject>> => {
  const answer = await readWire(transport, {
    method: 'GET',
    path: objectPath(ref),
    headers: { accept: 'application/json' },
    deadline: readDeadline,
    ...withSignal(signal),
  })
  if (answer.kind !== 'ok') return answer
  const object = parseObject(answer.value.body)
  if (object === undefined || object.kind !== ref.kind || object.metadata.name !== ref.name)
    return { kind: 'unreadable', reason: 'malformed', message: `the answer is not ${ref.kind} ${ref.name}` }
  return { kind: 'ok', value: object }
}

/** LIST of a resource as bytes. From the API server's watch cache (`resourceVersion=0`) unless a limit asks for pages. */
export const list: (transport: Transport, ...parameters: Parameters<ClusterReader['list']>) => Promise<Read<RawList>> =
  async (transport, type, options) => {
    const query = new URLSearchParams()
    if (options.labelSelector !== undefined) query.set('labelSelector', options.labelSelector)
    if (options.fieldSelector !== undefined) query.set('fieldSelector', options.fieldSelector)
    if (options.limit === undefined) query.set('resourceVersion', '0')
    else query.set('limit', String(options.limit))
    const path = `${listPath(type, options.namespace)}?${query}`
    const answer = await readWire(transport, {
      method: 'GET',
      path,
      headers: { accept: options.accept ?? 'application/json' },
      deadline: listDeadline,
      ...(options.into === undefined ? {} : { into: options.into }),
      ...withSignal(options.signal),
    })
    if (answer.kind === 'absent')
      return { kind: 'unreadable', reason: 'not-served', message: `${type.resource} is not served` }
    if (answer.kind !== 'ok') return answer
    return { kind: 'ok', value: { contentType: answer.value.headers['content-type'] ?? '', body: answer.value.body } }
  }

const logs = async (
  transport: Transport,
  ...[namespace, pod, options, signal]: Parameters<ClusterReader['logs']>
): Promise<Read<string>> => {
  if (!isNamespaceName(namespace)) throw new InvalidName('namespace', namespace)
  if (!isObjectName(pod)) throw new InvalidName('pod', pod)
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options)) if (value !== undefined) query.set(name, String(value))
  const answer = await readWire(transport, {
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`,
    deadline: readDeadline,
    maxBytes: 16_000_000,
    ...withSignal(signal),
  })
  return answer.kind === 'ok' ? { kind: 'ok', value: Buffer.from(answer.value.body).toString('utf8') } : answer
}

const raw = async (transport: Transport, path: string, signal?: AbortSignal): Promise<Read<string>> => {
  const url = new URL(path, 'https://api')
  if (url.host !== 'api' || `${url.pathname}${url.search}` !== path) throw new InvalidName('path', path)
  const answer = await readWire(transport, {
    method: 'GET',
    path,
    deadline: readDeadline,
    maxBytes: 16_000_000,
    ...withSignal(signal),
  })
  return answer.kind === 'ok' ? { kind: 'ok', value: Buffer.from(answer.value.body).toString('utf8') } : answer
}
