import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FaultEffect } from '../../src/demo/cluster/http/faults.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { channel, hurriedClock, startWorld, type World } from '../flows/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    overrides: { clock: hurriedClock(200) },
    cluster: {
      controllers: false,
      seed: ({ store, controllers }) => {
        const room = { cpu: '4', memory: '8Gi', pods: '110' }
        store.apply({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name: 'node-1' },
          spec: { podCIDR: '10.244.1.0/24' },
        })
        store.patchStatus('nodes', undefined, 'node-1', { status: { capacity: room, allocatable: room } })
        store.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
        const template = {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'app', image: 'registry.acme.dev/web:1' }] },
        }
        store.apply({
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'web', namespace: 'shop' },
          spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template },
        })
        controllers.tick(120_000)
      },
    },
  })
})
afterAll(() => world?.close())

let asked = 0
/** Asks what is wrong, and gives the verdict with everything that was said in the thread. */
const ask = async () => {
  asked += 1
  // Cases of one moment share one reading of the cluster; this is another moment.
  await world.app.doctor.clock.sleep(4_500)
  await world.slack.as('U0CARA').command(`/doctor diagnose -q "is anything wrong, take ${asked}?"`, channel)
  const parent = await world.slack.waitFor((message) => message.text.includes(`take ${asked}?`))
  const answer = await world.slack.waitFor(
    (message) => message.thread_ts === parent.ts && message.ts !== parent.ts,
    12_000,
  )
  const incidents = await world.app.doctor.store.list<Incident>('incident', 100)
  const incident = incidents.find((one) => one.value.title.includes(`take ${asked}?`))?.value
  return {
    verdict: incident?.diagnosis?.verdict,
    unread: incident?.diagnosis?.coverage.unavailable.map((one) => one.source) ?? [],
    said: `${answer.text} ${JSON.stringify(answer.blocks)}`,
  }
}
const list = (text: object): FaultEffect => ({ kind: 'body', text: JSON.stringify(text) })
const meta = { resourceVersion: '1' }

const broken: Readonly<Record<string, FaultEffect>> = {
  'a page of HTML with 200': { kind: 'html' },
  '403': { kind: 'status', code: 403 },
  '401': { kind: 'status', code: 401 },
  '500': { kind: 'status', code: 500 },
  'a redirect to another host': { kind: 'redirect', location: 'https://127.0.0.1:9/api/v1/pods' },
  'half of an answer': { kind: 'truncate' },
  'a closed connection': { kind: 'drop' },
  'items that are null': list({ kind: 'PodList', apiVersion: 'v1', metadata: meta, items: null }),
  'no items': list({ kind: 'PodList', apiVersion: 'v1', metadata: meta }),
  'items that are an object': list({ kind: 'PodList', apiVersion: 'v1', metadata: meta, items: {} }),
  'a list of another kind': list({ kind: 'ServiceList', apiVersion: 'v1', metadata: meta, items: [] }),
  'a Status with 200': list({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500 }),
  'one object': list({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'x' } }),
  'no JSON': { kind: 'body', text: '{"kind":"PodList","apiVersion":"v1","items":[' },
  'nothing at all': { kind: 'body', text: '' },
  'the first page only': list({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '1', continue: 'again' },
    items: [],
  }),
}

describe('promise 11: never “healthy” unless everything needed answered', () => {
  it('says healthy where it is, with everything read that was needed', async () => {
    const { verdict, said } = await ask()
    expect(verdict).toBe('healthy')
    expect(said).toMatch(/nothing/i)
  })

  it.each(Object.entries(broken))('does not where pods come as %s', async (_, effect) => {
    const back = world.cluster.faults.fail({ path: '/api/v1/pods', effect })
    const { verdict, unread, said } = await ask()
    back()
    expect(verdict).toBe('inconclusive')
    expect(unread).toContain('pods')
    expect(said).toMatch(/could not read/i)
    expect(said).not.toMatch(/nothing (is )?wrong|healthy|all (is )?well/i)
  })

  it.each(['/api/v1/nodes', '/apis/apps/v1/deployments', '/api/v1/events', '/apis/apps/v1/replicasets'])(
    'does not where %s is forbidden',
    async (path) => {
      const back = world.cluster.faults.fail({ path, effect: { kind: 'status', code: 403 } })
      const { verdict } = await ask()
      back()
      expect(verdict).toBe('inconclusive')
    },
  )

  it('says absent only of what the server says is absent', async () => {
    const cara = world.slack.as('U0CARA')
    const say = async (line: string, answer: RegExp) => {
      await cara.command(`/doctor ${line}`, channel)
      const heard = await world.slack.waitFor(
        (message) => message.ephemeral_to === 'U0CARA' && answer.test(message.text),
      )
      return heard.text
    }
    expect(await say('describe deploy/none -n shop', /none/)).toMatch(/not found|no .*none|does not exist|there is no/i)
    const back = world.cluster.faults.fail({
      path: '/apis/apps/v1/namespaces/shop/deployments/hidden',
      effect: { kind: 'html' },
    })
    expect(await say('describe deploy/hidden -n shop', /hidden/)).not.toMatch(/not found|does not exist|there is no/i)
    back()
  })
})
