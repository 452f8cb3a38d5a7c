import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channel, pagerdutyEvent, startWorld, type World } from '../flows/world.ts'
import { crashingCheckout } from './crashing.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ cluster: crashingCheckout({}) })
})
afterAll(() => world?.close())

const reader = 'system:serviceaccount:cluster-doctor:doctor-reader'

describe('promise 10: what diagnoses cannot write', () => {
  it('in a whole diagnosis and every read the reader sends GET and asks for its own rights, nothing else', async () => {
    await world.pagerduty(pagerdutyEvent('triggered'))
    await world.slack.waitFor((message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'), 15_000)
    const cara = world.slack.as('U0CARA')
    const lines = [
      'pods -A',
      'describe payments/checkout',
      'logs payments/checkout',
      'get deploy -A -o yaml',
      'can-i list pods',
      'who-can delete pods',
      'nodes',
      'report',
    ]
    for (const line of lines) await cara.command(`/doctor ${line}`, channel)
    await expect
      .poll(() => world.slack.messages(channel).filter((one) => one.ephemeral_to === 'U0CARA').length, {
        timeout: 5_000,
      })
      .toBeGreaterThanOrEqual(lines.length)
    const asked = world.cluster.requests.filter((one) => one.user === reader)
    expect(asked.length).toBeGreaterThan(20)
    const others = asked.filter((one) => one.method !== 'GET')
    expect(others.filter((one) => !/\/(self)?subjectaccessreviews$|\/selfsubjectrulesreviews$/.test(one.path))).toEqual(
      [],
    )
  })

  it('its object has no way to write, and its transport refuses to', async () => {
    const one = [...world.app.doctor.readers.values()][0]
    expect(Object.keys(one ?? {}).sort()).toEqual([
      'canI',
      'close',
      'get',
      'identify',
      'list',
      'logs',
      'name',
      'raw',
      'resources',
      'server',
    ])
    await expect(one?.raw('/api/v1/namespaces/payments/../../x')).rejects.toThrow()
    await expect(one?.raw('//evil.example/api')).rejects.toThrow()
  })

  it.each([
    ['DELETE', '/api/v1/namespaces/payments/pods/x', ''],
    ['PATCH', '/apis/apps/v1/namespaces/payments/deployments/checkout', '{"spec":{"replicas":0}}'],
    ['POST', '/api/v1/namespaces/payments/pods', '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"}}'],
    [
      'POST',
      '/api/v1/namespaces/payments/pods/x/eviction',
      '{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"x"}}',
    ],
    ['GET', '/api/v1/secrets', ''],
    ['GET', '/api/v1/namespaces/payments/secrets/x', ''],
  ])('and were its token stolen: %s %s is forbidden', async (method, path, body) => {
    const { Agent, fetch } = await import('undici')
    const dispatcher = new Agent({ connect: { ca: world.cluster.caPem } })
    const response = await fetch(`${world.cluster.url}${path}`, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${world.cluster.token('reader')}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body === '' ? {} : { body }),
    })
    expect(response.status).toBe(403)
    await dispatcher.close()
  })
})
