import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../src/adapters/kubernetes/reader.ts'
import { openWriter } from '../../src/adapters/kubernetes/writer.ts'
import type { FaultEffect } from '../../src/demo/cluster/http/faults.ts'
import { kubeconfigText } from '../../src/demo/cluster/kubeconfig.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import type { WriteRequest } from '../../src/domain/change.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { issuePermit } from '../../src/policy/permit.ts'
import { seedDeployment } from '../doctor/ward.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-api-'))
let cluster: SimulatedCluster
let reader: ReturnType<typeof openReader>
let writer: ReturnType<typeof openWriter>
let other: Server
let visits = 0

const contextOf = (text: string) => {
  const file = join(folder, `kubeconfig-${Math.random()}`)
  writeFileSync(file, text)
  return loadContexts({ kubeconfig: file, contexts: [], allowExec: false })
}
const only = (text: string) => {
  const { contexts, problems } = contextOf(text)
  if (contexts[0] === undefined) throw new Error(problems.join())
  return contexts[0]
}
beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
  seedDeployment({ cluster })
  reader = openReader(only(cluster.kubeconfig('reader')))
  writer = openWriter(only(cluster.kubeconfig('writer')))
  other = createServer((_, response) => {
    visits += 1
    response.end('{}')
  })
  await new Promise<void>((ready) => other.listen(0, '127.0.0.1', ready))
})
afterEach(() => cluster.faults.clear())
afterAll(async () => {
  reader?.close()
  writer?.close()
  other?.close()
  await cluster?.close()
  rmSync(folder, { recursive: true, force: true })
})

const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'checkout' }
const path = '/apis/apps/v1/namespaces/shop/deployments/checkout'
const request: WriteRequest = {
  method: 'PATCH',
  path,
  query: [['fieldManager', 'cluster-doctor']],
  contentType: 'application/merge-patch+json',
  body: '{"metadata":{"labels":{"tried":"yes"}}}',
}
const write = async () => {
  const expiresAt = new Date(Date.now() + 60_000).toISOString()
  const plan = { change: { kind: 'cluster-write', request }, target, expiresAt } as unknown as Plan
  return writer.write(issuePermit(plan, await writer.identify(), 1, Date.now()))
}
const fault = (effect: FaultEffect, times?: number, method?: string) =>
  cluster.faults.fail({
    path,
    effect,
    ...(times === undefined ? {} : { times }),
    ...(method === undefined ? {} : { method }),
  })
const asked = () => cluster.requests.filter((one) => one.path === path).length

describe('an API server that misbehaves, to the reader', () => {
  it('never answers (P4): the read ends when its work is cancelled, not when the server likes', async () => {
    fault({ kind: 'hang' })
    const begin = Date.now()
    const read = await reader.get(target, AbortSignal.timeout(200))
    expect(read).toMatchObject({ kind: 'unreadable', reason: 'timeout' })
    expect(Date.now() - begin).toBeLessThan(2_000)
  })

  it.each([
    ['a page of HTML (P5)', { kind: 'html' }],
    ['half an answer (P9)', { kind: 'truncate' }],
    [
      'a Status in a 200',
      { kind: 'body', text: '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success"}' },
    ],
    [
      'another object',
      { kind: 'body', text: '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"other"}}' },
    ],
    ['another kind', { kind: 'body', text: '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"checkout"}}' }],
    ['a list', { kind: 'body', text: '{"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{},"items":[]}' }],
    ['no JSON', { kind: 'body', text: '{"kind":' }],
    ['a number', { kind: 'body', text: '1e999' }],
    ['a 404 that is not its own', { kind: 'body', code: 404, type: 'text/html', text: '<h1>Not Found</h1>' }],
    ['500', { kind: 'status', code: 500 }],
    ['401', { kind: 'status', code: 401 }],
    ['403', { kind: 'status', code: 403 }],
  ] as const)('answers with %s: unreadable, never absent, never the object', async (_, effect) => {
    fault(effect)
    expect(await reader.get(target)).toMatchObject({ kind: 'unreadable' })
  })

  it('sends it to another host (P6): nobody goes there', async () => {
    fault({ kind: 'redirect', location: `http://127.0.0.1:${(other.address() as AddressInfo).port}${path}` })
    expect(await reader.get(target)).toMatchObject({ kind: 'unreadable' })
    expect(visits).toBe(0)
  })

  it('is busy (P7): waits as long as it says, and says so at once where that is too long', async () => {
    fault({ kind: 'status', code: 429, retryAfterSeconds: 1 }, 1)
    const begin = Date.now()
    expect(await reader.get(target)).toMatchObject({ kind: 'ok' })
    expect(Date.now() - begin).toBeGreaterThanOrEqual(950)
    const before = asked()
    fault({ kind: 'status', code: 429, retryAfterSeconds: 60 })
    expect(await reader.get(target)).toMatchObject({ kind: 'unreadable', reason: 'throttled' })
    expect(asked() - before).toBe(1)
  })

  it('loses one connection: the read is made once more, not for ever', async () => {
    fault({ kind: 'drop' }, 1)
    expect(await reader.get(target)).toMatchObject({ kind: 'ok' })
    const before = asked()
    fault({ kind: 'drop' })
    expect(await reader.get(target)).toMatchObject({ kind: 'unreadable', reason: 'truncated' })
    expect(asked() - before).toBeLessThanOrEqual(2)
  })
})

