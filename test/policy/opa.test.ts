import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { combined, type OpaAnswer, openOpa } from '../../src/policy/opa.ts'
import type { Verdict } from '../../src/policy/policy.ts'
import { loaded, request } from './policies.ts'

let answer: (response: ServerResponse, body: string) => void
const asked: { url: string | undefined; method: string | undefined; body: string }[] = []
const server = createServer(async (incoming: IncomingMessage, response) => {
  let body = ''
  for await (const part of incoming) body += part
  asked.push({ url: incoming.url, method: incoming.method, body })
  answer(response, body)
})
let url: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  asked.length = 0
})

const policy = loaded()
const ask = (body: unknown, status = 200, at = url) => {
  answer = (response) => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  return openOpa(at).ask(request(), policy.verdict(request()))
}

describe('an OPA server', () => {
  it('is asked with one POST of the request and of what Cedar would ask for', async () => {
    expect(await ask({ result: { allow: true } })).toEqual({ kind: 'allow', reasons: [] })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/v1/data/cluster_doctor/verdict' })
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      input: {
        action: 'rollback-rollout',
        risk: 'medium',
        requester: 'doctor',
        cedar: { kind: 'needs-approval', quorum: 1, determining: ['catalogue'] },
      },
    })
  })

  it('may be given as the whole address of a decision', async () => {
    await ask({ result: { allow: true } }, 200, `${url}/v1/data/sre/changes`)
    expect(asked[0]?.url).toBe('/v1/data/sre/changes')
  })

  it('says no with its reasons, or how many people it wants', async () => {
    expect(await ask({ result: { allow: false, reasons: ['Not on Fridays.'] } })).toEqual({
      kind: 'deny',
      code: 'opa-denied',
      reasons: ['Not on Fridays.'],
    })
    expect(await ask({ result: { allow: true, quorum: 2 }, decision_id: 'x' })).toMatchObject({ quorum: 2 })
  })

  it.each([
    ['an undefined decision', {}],
    ['a bare true', { result: true }],
    ['allow as a word', { result: { allow: 'true' } }],
    ['no allow', { result: { quorum: 0 } }],
    ['a field of something else', { result: { allow: true, alow: false } }],
    ['a quorum that is none', { result: { allow: true, quorum: -1 } }],
    ['a quorum of halves', { result: { allow: true, quorum: 1.5 } }],
    ['a page', '<html>allow</html>'],
    ['nothing', ''],
    ['half an answer', '{"result":{"allow":true'],
    ['a list', [{ result: { allow: true } }]],
  ])('counts %s as no', async (_, body) => {
    expect(await ask(body)).toMatchObject({ kind: 'deny', code: 'opa-malformed' })
  })

  it.each([301, 204, 400, 404, 500, 503])('counts status %i as no', async (status) => {
    expect(await ask({ result: { allow: true } }, status)).toMatchObject({ kind: 'deny', code: 'opa-unreachable' })
  })

  it('counts a redirect, a cut line, too much and nobody there as no', async () => {
    const no = { kind: 'deny', code: 'opa-unreachable' }
    const opa = openOpa(url)
    const verdict = policy.verdict(request())
    answer = (response) => response.writeHead(307, { location: `${url}/elsewhere` }).end()
    expect(await opa.ask(request(), verdict)).toMatchObject(no)
    expect(asked).toHaveLength(1)
    answer = (response) => response.destroy()
    expect(await opa.ask(request(), verdict)).toMatchObject(no)
    answer = (response) => response.end(JSON.stringify({ result: { allow: true, reasons: ['x'.repeat(70_000)] } }))
    expect(await opa.ask(request(), verdict)).toMatchObject(no)
    expect(await openOpa('http://127.0.0.1:1').ask(request(), verdict)).toMatchObject(no)
  })

  it('is not waited for longer than its deadline, and not past an abort', async () => {
    answer = () => undefined
    const began = performance.now()
    expect(await openOpa(url, 150).ask(request(), policy.verdict(request()))).toMatchObject({ code: 'opa-unreachable' })
    expect(performance.now() - began).toBeLessThan(2_000)
    const stopped = openOpa(url).ask(request(), policy.verdict(request()), AbortSignal.abort(new Error('leaving')))
    await expect(stopped).rejects.toThrow('leaving')
  })
})

describe('both together', () => {
  const rule = fc.record({
    quorum: fc.integer({ min: 0, max: 5 }),
    approvers: fc.constant(['U1']),
    policyVersion: fc.constant('v'),
    determining: fc.constant(['a']),
  })
  const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
    fc.constant({ kind: 'deny' as const, code: 'forbidden', reasons: ['no'], determining: [] }),
    rule.map((one) => ({ kind: one.quorum === 0 ? ('allow' as const) : ('needs-approval' as const), rule: one })),
    rule.map((one) => ({ kind: 'observe' as const, rule: one, reasons: [] })),
  )
  const answers: fc.Arbitrary<OpaAnswer> = fc.oneof(
    fc.constant({ kind: 'deny' as const, code: 'opa-denied' as const, reasons: [] }),
    fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }).map((quorum) => ({
      kind: 'allow' as const,
      reasons: [],
      ...(quorum === undefined ? {} : { quorum }),
    })),
  )

  it('OPA only takes away or asks for more people, and its no is a no', () => {
    fc.assert(
      fc.property(verdicts, answers, (verdict, said) => {
        const both = combined(verdict, said)
        if (verdict.kind === 'deny') expect(both).toEqual(verdict)
        else if (said.kind === 'deny') expect(both.kind).toBe('deny')
        if (verdict.kind === 'deny' || said.kind === 'deny') return
        if (both.kind === 'deny') throw new Error('both allowed it')
        expect(both.rule.quorum).toBeGreaterThanOrEqual(verdict.rule.quorum)
        expect(both.rule.quorum).toBeGreaterThanOrEqual(said.quorum ?? 0)
        expect(both.rule.approvers).toEqual(verdict.rule.approvers)
        if (verdict.kind !== 'allow') expect(both.kind).toBe(verdict.kind)
        expect(both.kind === 'allow').toBe(verdict.kind === 'allow' && both.rule.quorum === 0)
      }),
      { numRuns: 300 },
    )
  })
})
