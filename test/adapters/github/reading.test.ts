import { generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openReading } from '../../../src/adapters/github/pipelines.ts'
import { closeServer, listenLocally } from '../../../src/demo/local-server.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const app = { appId: '7', privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
const expires = new Date(Date.now() + 3_600_000).toISOString()

let server: Server
let apiUrl: string
let granted: readonly string[]
const wanted: string[][] = []
const seen: (string | undefined)[] = []
beforeEach(async () => {
  wanted.length = 0
  seen.length = 0
  granted = ['actions', 'metadata', 'checks', 'deployments', 'issues']
  server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const answer = (status: number, body: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.url === '/users/acme/installation') return answer(200, { id: 5 })
    if (request.url === '/app/installations/5/access_tokens') {
      const { permissions = {} } = JSON.parse(Buffer.concat(parts).toString() || '{}') as { permissions?: object }
      wanted.push(Object.keys(permissions))
      return Object.keys(permissions).every((name) => granted.includes(name))
        ? answer(201, { token: 'ghs_short_lived', expires_at: expires })
        : answer(422, { message: 'The permissions requested are not granted to this installation.' })
    }
    seen.push(request.headers.authorization)
    return answer(200, {})
  })
  apiUrl = await listenLocally(server)
})
afterEach(() => closeServer(server))

it('reads as the App with a token that may only read', async () => {
  const client = openReading({ apiUrl, ...app })
  await client?.get('acme', '/repos/acme/checkout')
  await client?.get('acme', '/repos/acme/checkout')
  expect(wanted).toEqual([['actions', 'checks', 'deployments', 'issues', 'metadata']])
  expect(seen).toEqual(['Bearer ghs_short_lived', 'Bearer ghs_short_lived'])
})

it('asks for the least where the App was not granted all, and for no more than that', async () => {
  granted = ['actions', 'metadata']
  await openReading({ apiUrl, ...app })?.get('acme', '/x')
  expect(wanted.at(-1)).toEqual(['actions', 'metadata'])
  granted = ['contents']
  await expect(openReading({ apiUrl, ...app })?.get('acme', '/x')).rejects.toMatchObject({ status: 422 })
  expect(wanted.flat()).not.toContain('contents')
})

it('takes the token that may only read before the one that may write', async () => {
  await openReading({ apiUrl, token: 'writes', readToken: 'reads' })?.get('acme', '/x')
  await openReading({ apiUrl, token: 'writes' })?.get('acme', '/x')
  expect(seen).toEqual(['Bearer reads', 'Bearer writes'])
  expect(openReading({ apiUrl, webhookSecret: 'hears-only' })).toBeUndefined()
})
