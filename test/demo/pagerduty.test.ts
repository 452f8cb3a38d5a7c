import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeServer, listenLocally } from '../../src/demo/local-server.ts'
import { type SimulatedPagerDuty, startPagerDuty } from '../../src/demo/pagerduty/start.ts'
import { source } from '../../src/sources/pagerduty.ts'

const secret = 'webhook-secret'
const trigger = {
  key: 'k',
  title: 'shop/cart: Pod is crash looping',
  urgency: 'high',
  priority: 'P2',
  service: 'shop',
} as const
let pagerduty: SimulatedPagerDuty
let receiver: Server
let answers: number[]
let heard: { body: Buffer; signature: string }[]

beforeEach(async () => {
  answers = []
  heard = []
  pagerduty = await startPagerDuty({ token: 'tok' })
  receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      heard.push({ body: Buffer.concat(parts), signature: String(request.headers['x-pagerduty-signature']) })
      response.writeHead(answers.shift() ?? 202).end()
    })
  })
  pagerduty.connect({ url: await listenLocally(receiver), secret })
})
afterEach(async () => {
  await pagerduty.close()
  await closeServer(receiver)
})

const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
  const response = await fetch(`${pagerduty.url}${path}`, {
    method,
    headers: {
      authorization: 'Token token=tok',
      from: 'doctor@acme.example',
      'content-type': 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, any> }
}
const settled = (tries: number) => expect.poll(() => heard.length, { timeout: 5_000 }).toBe(tries)

describe('webhooks', () => {
  it('are signed so that the app believes them, and tried again with the same event id', async () => {
    answers = [503]
    const incident = pagerduty.trigger(trigger)
    await settled(2)
    const [first, second] = heard
    expect(second?.body.equals(first?.body as Buffer)).toBe(true)
    expect(first?.signature).toBe(
      `v1=${createHmac('sha256', secret)
        .update(first?.body as Buffer)
        .digest('hex')}`,
    )
    const headers = { 'x-pagerduty-signature': first?.signature }
    expect(source.verify(headers, first?.body as Buffer, secret)).toBe(true)
    const parsed = source.parse(JSON.parse(String(first?.body)), headers, new Date().toISOString())
    expect(parsed).toMatchObject({
      kind: 'alerts',
      alerts: [
        {
          status: 'firing',
          namespace: 'shop',
          workload: { name: 'cart' },
          link: { number: incident.number, priority: 'P2', assignees: ['Ana Ruiz'] },
        },
      ],
    })
    await expect.poll(() => pagerduty.webhooks[0]?.statuses).toEqual([503, 202])
  })

  it('are not repeated where the app says no, and come in order', async () => {
    answers = [401]
    const { id } = pagerduty.trigger(trigger)
    expect(pagerduty.trigger(trigger).id).toBe(id)
    pagerduty.acknowledge(id)
    pagerduty.resolve(id)
    pagerduty.resolve(id)
    await settled(3)
    const events = heard.map(({ body }) => JSON.parse(String(body)).event.event_type)
    expect(events).toEqual(['incident.triggered', 'incident.acknowledged', 'incident.resolved'])
    expect(pagerduty.trigger(trigger).id).not.toBe(id)
  })
})

describe('the REST API', () => {
  it('wants a token, a From and JSON', async () => {
    const { id } = pagerduty.trigger(trigger)
    expect((await call('GET', `/incidents/${id}`, undefined, { authorization: 'Token token=other' })).status).toBe(401)
    const wanted = { incident: { type: 'incident_reference', status: 'acknowledged' } }
    expect((await call('PUT', `/incidents/${id}`, wanted, { from: 'nobody' })).status).toBe(400)
    expect((await call('PUT', `/incidents/${id}`, wanted, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await call('GET', '/incidents/QNONE')).status).toBe(404)
    expect(pagerduty.find(id)?.status).toBe('triggered')
  })

  it('acknowledges, notes and resolves, once', async () => {
    const { id } = pagerduty.trigger(trigger)
    const put = (status: string) =>
      call('PUT', `/incidents/${id}`, { incident: { type: 'incident_reference', status } })
    expect((await put('acknowledged')).body['incident'].status).toBe('acknowledged')
    expect((await call('POST', `/incidents/${id}/notes`, { note: { content: '' } })).status).toBe(400)
    expect((await call('POST', `/incidents/${id}/notes`, { note: { content: 'rolled back' } })).status).toBe(201)
    expect((await put('resolved')).body['incident'].status).toBe('resolved')
    expect((await put('resolved')).body['error'].errors).toEqual(['Incident Already Resolved'])
    expect((await put('acknowledged')).status).toBe(400)
    const page = await (await fetch(`${pagerduty.url}/page/${id}`)).text()
    expect(page).toContain('rolled back')
    expect((await call('GET', '/oncalls')).body['oncalls'][0].user.summary).toBe('Ana Ruiz')
  })

  it('escalates and assigns, and refuses who and what it does not know', async () => {
    const { id } = pagerduty.trigger(trigger)
    const put = (fields: object, from = 'doctor@acme.example') =>
      call('PUT', `/incidents/${id}`, { incident: { type: 'incident_reference', ...fields } }, { from })
    expect((await put({ status: 'acknowledged' }, 'nobody@acme.example')).body['error'].errors).toEqual([
      'Requester User Not Found',
    ])
    expect((await put({ escalation_level: 9 })).status).toBe(400)
    expect((await put({ assignments: [{ assignee: { id: 'PNOBODY', type: 'user_reference' } }] })).status).toBe(400)
    expect((await put({ colour: 'red' })).status).toBe(400)
    expect((await put({ escalation_level: 2 })).body['incident'].assignments[0].assignee.id).toBe('PDAN001')
    const oncalls = await call('GET', '/oncalls?user_ids%5B%5D=PDAN001&limit=100&offset=0')
    expect(oncalls.body['oncalls']).toMatchObject([{ escalation_level: 2, schedule: { summary: 'Secondary' } }])
    expect((await call('GET', '/users?query=ana@acme.example')).body['users']).toHaveLength(1)
    expect((await call('GET', '/users?limit=1000')).status).toBe(400)
  })
})

describe('the page of an incident', () => {
  const press = (id: string, what: string, origin = pagerduty.url) =>
    fetch(`${pagerduty.url}/page/${id}/${what}`, { method: 'POST', headers: { origin } })

  it('does what its buttons say, and each is told by webhook', async () => {
    const { id } = pagerduty.trigger(trigger)
    for (const what of ['acknowledge', 'note', 'escalate', 'resolve']) {
      const page = await press(id, what)
      expect(page.url).toBe(`${pagerduty.url}/page/${id}`)
    }
    expect(pagerduty.find(id)).toMatchObject({ status: 'resolved', level: 2, notes: [{}] })
    expect(await (await fetch(`${pagerduty.url}/page/${id}`)).text()).not.toContain('<button>')
    await settled(5)
  })

  it('is pressed by nobody else, and knows no other buttons', async () => {
    const { id } = pagerduty.trigger(trigger)
    expect((await press(id, 'resolve', 'https://evil.example')).status).toBe(403)
    expect((await press(id, 'constructor')).status).toBe(404)
    expect((await press('Q0', 'resolve')).status).toBe(404)
    expect(pagerduty.find(id)?.status).toBe('triggered')
  })
})
