import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import { call, patchType } from './request.ts'

let cluster: SimulatedCluster
const maps = '/api/v1/namespaces/lists/configmaps'

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'reads', controllers: false })
  cluster.store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lists' } })
  for (let number = 1; number <= 9; number++) {
    cluster.store.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `m${number}`, namespace: 'lists', labels: { odd: String(number % 2), n: String(number) } },
    })
  }
})
afterAll(() => cluster.close())

const names = (body: { items: { metadata: { name: string } }[] }): string[] =>
  body.items.map((item) => item.metadata.name)

describe('lists', () => {
  it('selects by labels and fields', async () => {
    const query = (selector: string): string => `${maps}?labelSelector=${encodeURIComponent(selector)}`
    expect(names((await call(cluster, 'GET', query('odd=1,n in (3,5),!zork'))).body)).toEqual(['m3', 'm5'])
    expect(names((await call(cluster, 'GET', query('n>7'))).body)).toEqual(['m8', 'm9'])
    expect(names((await call(cluster, 'GET', `${maps}?fieldSelector=metadata.name%3Dm4`)).body)).toEqual(['m4'])
    const bad = await call(cluster, 'GET', `${maps}?fieldSelector=data.x%3D1`)
    expect(bad.code).toBe(400)
  })

  it('pages through one moment, and answers 410 once that moment is gone', async () => {
    const first = (await call(cluster, 'GET', `${maps}?limit=4`)).body
    expect(first.metadata.remainingItemCount).toBe(6)
    cluster.store.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm55', namespace: 'lists' } })
    const rest = (await call(cluster, 'GET', `${maps}?limit=100&continue=${first.metadata.continue}`)).body
    expect([...names(first), ...names(rest)]).toEqual([
      'kube-root-ca.crt',
      'm1',
      'm2',
      'm3',
      'm4',
      'm5',
      'm6',
      'm7',
      'm8',
      'm9',
    ])
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
    const page = (await call(cluster, 'GET', `${maps}?limit=2`)).body.metadata.continue
    cluster.store.compact()
    const gone = await call(cluster, 'GET', `${maps}?limit=2&continue=${page}`)
    expect(gone.code).toBe(410)
    expect(gone.body.reason).toBe('Expired')
  })

  it('writes tables and metadata when asked to, JSON when it can, 406 when it cannot', async () => {
    const table = await call(cluster, 'GET', maps, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' },
    })
    expect(table.body.columnDefinitions.map((column: { name: string }) => column.name)).toEqual(['Name', 'Data', 'Age'])
    const metadata = await call(cluster, 'GET', maps, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
    })
    expect(metadata.body.kind).toBe('PartialObjectMetadataList')
    expect(metadata.body.items[1].data).toBeUndefined()
    expect(
      (
        await call(cluster, 'GET', maps, {
          headers: { accept: 'application/vnd.kubernetes.protobuf, application/json' },
        })
      ).headers['content-type'],
    ).toBe('application/json')
    expect(
      (await call(cluster, 'GET', maps, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).code,
    ).toBe(406)
  })

  it('serves events in both of their versions', async () => {
    const event = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e1' },
      regarding: { kind: 'Pod', name: 'p' },
      note: 'text',
      reason: 'R',
      type: 'Warning',
      eventTime: '2026-11-20T10:00:00.000000Z',
      action: 'A',
      reportingController: 'c',
      reportingInstance: 'i',
    }
    expect((await call(cluster, 'POST', '/apis/events.k8s.io/v1/namespaces/lists/events', { body: event })).code).toBe(
      201,
    )
    const core = (await call(cluster, 'GET', '/api/v1/namespaces/lists/events?fieldSelector=involvedObject.name%3Dp'))
      .body.items[0]
    expect(core).toMatchObject({ message: 'text', involvedObject: { name: 'p' }, reportingComponent: 'c' })
  })
})

/** Reads a watch until it has seen that many events. */
function watch(
  path: string,
  count: number,
  onOpen: () => void = () => {},
): Promise<{ type: string; object: { metadata: { name: string; resourceVersion: string }; code?: number } }[]> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      cluster.url,
      { path, ca: cluster.caPem, agent: false, headers: { authorization: `Bearer ${cluster.token('reader')}` } },
      (response) => {
        let text = ''
        const finish = (): void => {
          const events = text
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line))
          request.destroy()
          resolve(events)
        }
        onOpen()
        response.on('data', (part: Buffer) => {
          text += part.toString('utf8')
          if (text.split('\n').length > count) finish()
        })
        response.on('end', finish)
      },
    )
    request.on('error', reject)
    request.end()
  })
}

describe('watches', () => {
  it('resumes from a revision and shows objects entering and leaving the selector', async () => {
    const from = cluster.store.revision()
    cluster.store.patch('configmaps', 'lists', 'm2', { metadata: { labels: { odd: '1' } } })
    cluster.store.patch('configmaps', 'lists', 'm3', { metadata: { labels: { odd: '0' } } })
    const events = await watch(`${maps}?watch=1&resourceVersion=${from}&labelSelector=odd%3D1`, 3, () =>
      cluster.store.patch('configmaps', 'lists', 'm5', { data: { a: 'b' } }),
    )
    expect(events.map((event) => `${event.type} ${event.object.metadata.name}`)).toEqual([
      'ADDED m2',
      'DELETED m3',
      'MODIFIED m5',
    ])
  })

  it('begins with what is there and bookmarks the end of it', async () => {
    const path =
      '/api/v1/namespaces?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1'
    const events = await watch(path, 7)
    expect(events.at(-1)?.type).toBe('BOOKMARK')
    expect(events.slice(0, -1).every((event) => event.type === 'ADDED')).toBe(true)
    expect(JSON.stringify(events.at(-1))).toContain('"k8s.io/initial-events-end":"true"')
  })

  it('ends with an ERROR of 410 when the revision was compacted away', async () => {
    const from = cluster.store.revision()
    cluster.store.patch('configmaps', 'lists', 'm6', { data: { a: 'c' } })
    cluster.store.compact()
    const [event] = await watch(`${maps}?watch=1&resourceVersion=${from}`, 1)
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })
  })

  it('delivers changes in the order of their revisions', async () => {
    const from = cluster.store.revision()
    for (let round = 0; round < 20; round++)
      await call(cluster, 'PATCH', `${maps}/m7`, { body: { data: { round: String(round) } }, type: patchType.merge })
    const events = await watch(`${maps}?watch=1&resourceVersion=${from}`, 20)
    const revisions = events.map((event) => Number(event.object.metadata.resourceVersion))
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b))
    expect(revisions).toHaveLength(20)
  })
})
