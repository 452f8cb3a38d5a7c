import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healthRoute, readyRoute } from '../../../src/adapters/http/health.ts'
import { bodyLimit, type Listener, type Route, startListener } from '../../../src/adapters/http/listener.ts'
import { makeMetrics } from '../../../src/adapters/http/metrics.ts'
import { type Taken, webhookRoute } from '../../../src/adapters/http/webhook.ts'
import { StoreUnavailable } from '../../../src/ports.ts'

let listener: Listener
let next: () => Promise<Taken>
const taken: unknown[] = []
const faults: unknown[] = []
const sign = (body: string | Buffer) => createHmac('sha256', 'secret').update(body).digest('hex')

beforeAll(async () => {
  const webhook = webhookRoute({
    verify: (headers, body) => headers['x-signature'] === sign(body),
    take: async (payload) => {
      taken.push(payload)
      return next()
    },
    rejected: () => undefined,
  })
  const metrics = makeMetrics(async () => ({ work: { waiting: 3 } }))
  const routes = new Map<string, Route>([
    ['/healthz', healthRoute],
    ['/metrics', metrics.route],
    ['/webhooks/test', webhook],
    [
      '/readyz',
      readyRoute(
        [
          { name: 'redis', needed: true, check: async () => undefined },
          { name: 'model', needed: false, check: () => Promise.reject(new Error('529 overloaded')) },
        ],
        () => false,
      ),
    ],
  ])
  listener = await startListener({ host: '127.0.0.1', port: 0, routes, fault: (_, error) => faults.push(error) })
})
afterAll(() => listener.close(100))

const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
  fetch(`${listener.url}/webhooks/test`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
    headers: { 'content-type': 'application/json', 'x-signature': sign(body), ...headers },
  })

describe('a webhook', () => {
  it('answers 202 with the ids once it is taken', async () => {
    next = async () => ({ kind: 'accepted', ids: ['i-1', 'i-2'] })
    const response = await post('{"a":1}')
    expect(response.status).toBe(202)
    expect(await response.json()).toEqual({ id: 'i-1', ids: ['i-1', 'i-2'] })
    expect(taken.at(-1)).toEqual({ a: 1 })
  })

  it('says 400 with the field, 409 for another body, 503 while busy or without a store', async () => {
    const cases: readonly [() => Promise<Taken>, number, object][] = [
      [async () => ({ kind: 'invalid', field: 'event.id', problem: 'is missing' }), 400, { field: 'event.id' }],
      [async () => ({ kind: 'conflict', problem: 'another body' }), 409, {}],
      [async () => ({ kind: 'busy' }), 503, {}],
      [() => Promise.reject(new StoreUnavailable('gone')), 503, {}],
    ]
    for (const [answer, status, part] of cases) {
      next = answer
      const response = await post('{}')
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject(part)
      if (status === 503) expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  it('says nothing about a fault but that there was one', async () => {
    next = () => Promise.reject(new Error('the secret is hunter2'))
    const response = await post('{}')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(/hunter2|at .*\.ts/)
    expect(String(faults.at(-1))).toContain('hunter2')
  })

  it('refuses before it parses what is not signed', async () => {
    const before = taken.length
    for (const bad of ['', 'abc', sign('other')]) expect((await post('{"a":', { 'x-signature': bad })).status).toBe(401)
    expect(taken).toHaveLength(before)
  })

  it('takes JSON with a charset, and no other content', async () => {
    next = async () => ({ kind: 'accepted', ids: ['x'] })
    expect((await post('{}', { 'content-type': 'application/json; charset=utf-8' })).status).toBe(202)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1', ''])
      expect((await post('{}', { 'content-type': type })).status, type).toBe(415)
  })

  it('refuses what two readers could read differently', async () => {
    const bad = {
      'is not JSON': '{"a":',
      twice: '{"user":1,"user":2}',
      __proto__x: '{"x":{"__proto__":{"admin":true}}}',
      nested: `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
      BOM: '\ufeff{}',
    }
    for (const body of Object.values(bad)) {
      const begin = performance.now()
      expect((await post(body)).status).toBe(400)
      expect(performance.now() - begin).toBeLessThan(500)
    }
    expect((await post(Buffer.from([0x22, 0xff, 0x22]))).status).toBe(400)
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
  })
})

describe('the listener', () => {
  it('answers 404, 405 with Allow, and is alive', async () => {
    expect((await fetch(`${listener.url}/nope`)).status).toBe(404)
    const wrong = await fetch(`${listener.url}/webhooks/test`)
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await fetch(`${listener.url}/healthz?x=1`)).status).toBe(200)
  })

  it('names each dependency, and is ready without the one that is not needed', async () => {
    const response = await fetch(`${listener.url}/readyz`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      status: 'ready',
      dependencies: {
        redis: { needed: true, status: 'ok' },
        model: { needed: false, status: 'unavailable', message: '529 overloaded' },
      },
    })
  })

  it('shows metrics', async () => {
    const text = await (await fetch(`${listener.url}/metrics`)).text()
    expect(text).toContain('doctor_queue_jobs{queue="work",state="waiting"} 3')
    expect(text).toContain('process_resident_memory_bytes')
  })

  it('refuses a body over the limit, declared or not, and keeps little of it', async () => {
    expect((await post('x'.repeat(bodyLimit + 1))).status).toBe(413)
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
    })
    const before = process.memoryUsage().rss
    const init = { method: 'POST', body: endless, duplex: 'half', headers: { 'content-type': 'application/json' } }
    const status = await fetch(`${listener.url}/webhooks/test`, init as RequestInit).then(
      (response) => response.status,
      () => 'connection closed',
    )
    expect([413, 'connection closed']).toContain(status)
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  })

  it('counts a header that is sent twice as not sent', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(listener.url)
      const socket = connect(Number(port), hostname)
      const signature = `x-signature: ${sign('{}')}\r\n`
      const head = `POST /webhooks/test HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n`
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk.toString()
        socket.end()
      })
      socket.once('error', reject)
      socket.once('close', () => resolve(answer))
      socket.write(`${head}${signature}${signature}\r\n{}`)
    })
    expect(text).toContain('401')
  })
})
