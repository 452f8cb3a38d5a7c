import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import { call, patchType } from './request.ts'

let cluster: SimulatedCluster
const web = '/apis/apps/v1/namespaces/default/deployments/web'
const configMaps = '/api/v1/namespaces/default/configmaps'

const manifest = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'nginx:1.27', env: [{ name: 'A', value: '1' }] }] },
    },
  },
}

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'writes', controllers: false })
  await call(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments?fieldManager=ci', { body: manifest })
})
afterAll(() => cluster.close())

describe('patches', () => {
  it('strategic merge joins containers and variables by name, new ones first', async () => {
    const body = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'web', env: [{ name: 'B', value: '2' }] },
              { name: 'side', image: 'x:1' },
            ],
          },
        },
      },
    }
    const { code, body: result } = await call(cluster, 'PATCH', `${web}?dryRun=All`, {
      body,
      type: patchType.strategic,
    })
    expect(code).toBe(200)
    const containers = result.spec.template.spec.containers
    expect(containers.map((entry: { name: string }) => entry.name)).toEqual(['web', 'side'])
    expect(containers[0].env.map((entry: { name: string }) => entry.name)).toEqual(['B', 'A'])
    expect(containers[0].image).toBe('nginx:1.27')
  })

  it('a JSON patch whose test fails changes nothing and says so as the real server does', async () => {
    const body = [
      { op: 'test', path: '/spec/replicas', value: 7 },
      { op: 'replace', path: '/spec/replicas', value: 9 },
    ]
    const { code, body: status } = await call(cluster, 'PATCH', web, { body, type: patchType.json })
    expect(code).toBe(422)
    expect(status).toMatchObject({
      reason: 'Invalid',
      message: 'the server rejected our request due to an error in our request',
    })
    expect((await call(cluster, 'GET', web)).body.spec.replicas).toBe(1)
  })

  it('a resourceVersion in a merge patch is a precondition', async () => {
    const stale = await call(cluster, 'PATCH', web, {
      body: { metadata: { resourceVersion: '1' }, spec: { replicas: 2 } },
      type: patchType.merge,
    })
    expect(stale.code).toBe(409)
    expect(stale.body.reason).toBe('Conflict')
    const { resourceVersion } = (await call(cluster, 'GET', web)).body.metadata
    const fresh = await call(cluster, 'PATCH', web, {
      body: { metadata: { resourceVersion }, spec: { replicas: 2 } },
      type: patchType.merge,
    })
    expect(fresh.code).toBe(200)
    expect(fresh.body.metadata.generation).toBe(2)
  })

  it('a patch that changes nothing writes nothing', async () => {
    const before = (await call(cluster, 'GET', web)).body.metadata.resourceVersion
    await call(cluster, 'PATCH', web, { body: { spec: { replicas: 2 } }, type: patchType.merge })
    expect((await call(cluster, 'GET', web)).body.metadata.resourceVersion).toBe(before)
  })

  it('refuses a plain JSON body and an unknown field when strict, warns of it otherwise', async () => {
    expect((await call(cluster, 'PATCH', web, { body: {}, type: 'application/json' })).code).toBe(415)
    const body = { spec: { zork: 1 } }
    const strict = await call(cluster, 'PATCH', `${web}?fieldValidation=Strict`, { body, type: patchType.merge })
    expect(strict.code).toBe(422)
    expect(strict.body.message).toContain('strict decoding error: unknown field "spec.zork"')
    const lenient = await call(cluster, 'PATCH', web, { body, type: patchType.merge })
    expect(lenient.headers['warning']).toBe('299 - "unknown field \\"spec.zork\\""')
  })

  it.each([
    [{ spec: { replicas: -1 } }, 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    [{ spec: { selector: { matchLabels: { app: 'other' } } } }, 'field is immutable'],
    [
      { spec: { template: { spec: { containers: [{ name: 'web', image: '' }] } } } },
      'spec.template.spec.containers[0].image: Required value',
    ],
    [
      {
        spec: {
          template: {
            spec: {
              containers: [{ name: 'web', resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }],
            },
          },
        },
      },
      'must be less than or equal to memory limit of 1Gi',
    ],
    [
      { spec: { template: { spec: { containers: [{ name: 'web', resources: { limits: { cpu: '100mm' } } }] } } } },
      "unable to parse quantity's suffix",
    ],
  ])('refuses %j', async (body, why) => {
    const { code, body: status } = await call(cluster, 'PATCH', web, { body, type: patchType.strategic })
    expect(code).toBe(422)
    expect(status.message).toContain(why)
  })
})

