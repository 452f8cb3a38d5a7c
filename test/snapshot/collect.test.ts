import PbfWriter from 'pbf'
import { describe, expect, it } from 'vitest'
import type { Read } from '../../src/domain/coverage.ts'
import type { ClusterReader, RawList, ResourceType } from '../../src/ports.ts'
import { collect } from '../../src/snapshot/collect.ts'

type Answer = Read<RawList> | Record<string, unknown>

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const json = (value: unknown): Read<RawList> => ({
  kind: 'ok',
  value: { contentType: 'application/json', body: bytes(JSON.stringify(value)) },
})
const raw = (contentType: string, body: string | Uint8Array): Read<RawList> => ({
  kind: 'ok',
  value: { contentType, body: typeof body === 'string' ? bytes(body) : body },
})

/** A cluster that answers each list as told, empty lists for the rest, and notes what it was asked. */
const clusterOf = (answers: Readonly<Record<string, Answer>>, more: Partial<ClusterReader> = {}) => {
  const asked: {
    readonly resource: string
    readonly accept: string | undefined
    readonly namespace: string | undefined
    readonly fieldSelector: string | undefined
  }[] = []
  const logged: string[] = []
  const reader: ClusterReader = {
    name: 'prod',
    server: 'https://api',
    list: async (type: ResourceType, { accept, namespace, fieldSelector }) => {
      asked.push({ resource: type.resource, accept, namespace, fieldSelector })
      const answer = answers[type.resource]
      if (answer !== undefined && 'kind' in answer && (answer.kind === 'ok' || answer.kind === 'unreadable'))
        return answer as Read<RawList>
      const items = (answer as { items?: unknown } | undefined)?.items ?? []
      return json({ kind: `${type.kind}List`, apiVersion: type.version, metadata: {}, items })
    },
    get: async () => ({ kind: 'absent' }),
    resources: async () => ({ kind: 'ok', value: [] }),
    logs: async (namespace, pod, { container, previous }) => {
      logged.push(`${namespace}/${pod}/${container}${previous === true ? ' previous' : ''}`)
      return { kind: 'ok', value: 'password=hunter2 boom' }
    },
    raw: async () => ({ kind: 'ok', value: '{"gitVersion": "v1.36.2"}' }),
    canI: async () => ({ kind: 'ok', value: { allowed: true } }),
    identify: async () => ({ kind: 'uncertain', cluster: 'prod', signals: [], reason: 'test' }),
    ...more,
  }
  return { reader, asked, logged }
}

const pod = (name: string, status: unknown) => ({
  metadata: { name, namespace: 'shop' },
  spec: { containers: [{ name: 'app' }] },
  status,
})
const crashing = (name: string) =>
  pod(name, {
    containerStatuses: [
      {
        name: 'app',
        restartCount: 3,
        ready: false,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1 } },
      },
    ],
  })

