import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { PinViolation, pinnedPath } from '../../src/adapters/kubernetes/pin.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { openWriter } from '../../src/adapters/kubernetes/writer.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { WriteRequest } from '../../src/domain/change.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { issuePermit, WritePermit } from '../../src/policy/permit.ts'
import { seedDeployment } from '../doctor/ward.ts'

let cluster: SimulatedCluster
let reader: ReturnType<typeof openReader>
let writer: ReturnType<typeof openWriter>
const folder = mkdtempSync(join(tmpdir(), 'doctor-pin-'))
beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
  seedDeployment({ cluster })
  const context = (user: 'reader' | 'writer') => {
    writeFileSync(join(folder, user), cluster.kubeconfig(user))
    const [one] = loadContexts({ kubeconfig: join(folder, user), contexts: [], allowExec: false }).contexts
    if (one === undefined) throw new Error('the kubeconfig was refused')
    return one
  }
  reader = openReader(context('reader'))
  writer = openWriter(context('writer'))
})
afterAll(async () => {
  reader?.close()
  writer?.close()
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

const right: WriteRequest = {
  method: 'PATCH',
  path: '/apis/apps/v1/namespaces/shop/deployments/checkout',
  query: [['fieldManager', 'cluster-doctor']],
  contentType: 'application/merge-patch+json',
  body: '{"spec":{"replicas":3}}',
}
const planOf = (request: WriteRequest): Plan =>
  ({
    change: { kind: 'cluster-write', request },
    target: { kind: 'Deployment' },
    expiresAt: new Date(Date.now() + 600_000).toISOString(),
  }) as unknown as Plan
const writeOf = async (request: WriteRequest, now = Date.now()) =>
  writer.write(issuePermit(planOf(request), await writer.identify(), 1, now))
const sent = () => cluster.requests.filter((one) => one.method !== 'GET')

/** What names become on the wire when nobody looks (SAFETY P2, P3), and other ways to mean more than one object. */
const names = [
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '%2e%2e',
  '%2E%2e',
  '..%2f',
  '-n',
  '--server=https://x',
  'a'.repeat(254),
  'web.',
  '.web',
  'x?dryRun=All',
  'x#y',
  'a b',
  'é',
  'рrod',
  '\0',
  'a\nb',
  'web\r\nHost: x',
  '\u202eweb',
  '*',
  'web;ls',
  '$(id)',
  ' web',
  'web ',
  '@',
  'web,api',
  '\\',
  'con\t',
]
const wrong: Readonly<Record<string, Partial<WriteRequest>>> = {
  'a DELETE': { method: 'DELETE' },
  'a PUT of a collection': {
    method: 'PUT',
    path: '/apis/apps/v1/namespaces/shop/deployments',
    contentType: 'application/json',
  },
  'a POST that creates': { method: 'POST', path: '/api/v1/namespaces/shop/pods', contentType: 'application/json' },
  'a namespace': { method: 'DELETE', path: '/api/v1/namespaces/prod' },
  'a subresource that is not scale': { path: `${right.path}/status` },
  'an exec': { method: 'POST', path: '/api/v1/namespaces/shop/pods/web/exec', contentType: 'application/json' },
  'a path that is not canonical': { path: '/apis/apps/v1/namespaces/shop/deployments/../deployments/checkout' },
  'a double slash': { path: '/apis/apps/v1/namespaces//deployments/checkout' },
  'an escape': { path: '/apis/apps/v1/namespaces/shop/deployments/check%6fut' },
  'a query in the path': { path: `${right.path}?force=true` },
  'another host': { path: '//evil.example/apis/apps/v1/namespaces/shop/deployments/checkout' },
  force: {
    query: [
      ['fieldManager', 'cluster-doctor'],
      ['force', 'true'],
    ],
  },
  'a dry run that is none': {
    query: [
      ['dryRun', 'All'],
      ['fieldManager', 'cluster-doctor'],
    ],
  },
  'no field manager': { query: [] },
  'a field manager twice': {
    query: [
      ['fieldManager', 'a'],
      ['fieldManager', 'b'],
    ],
  },
  'no body': { body: '' },
  'another content type': { contentType: 'text/plain' },
  'a content type with parameters': { contentType: 'application/merge-patch+json; charset=utf-8' },
}

describe('promise 9: the writing client sends only what the approved plan pins', () => {
  it.each(Object.entries(wrong))('throws before a socket opens: %s', async (_, part) => {
    const before = cluster.requests.length
    const request = { ...right, ...part }
    expect(() => pinnedPath(request)).toThrow(PinViolation)
    await expect(writeOf(request)).rejects.toThrow(PinViolation)
    await expect(
      writer.dryRun(request, { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' }),
    ).rejects.toThrow(PinViolation)
    // The identity is asked for, and nothing else.
    expect(
      cluster.requests
        .slice(before)
        .map((one) => one.path)
        .filter((path) => !path.endsWith('/kube-system')),
    ).toEqual([])
  })

  it.each(names)('a name that is %j reaches no server, neither to read nor to write', async (name) => {
    const before = cluster.requests.length
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name }
    for (const bad of [ref, { ...ref, name: 'checkout', namespace: name }]) {
      await expect(reader.get(bad)).rejects.toThrow()
      await expect(writer.get(bad)).rejects.toThrow()
      const path = `/apis/apps/v1/namespaces/${bad.namespace}/deployments/${bad.name}`
      expect(() => pinnedPath({ ...right, path })).toThrow(PinViolation)
    }
    await expect(reader.logs('shop', name, {})).rejects.toThrow()
    await expect(reader.logs(name, 'web', {})).rejects.toThrow()
    expect(cluster.requests.length).toBe(before)
  })

  it.each(['A_B', 'system:node', 'Web'])('a name of RBAC kinds may be read, never written: %s', (name) => {
    expect(() => pinnedPath({ ...right, path: `/apis/apps/v1/namespaces/shop/deployments/${name}` })).toThrow(
      PinViolation,
    )
    expect(() => pinnedPath({ ...right, path: `/apis/apps/v1/namespaces/${name}/deployments/web` })).toThrow(
      PinViolation,
    )
  })

  it('any text for a path is a whole write of one object, or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webPath(), fc.constantFrom(...names)), (text) => {
        try {
          const path = pinnedPath({ ...right, path: `/apis/apps/v1/namespaces/shop/deployments/${text}` })
          const url = new URL(path, 'https://api')
          expect(url.pathname.split('/').length).toBeLessThanOrEqual(9)
          expect(url.pathname).toMatch(
            /^\/apis\/apps\/v1\/namespaces\/shop\/deployments\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?(\/scale)?$/,
          )
        } catch (error) {
          expect(error).toBeInstanceOf(PinViolation)
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('a permit cannot be made, used twice or used late', async () => {
    expect(() => new WritePermit(Symbol('mine') as never, planOf(right), {} as never, 1, Date.now() + 9_999)).toThrow(
      TypeError,
    )
    const forged = Object.create(WritePermit.prototype, { plan: { value: planOf(right) } }) as WritePermit
    await expect((async () => writer.write(forged))()).rejects.toThrow()
    await expect(writeOf(right, Date.now() - 15_001)).rejects.toThrow(/expired/)
    const before = sent().length
    const permit = issuePermit(planOf(right), await writer.identify(), 1, Date.now())
    expect(await writer.write(permit)).toMatchObject({ kind: 'done', status: 200 })
    await expect(writer.write(permit)).rejects.toThrow(/already spent/)
    expect(sent().slice(before)).toMatchObject([{ method: 'PATCH', path: right.path, body: right.body, dryRun: false }])
  })

  it('what it rehearses is marked as a rehearsal', async () => {
    const before = sent().length
    const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' }
    expect(await writer.dryRun(right, target)).toMatchObject({ kind: 'accepted' })
    expect(
      sent()
        .slice(before)
        .map((one) => one.dryRun),
    ).toEqual([true])
  })
})