describe('an API server that misbehaves, to the writer', () => {
  it.each([
    ['429', { kind: 'status', code: 429, retryAfterSeconds: 1 }, 'rejected'],
    ['409', { kind: 'status', code: 409 }, 'rejected'],
    ['403', { kind: 'status', code: 403 }, 'rejected'],
    ['500', { kind: 'status', code: 500 }, 'unknown'],
    ['503', { kind: 'status', code: 503 }, 'unknown'],
    ['a closed connection', { kind: 'drop' }, 'unknown'],
    ['a page of HTML', { kind: 'html' }, 'unknown'],
    ['half an answer', { kind: 'truncate' }, 'unknown'],
    ['a redirect', { kind: 'redirect', location: 'https://127.0.0.1:9/' }, 'unknown'],
  ] as const)('%s is never tried again (P7), and never taken for done', async (_, effect, kind) => {
    const before = cluster.requests.filter((one) => one.method === 'PATCH').length
    fault(effect, undefined, 'PATCH')
    expect(await write()).toMatchObject({ kind })
    expect(cluster.requests.filter((one) => one.method === 'PATCH').length - before).toBe(1)
    expect(visits).toBe(0)
  })

  it.each([
    ['403', { kind: 'status', code: 403 }, 'rejected'],
    ['500', { kind: 'status', code: 500 }, 'unreadable'],
    ['a page of HTML', { kind: 'html' }, 'unreadable'],
    ['a closed connection', { kind: 'drop' }, 'unreadable'],
    [
      'a webhook that cannot rehearse (F21)',
      {
        kind: 'body',
        code: 400,
        text: '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"admission webhook \\"x\\" does not support dry run","reason":"BadRequest","code":400}',
      },
      'cannot-preview',
    ],
  ] as const)('a rehearsal that meets %s says so', async (_, effect, kind) => {
    fault(effect, undefined, 'PATCH')
    expect(await writer.dryRun(request, target)).toMatchObject({ kind })
  })

  it('says with every request what kind of patch it is (P8), and who writes', async () => {
    expect(await write()).toMatchObject({ kind: 'done' })
    const sent = cluster.requests.findLast((one) => one.method === 'PATCH')
    expect(sent).toMatchObject({ contentType: 'application/merge-patch+json', query: 'fieldManager=cluster-doctor' })
  })
})

describe('a kubeconfig that leads somewhere else (group 40)', () => {
  const text = () => cluster.kubeconfig('reader')
  it('is not believed where the certificate is of another authority', async () => {
    const stranger = await startSimulatedCluster({ name: 'prod-eu1', controllers: false })
    const context = only(kubeconfigText('prod-eu1', cluster.url, stranger.caPem, 'reader', cluster.token('reader')))
    const wrong = openReader(context)
    expect(await wrong.get(target)).toMatchObject({ kind: 'unreadable', reason: 'unreachable' })
    expect(await wrong.identify()).toMatchObject({ kind: 'uncertain' })
    wrong.close()
    await stranger.close()
  })

  it.each([
    ['plain http', (yaml: string) => yaml.replace('https://', 'http://')],
    [
      'insecure-skip-tls-verify',
      (yaml: string) => yaml.replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true'),
    ],
  ])('is refused with a sentence: %s', (_, change) => {
    const { contexts, problems } = contextOf(change(text()))
    expect(contexts).toEqual([])
    expect(problems.join()).not.toBe('')
    expect(problems.join()).not.toContain(cluster.token('reader'))
  })
})
