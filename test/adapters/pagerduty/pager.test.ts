import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { pagerDuty } from '../../../src/adapters/pagerduty/pager.ts'
import { closeServer, listenLocally } from '../../../src/demo/local-server.ts'

let server: Server | undefined
let calls: string[] = []
afterEach(async () => {
  if (server !== undefined) await closeServer(server)
  server = undefined
  calls = []
})

/** A server that answers as told, and the pager that asks it. */
const asking = async (listener: RequestListener) => {
  server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url} ${request.headers.from ?? ''}`)
    listener(request, response)
  })
  return pagerDuty({ token: 'tok', from: 'doctor@acme.example', apiUrl: await listenLocally(server) }, 5)
}
const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  asking((_, response) => void response.writeHead(status, headers).end(body))
const incident = { id: 'PX', incident_number: 1, status: 'triggered', assignments: [], escalation_policy: null }

describe('reading from PagerDuty', () => {
  it('gives the incident', async () => {
    const pager = await answering(200, JSON.stringify({ incident }))
    expect(await pager.incident('PX')).toEqual({
      kind: 'ok',
      value: { id: 'PX', number: 1, status: 'triggered', assignees: [] },
    })
  })

  it.each([
    [200, '<html>maintenance</html>', 'unreachable'],
    [200, '{"incident": null}', 'malformed'],
    [200, '{"incident": {"id": "PX", "status": "exploded"}}', 'malformed'],
    [200, '{"incident": {"id": "../PX", "status": "resolved"}}', 'malformed'],
    [401, '{"error": {"message": "Invalid token"}}', 'unauthorized'],
    [403, '', 'forbidden'],
    [302, '', 'unreachable'],
  ])('says that it could not: %s %s', async (status, body, reason) => {
    const pager = await answering(status, body, status === 302 ? { location: 'http://127.0.0.1:1/' } : {})
    expect(await pager.incident('PX')).toMatchObject({ kind: 'unreadable', reason })
  })

  it('takes 404 for absent, tries what passes again, and nothing else', async () => {
    expect(await (await answering(404, '{}')).incident('PX')).toEqual({ kind: 'absent' })
    expect(calls).toHaveLength(1)
    if (server !== undefined) await closeServer(server)
    calls = []
    const pager = await asking((_, response) => {
      if (calls.length < 3) response.writeHead(429, { 'retry-after': '0' }).end()
      else response.writeHead(200).end(JSON.stringify({ incident }))
    })
    expect((await pager.incident('PX')).kind).toBe('ok')
    expect(calls).toHaveLength(3)
  })

  it('never takes part of an address for the person', async () => {
    const users = [
      { id: 'P1', summary: 'Ana', email: 'ana@acme.example.evil.dev' },
      { id: 'P2', summary: 'Ana', email: 'Ana@acme.example' },
    ]
    const pager = await answering(200, JSON.stringify({ users }))
    expect(await pager.userByEmail('ana@acme.example')).toMatchObject({ kind: 'ok', value: { id: 'P2' } })
    expect(await pager.userByEmail('ana@acme')).toEqual({ kind: 'absent' })
    await pager.userByEmail('ana@acme.example')
    expect(calls).toHaveLength(2)
  })

  it('reads every page of who is on call, and says where there are too many', async () => {
    const one = {
      user: { id: 'P1', summary: 'Ana' },
      escalation_level: 1,
      escalation_policy: { id: 'E1', summary: 'E' },
    }
    const pager = await asking((request, response) => {
      const more = !request.url?.includes('offset=200')
      response.writeHead(200).end(JSON.stringify({ oncalls: [one], more }))
    })
    expect(await pager.onCalls({ policy: 'E1' })).toMatchObject({ kind: 'ok', value: { length: 3 } })
    expect(calls[0]).toContain('escalation_policy_ids%5B%5D=E1')
    if (server !== undefined) await closeServer(server)
    const endless = await answering(200, JSON.stringify({ oncalls: [one], more: true }))
    expect(await endless.onCalls({})).toMatchObject({ kind: 'unreadable', reason: 'truncated' })
  })

  it('asks for nothing that is no id', async () => {
    const pager = await answering(200, '{}')
    for (const id of ['', '..', 'a/b', 'PX?x=1', '%2e', 'PX\n'])
      await expect(async () => pager.incident(id)).rejects.toThrow()
    expect(calls).toEqual([])
  })
})

describe('telling PagerDuty', () => {
  it.each([
    [200, JSON.stringify({ incident }), 'done'],
    [200, 'OK', 'unknown'],
    [200, '{}', 'unknown'],
    [500, '', 'unknown'],
    [429, '', 'not-sent'],
    [400, '{"error": {"message": "Invalid Input Provided", "errors": ["Incident Already Resolved"]}}', 'refused'],
  ])('knows what became of it: %s %s', async (status, body, kind) => {
    const pager = await answering(status, body)
    expect(await pager.send('PX', { kind: 'resolve' })).toMatchObject({ kind })
    expect(calls).toHaveLength(1)
  })

  it('says that nothing was sent where nobody listens, and that it is not known where the connection broke', async () => {
    const nobody = await answering(200, '{}')
    if (server !== undefined) await closeServer(server)
    expect(await nobody.send('PX', { kind: 'acknowledge' })).toMatchObject({ kind: 'not-sent' })
    const broken = await asking((_, response) => void response.destroy())
    expect(await broken.send('PX', { kind: 'acknowledge' })).toMatchObject({ kind: 'unknown' })
    expect(calls).toHaveLength(1)
  })

  it('speaks as the person, and as itself where PagerDuty does not know them', async () => {
    const pager = await asking((request, response) => {
      const known = request.headers.from === 'doctor@acme.example'
      const refusal = { error: { message: 'Invalid Input Provided', errors: ['Requester User Not Found'] } }
      response.writeHead(known ? 200 : 400).end(JSON.stringify(known ? { incident } : refusal))
    })
    expect(await pager.send('PX', { kind: 'acknowledge' }, 'gone@acme.example')).toEqual({ kind: 'done' })
    expect(calls).toEqual(['PUT /incidents/PX gone@acme.example', 'PUT /incidents/PX doctor@acme.example'])
  })
})