describe('server-side apply', () => {
  const config = (replicas: number) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { replicas },
  })

  it('conflicts with the manager that owns the field, unless forced', async () => {
    await call(cluster, 'PATCH', `${web}?fieldManager=ci`, { body: { spec: { replicas: 2 } }, type: patchType.merge })
    const refused = await call(cluster, 'PATCH', `${web}?fieldManager=doctor`, {
      body: config(5),
      type: patchType.apply,
    })
    expect(refused.code).toBe(409)
    expect(refused.body.details.causes[0]).toMatchObject({ reason: 'FieldManagerConflict', field: '.spec.replicas' })
    const forced = await call(cluster, 'PATCH', `${web}?fieldManager=doctor&force=true`, {
      body: config(5),
      type: patchType.apply,
    })
    expect(forced.body.spec.replicas).toBe(5)
    const owners = forced.body.metadata.managedFields.filter((entry: { fieldsV1: Record<string, unknown> }) =>
      JSON.stringify(entry.fieldsV1).includes('f:replicas'),
    )
    expect(owners.map((entry: { manager: string }) => entry.manager)).toEqual(['doctor'])
  })

  it('removes what this manager applied and no longer names', async () => {
    const path = `${configMaps}/applied?fieldManager=one`
    const map = (data: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'applied' },
      data,
    })
    expect((await call(cluster, 'PATCH', path, { body: map({ a: '1', b: '1' }), type: patchType.apply })).code).toBe(
      201,
    )
    await call(cluster, 'PATCH', `${configMaps}/applied?fieldManager=two`, {
      body: map({ c: '1' }),
      type: patchType.apply,
    })
    const { body } = await call(cluster, 'PATCH', path, { body: map({ b: '1' }), type: patchType.apply })
    expect(body.data).toEqual({ b: '1', c: '1' })
  })

  it('needs a field manager', async () => {
    const { code, body } = await call(cluster, 'PATCH', web, { body: config(1), type: patchType.apply })
    expect(code).toBe(422)
    expect(body.message).toContain('fieldManager: Required value: is required for apply patch')
  })
})

describe('dry runs and preconditions', () => {
  it('a dry run is validated, answered and forgotten', async () => {
    const created = await call(cluster, 'POST', `${configMaps}?dryRun=All`, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ghost' } },
    })
    expect(created.code).toBe(201)
    expect(created.body.metadata.uid).toBeTruthy()
    expect((await call(cluster, 'GET', `${configMaps}/ghost`)).code).toBe(404)
    expect((await call(cluster, 'DELETE', `${web}?dryRun=All`)).code).toBe(200)
    expect((await call(cluster, 'GET', web)).code).toBe(200)
    expect(cluster.requests.filter((request) => request.dryRun).length).toBeGreaterThanOrEqual(2)
    expect((await call(cluster, 'PATCH', `${web}?dryRun=yes`, { body: {}, type: patchType.merge })).code).toBe(422)
  })

  it('deletes only the object that was meant', async () => {
    await call(cluster, 'POST', configMaps, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'victim' } },
    })
    const wrong = await call(cluster, 'DELETE', `${configMaps}/victim`, { body: { preconditions: { uid: 'other' } } })
    expect(wrong.code).toBe(409)
    expect(wrong.body.message).toContain('the UID in the precondition (other) does not match the UID in record')
    const { uid } = (await call(cluster, 'GET', `${configMaps}/victim`)).body.metadata
    expect(
      (await call(cluster, 'DELETE', `${configMaps}/victim`, { body: { preconditions: { uid } } })).body.status,
    ).toBe('Success')
  })

  it('keeps an object with a finalizer until it is taken away', async () => {
    await call(cluster, 'POST', configMaps, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'held', finalizers: ['a.b/c'] } },
    })
    expect((await call(cluster, 'DELETE', `${configMaps}/held`)).body.metadata.deletionTimestamp).toBeTruthy()
    expect((await call(cluster, 'GET', `${configMaps}/held`)).code).toBe(200)
    await call(cluster, 'PATCH', `${configMaps}/held`, {
      body: { metadata: { finalizers: null } },
      type: patchType.merge,
    })
    expect((await call(cluster, 'GET', `${configMaps}/held`)).code).toBe(404)
  })

  it('takes normalised paths at their word: that is the trap clients must avoid', async () => {
    await call(cluster, 'POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'trap' } },
    })
    await call(cluster, 'POST', '/api/v1/namespaces/trap/configmaps', {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } },
    })
    const collection = await call(cluster, 'DELETE', '/api/v1/namespaces/trap/configmaps')
    expect(collection.body.kind).toBe('ConfigMapList')
    const space = await call(cluster, 'DELETE', '/api/v1/namespaces/trap')
    expect(space.body.status.phase).toBe('Terminating')
    const late = await call(cluster, 'POST', '/api/v1/namespaces/trap/configmaps', {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' } },
    })
    expect(late.body.message).toBe(
      'configmaps "two" is forbidden: unable to create new content in namespace trap because it is being terminated',
    )
    cluster.controllers.tick(10_000)
    expect((await call(cluster, 'GET', '/api/v1/namespaces/trap')).code).toBe(404)
  })
})

describe('scale', () => {
  it('reads, replaces and patches', async () => {
    const path = `${web}/scale`
    const { body } = await call(cluster, 'GET', path)
    expect(body).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', status: { selector: 'app=web' } })
    const put = await call(cluster, 'PUT', path, { body: { ...body, spec: { replicas: 4 } } })
    expect(put.body.spec.replicas).toBe(4)
    expect((await call(cluster, 'PUT', path, { body: { ...body, spec: { replicas: 6 } } })).code).toBe(409)
    const down = await call(cluster, 'PATCH', path, { body: { spec: { replicas: 0 } }, type: patchType.merge })
    expect(down.body.spec).toEqual({})
    expect((await call(cluster, 'GET', web)).body.spec.replicas).toBe(0)
  })
})
