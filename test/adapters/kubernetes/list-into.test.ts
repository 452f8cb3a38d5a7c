import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadContexts } from '../../../src/adapters/kubernetes/kubeconfig.ts'
import { openReader } from '../../../src/adapters/kubernetes/reader.ts'
import { kubeconfigText } from '../../../src/demo/cluster/kubeconfig.ts'
import { createAuthority } from '../../../src/demo/cluster/pki/certificate.ts'

const folder = mkdtempSync(join(tmpdir(), 'doctor-into-'))
const body = Buffer.alloc(400_000, 'a list in pieces ')
let answer: (response: ServerResponse, request: IncomingMessage) => void = () => undefined
let server: Server
let reader: ReturnType<typeof openReader>

beforeAll(async () => {
  const authority = createAuthority('into')
  const { certificatePem, keyPem } = authority.issue({ commonName: 'into', ips: ['127.0.0.1'] })
  server = createServer({ cert: certificatePem, key: keyPem }, (request, response) => answer(response, request))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigText('into', url, authority.certificatePem, 'reader', 'token'))
  const { contexts } = loadContexts({ kubeconfig: join(folder, 'kubeconfig'), contexts: [], allowExec: false })
  if (contexts[0] === undefined) throw new Error('the kubeconfig was refused')
  reader = openReader(contexts[0])
})
afterAll(async () => {
  reader.close()
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  rmSync(folder, { recursive: true, force: true })
})

const pods = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true }
const list = async (types: string[] = []) => {
  let taken: Buffer[] = []
  const into = (contentType: string) => {
    types.push(contentType)
    taken = []
    return contentType === 'application/json' ? undefined : (chunk: Uint8Array) => void taken.push(Buffer.from(chunk))
  }
  const read = await reader.list(pods, { into })
  return { read, taken: Buffer.concat(taken) }
}

describe('a list that is taken as it comes', () => {
  it.each([
    ['as it is', body, {}],
    ['packed', gzipSync(body), { 'content-encoding': 'gzip' }],
  ])('hands on all of a body %s, and keeps none of it', async (_, sent, headers) => {
    answer = (response) => response.writeHead(200, { 'content-type': 'application/x', ...headers }).end(sent)
    const { read, taken } = await list()
    expect(read).toMatchObject({ kind: 'ok', value: { contentType: 'application/x', body: new Uint8Array() } })
    expect(taken.equals(body)).toBe(true)
  })

  it('keeps the body that nobody wants to take, and what is no list', async () => {
    answer = (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    expect((await list()).read).toMatchObject({ kind: 'ok', value: { body: Buffer.from('{}') } })
    const types: string[] = []
    const status = JSON.stringify({ kind: 'Status', message: 'no', reason: 'Forbidden' })
    answer = (response) => response.writeHead(403, { 'content-type': 'application/x' }).end(status)
    expect((await list(types)).read).toMatchObject({ kind: 'unreadable', reason: 'forbidden', message: 'no' })
    expect(types).toEqual([])
  })

  it.each([
    ['as it is', body, {}],
    ['packed', gzipSync(body), { 'content-encoding': 'gzip' }],
  ])('asks for a taker anew when a body %s was cut off, and says so when it is again', async (_, sent, headers) => {
    const cut = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/x', 'content-length': sent.length, ...headers })
      response.write(sent.subarray(0, sent.length / 2), () => response.destroy())
    }
    answer = (response) => {
      answer = (again) => again.writeHead(200, { 'content-type': 'application/x', ...headers }).end(sent)
      cut(response)
    }
    const types: string[] = []
    const { read, taken } = await list(types)
    expect(read.kind).toBe('ok')
    expect(types).toHaveLength(2)
    expect(taken.equals(body)).toBe(true)
    answer = cut
    expect((await list()).read).toMatchObject({ kind: 'unreadable', reason: 'truncated' })
  })
})