describe('collect', () => {
  it('asks for each kind once, for Secrets as metadata only, and knows what it read', async () => {
    const { reader, asked } = clusterOf({
      pods: { items: [pod('a', {})] },
      secrets: raw(
        'application/json',
        JSON.stringify({
          kind: 'PartialObjectMetadataList',
          items: [
            { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 's', namespace: 'shop' } },
          ],
        }),
      ),
    })
    const view = await collect(reader, { now: '2026-11-20T10:00:00Z' })
    expect(new Set(asked.map(({ resource }) => resource)).size).toBe(asked.length)
    expect(asked.length).toBeLessThanOrEqual(22)
    expect(asked.find(({ resource }) => resource === 'secrets')?.accept).toMatch(/PartialObjectMetadataList/)
    expect(asked.find(({ resource }) => resource === 'pods')?.accept).toMatch(/^application\/vnd\.kubernetes\.protobuf/)
    expect(view).toMatchObject({ cluster: 'prod', now: '2026-11-20T10:00:00Z', kubernetesVersion: 'v1.36.2' })
    expect(view.get('Secret', 'shop', 's')).toMatchObject({ apiVersion: 'v1', kind: 'Secret' })
    expect(view.presence('Secret', 'shop', 'nope')).toBe('absent')
    expect(view.presence('StorageClass', undefined, 'nope')).toBe('unknown')
    expect(view.coverage.unavailable).toEqual([])
    expect(view.coverage.checked).toContain('pods')
  })

  it('leaves out of the events of a whole cluster what every start writes, and says that it has not read them all', async () => {
    const { reader, asked } = clusterOf({})
    const selectors = () =>
      asked.splice(0).flatMap(({ resource, fieldSelector }) => (fieldSelector === undefined ? [] : [resource]))
    expect((await collect(reader)).complete('Event')).toBe(false)
    expect(selectors()).toEqual(['events'])
    for (const options of [{ namespace: 'shop' }, { focus: 'Pod/a' }]) {
      const view = await collect(reader, options)
      expect(view.coverage.checked).toContain('events')
      expect(selectors()).toEqual([])
    }
  })

  it('takes nothing that is not the list asked for as an empty one', async () => {
    const bad: Readonly<Record<string, Read<RawList>>> = {
      pods: raw('text/html', '<html>please log in</html>'),
      events: raw('application/json', '<html>please log in</html>'),
      nodes: json({ kind: 'NodeList' }),
      services: json({ kind: 'Status', status: 'Failure', items: [] }),
      deployments: json({ kind: 'PodList', items: [] }),
      replicasets: raw('application/json', '{"kind":"ReplicaSetList","items":[{"metadata":{"name":"a"'),
      statefulsets: json({ kind: 'StatefulSetList', items: [], metadata: { continue: 'more' } }),
      jobs: json({ kind: 'JobList', items: null }),
      daemonsets: raw('application/vnd.kubernetes.protobuf', 'k8s\u0000garbage'),
      ingresses: raw('application/vnd.kubernetes.protobuf', '<html>'),
      secrets: { kind: 'unreadable', reason: 'forbidden', message: 'no: token=hunter2' },
    }
    const view = await collect(clusterOf(bad).reader)
    expect(view.coverage.unavailable.map(({ source, reason }) => `${source} ${reason}`)).toEqual([
      'daemonsets malformed',
      'deployments malformed',
      'events malformed',
      'ingresses malformed',
      'jobs malformed',
      'nodes malformed',
      'pods malformed',
      'replicasets malformed',
      'secrets forbidden',
      'services malformed',
      'statefulsets truncated',
    ])
    for (const kind of ['Pod', 'Node', 'Secret', 'StatefulSet'] as const) {
      expect(view.presence(kind, kind === 'Node' ? undefined : 'shop', 'nope')).toBe('unknown')
    }
    expect(JSON.stringify(view.coverage)).not.toContain('hunter2')
  })

  it('reads protobuf lists', async () => {
    const writer = new PbfWriter()
    const meta = (name: string) => (_: unknown, out: PbfWriter) => {
      out.writeStringField(1, name)
      out.writeStringField(3, 'shop')
    }
    const item = (name: string) => (_: unknown, out: PbfWriter) => out.writeMessage(1, meta(name), null)
    const list = new PbfWriter()
    list.writeMessage(1, (_, out) => out.writeStringField(2, '7'), null)
    list.writeMessage(2, item('a'), null)
    list.writeMessage(2, item('b'), null)
    writer.writeMessage(
      1,
      (_, out) => {
        out.writeStringField(1, 'v1')
        out.writeStringField(2, 'PodList')
      },
      null,
    )
    writer.writeBytesField(2, list.finish())
    const body = new Uint8Array([0x6b, 0x38, 0x73, 0, ...writer.finish()])
    const view = await collect(clusterOf({ pods: raw('application/vnd.kubernetes.protobuf', body) }).reader)
    expect(view.all('Pod')).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b', namespace: 'shop' } },
    ])
    for (let cut = 1; cut < body.length; cut++) {
      const short = raw('application/vnd.kubernetes.protobuf', body.subarray(0, cut))
      const { coverage } = await collect(clusterOf({ pods: short }).reader)
      expect(coverage.unavailable, `cut at ${cut}`).toMatchObject([{ source: 'pods', reason: 'malformed' }])
    }
  })

  it('reads the logs of what fails, of few pods of each workload, and redacts them', async () => {
    const owner = {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'aweb-1', uid: 'r', controller: true }],
    }
    const replicas = Array.from({ length: 30 }, (_, index) => {
      const one = crashing(`aweb-1-${index}`)
      return { ...one, metadata: { ...one.metadata, ...owner } }
    })
    const single = Array.from({ length: 40 }, (_, index) => crashing(`single-${index}`))
    const { reader, logged } = clusterOf({
      pods: {
        items: [
          ...replicas,
          ...single,
          pod('well', { containerStatuses: [{ name: 'app', ready: true, state: { running: {} } }] }),
        ],
      },
    })
    const view = await collect(reader)
    expect(logged).toHaveLength(20)
    expect(logged.filter((one) => one.includes('aweb-1'))).toHaveLength(2)
    expect(logged.every((one) => one.endsWith(' previous'))).toBe(true)
    expect(view.logs('shop', 'aweb-1-0')[0]?.text).toBe('password=[redacted:password] boom')
    const focused = clusterOf({
      pods: { items: [pod('well-1', { containerStatuses: [{ name: 'app', ready: true, state: { running: {} } }] })] },
    })
    await collect(focused.reader, { focus: 'deploy/well' })
    expect(focused.logged).toEqual(['shop/well-1/app'])
  })

  it('says that logs could not be read, and keeps what the server says of a container without one', async () => {
    const refusing = clusterOf(
      { pods: { items: [crashing('a')] } },
      { logs: async () => ({ kind: 'unreadable', reason: 'forbidden', message: 'no' }) },
    )
    expect((await collect(refusing.reader)).coverage.unavailable).toMatchObject([
      { source: 'logs', reason: 'forbidden' },
    ])
    const waiting = clusterOf(
      { pods: { items: [crashing('a')] } },
      {
        logs: async () => ({ kind: 'unreadable', reason: 'malformed', message: 'container "app" is waiting to start' }),
      },
    )
    const view = await collect(waiting.reader)
    expect(view.logs('shop', 'a')).toMatchObject([{ text: '', error: 'container "app" is waiting to start' }])
  })

  it('asks for further kinds only where something points at them', async () => {
    const pointed = clusterOf({
      events: {
        items: [
          {
            metadata: { name: 'e', namespace: 'shop' },
            involvedObject: { kind: 'ReplicaSet' },
            reason: 'FailedCreate',
            message: 'forbidden: exceeded quota',
          },
        ],
      },
      persistentvolumeclaims: { items: [{ metadata: { name: 'c', namespace: 'shop' }, status: { phase: 'Pending' } }] },
    })
    await collect(pointed.reader)
    const kinds = pointed.asked.map(({ resource }) => resource)
    for (const resource of ['resourcequotas', 'storageclasses', 'persistentvolumes']) expect(kinds).toContain(resource)
    for (const resource of ['runtimeclasses', 'limitranges', 'validatingwebhookconfigurations'])
      expect(kinds).not.toContain(resource)
  })

  const refusals = [
    ['pods "a" is forbidden: exceeded quota: compute, requested: cpu=1', ['resourcequotas']],
    ['pods "a" is forbidden: maximum cpu usage per Container is 1, but limit is 2', ['limitranges']],
    ['pods "a" is forbidden: error looking up service account shop/web: not found', ['serviceaccounts']],
    ['pods "a" is forbidden: no PriorityClass with name high was found', ['priorityclasses']],
    [
      'admission webhook "policy.example.com" denied the request: no',
      ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    ],
    ['0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available.', []],
  ] as const
  it.each(refusals)('reads beside the first lists for "%s" only %j', async (message, further) => {
    const event = {
      metadata: { name: 'e', namespace: 'shop' },
      involvedObject: { kind: 'ReplicaSet' },
      type: 'Warning',
      reason: message.startsWith('0/3') ? 'FailedScheduling' : 'FailedCreate',
      message,
    }
    const calm = clusterOf({})
    await collect(calm.reader)
    const told = clusterOf({ events: { items: [event] } })
    await collect(told.reader)
    const before = new Set(calm.asked.map(({ resource }) => resource))
    const more = told.asked.map(({ resource }) => resource).filter((resource) => !before.has(resource))
    expect(more.sort()).toEqual(further)
    // With the version and both requests of aggregated discovery: what a whole diagnosis costs a real server.
    expect(told.asked.length + 3).toBeLessThanOrEqual(25)
  })

  it('reads what may refuse pods where some are not made and no event is left to say why', async () => {
    const set = (replicas: number) => ({
      items: [{ metadata: { name: 'a', namespace: 'shop' }, spec: { replicas: 2 }, status: { replicas } }],
    })
    const asked = async (replicas: number) => {
      const server = clusterOf({ replicasets: set(replicas) })
      await collect(server.reader)
      return server.asked.map(({ resource }) => resource)
    }
    const refusing = ['resourcequotas', 'limitranges', 'serviceaccounts', 'priorityclasses']
    expect(await asked(1)).toEqual(expect.arrayContaining(refusing))
    const whole = await asked(2)
    expect(refusing.filter((resource) => whole.includes(resource))).toEqual([])
  })

  it('lists custom kinds that are served, in their version, and one namespace where asked', async () => {
    const served = {
      group: 'argoproj.io',
      version: 'v1alpha1',
      resource: 'applications',
      kind: 'Application',
      namespaced: true,
      shortNames: [],
      singular: 'application',
      verbs: ['list'],
    }
    const cluster = clusterOf(
      { applications: { items: [{ metadata: { name: 'shop', namespace: 'argocd' }, status: { sync: {} } }] } },
      { resources: async () => ({ kind: 'ok', value: [served, { ...served, group: 'other.io' }] }) },
    )
    const view = await collect(cluster.reader, { namespace: 'argocd' })
    expect(view.list('Application')).toMatchObject([{ apiVersion: 'argoproj.io/v1alpha1', status: { sync: {} } }])
    expect(cluster.asked.find(({ resource }) => resource === 'applications')).toMatchObject({
      namespace: 'argocd',
      accept: 'application/json',
    })
    expect(cluster.asked.find(({ resource }) => resource === 'nodes')?.namespace).toBeUndefined()
  })

  it('ends when it is told to', async () => {
    const slow = clusterOf(
      {},
      {
        list: (_type, { signal }) =>
          new Promise((resolve) => {
            const give = () => resolve({ kind: 'unreadable', reason: 'timeout', message: 'took too long' })
            if (signal?.aborted) give()
            else signal?.addEventListener('abort', give, { once: true })
          }),
      },
    )
    const started = performance.now()
    const view = await collect(slow.reader, { signal: AbortSignal.timeout(50) })
    expect(performance.now() - started).toBeLessThan(2000)
    expect(view.coverage.checked.filter((source) => source !== 'logs')).toEqual([])
    expect(view.coverage.unavailable.every(({ reason }) => reason === 'timeout')).toBe(true)
  })
})
