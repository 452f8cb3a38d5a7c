import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCluster } from '../../src/demo/cluster/start.ts'
import { images, seedBrokenCheckout } from './broken-checkout.ts'
import { channel, pagerdutyEvent, startWorld, type World } from './world.ts'

/** Registers the metrics API as available, as a healthy metrics-server does. */
const serveMetrics = (store: SimulatedCluster['store']) => {
  const name = 'v1beta1.metrics.k8s.io'
  store.apply({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: {
      group: 'metrics.k8s.io',
      version: 'v1beta1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  } as never)
  const conditions = [{ type: 'Available', status: 'True', reason: 'Passed' }]
  store.patchStatus('apiservices.apiregistration.k8s.io', undefined, name, { status: { conditions } } as never)
}

let world: World
beforeAll(async () => {
  world = await startWorld({
    cluster: {
      seed: (cluster) => {
        seedBrokenCheckout(cluster)
        serveMetrics(cluster.store)
      },
      images,
      speed: 20,
    },
  })
})
afterAll(() => world?.close())

const count = () => world.slack.messages(channel).length
/** What the person alone is told after a command. */
const answerTo = async (user: string, line: string) => {
  const before = count()
  const result = await world.slack.as(user).command(`/doctor ${line}`, channel)
  expect(result).toMatchObject({ ok: true })
  const find = () =>
    world.slack
      .messages(channel)
      .slice(before)
      .find((one) => one.ephemeral_to === user)
  await expect.poll(find, { timeout: 5_000 }).toBeDefined()
  const answer = find()
  return `${answer?.text} ${JSON.stringify(answer?.blocks)}`
}

describe('each verb, as a command', () => {
  it.each([
    ['help', /diagnose.*pods.*freeze/s],
    ['help scale', /REPLICAS/],
    ['', /diagnose/],
    ['pods -n payments', /checkout-.*(ImagePullBackOff|ErrImagePull)/s],
    ['pods -A', /payments/],
    ['describe payments/checkout', /checkout/],
    ['describe deploy/checkout -n payments', /2\.8\.2-typo/],
    ['logs payments/checkout', /checkout/],
    ['logs payments/checkout --previous --tail 5', /checkout/],
    ['events -n payments', /2\.8\.2-typo/],
    ['top pods -n payments', /prod-eu1/],
    ['top nodes', /node-1/],
    ['nodes', /node-2/],
    ['namespaces', /payments/],
    ['replicas payments/checkout', /2/],
    ['get deploy -n payments', /checkout/],
    ['get po -A', /checkout/],
    ['contexts', /prod-eu1/],
    ['kubeconfig', /prod-eu1/],
    ['can-i list pods -n payments', /yes/i],
    ['can-i delete nodes', /no/i],
    ['rights', /ServiceAccount|could not/],
    ['rights payments/checkout', /ServiceAccount payments\/checkout|could not/],
    ['who-can delete pods -n payments', /prod-eu1|system:masters|doctor|nobody|forbidden|could not/i],
    ['incidents', /incident|open|nothing/i],
    ['status', /prod-eu1/],
    ['poods', /pods/],
    ['scale payments/checkout', /whole number/],
    ['scale payments/checkout -3', /.+/],
    ['scale payments/checkout 1e9', /.+/],
    ['scale payments/nothing 3', /nothing/],
    ['logs payments/checkout; rm -rf /', /.+/],
    ['describe $(id)', /.+/],
    ['pods -n `payments`', /checkout|cannot be/],
    ['pods —namespace payments', /checkout/],
    ['pods --namespace “payments”', /checkout/],
    ['get pods -n рayments', /.+/],
    [`pods ${'x'.repeat(3_900)}`, /.+/],
    ['describe ../../secrets/x', /.+/],
    ['logs payments/..', /.+/],
    ['get secrets/x -n payments -o yaml', /Secrets are never shown/],
  ])('%s', async (line, expected) => {
    const text = await answerTo('U0CARA', line)
    expect(text).toMatch(expected)
    expect(text).not.toMatch(/\.ts:\d+|at async |TypeError|undefined/)
  })

  it.each([
    'scale payments/checkout 3',
    'restart payments/checkout',
    'rollback payments/checkout',
    'resources payments/checkout --memory-limit 256Mi',
  ])('%s: a card, and nothing done', async (line) => {
    const before = count()
    await world.slack.as('U0CARA').command(`/doctor ${line}`, channel)
    const find = () =>
      world.slack
        .messages(channel)
        .slice(before)
        .find((one) => JSON.stringify(one.blocks ?? []).includes('doctor.approve'))
    await expect.poll(find, { timeout: 5_000 }).toBeDefined()
    const card = find()
    await world.slack.as('U0ANA').press(card?.ts ?? '', channel, 'doctor.deny')
    await world.slack.waitFor((one) => one.ts === card?.ts && !JSON.stringify(one.blocks).includes('doctor.approve'))
    expect(world.cluster.requests.filter((one) => one.method === 'PATCH' && !one.dryRun)).toEqual([])
  })

  it('freeze and unfreeze: anybody may stop, only approvers may go on', async () => {
    expect(await answerTo('U0BEN', 'freeze something odd')).toMatch(/Frozen/)
    expect(await answerTo('U0BEN', 'status')).toMatch(/something odd/)
    expect(await answerTo('U0BEN', 'unfreeze')).toMatch(/Only those who may approve/)
    expect(await answerTo('U0ANA', 'unfreeze')).toMatch(/No longer frozen/)
  })

  it('report comes where it was asked for', async () => {
    expect(await answerTo('U0CARA', 'report')).toMatch(/report/i)
    await world.slack.waitFor(
      (one) => /health|report/i.test(one.text) && JSON.stringify(one.blocks).includes('payments'),
      8_000,
    )
  })
})

describe('the same by mention, in a direct message and in a thread', () => {
  it('a mention is answered in its thread', async () => {
    const said = await world.slack.as('U0BEN').mention('pods -n payments', channel)
    const ts = said.ok ? said.message.ts : ''
    const answer = await world.slack.waitFor((one) => one.thread_ts === ts && one.ts !== ts)
    expect(JSON.stringify(answer)).toContain('checkout-')
  })

  it('a direct message is answered there', async () => {
    await world.slack.as('U0BEN').say('describe payments/checkout', 'U0DOC')
    await world.slack.waitFor(
      (one) => one.channel === world.slack.im('U0BEN') && JSON.stringify(one).includes('2.8.2-typo'),
    )
  })

  it('inside an incident’s thread the cluster, namespace and workload need no name', async () => {
    await world.pagerduty(pagerdutyEvent('triggered', { id: 'PVERBS' }))
    const parent = await world.slack.waitFor((one) => one.text.includes('payments/checkout is failing'))
    await world.slack.waitFor((one) => one.thread_ts === parent.ts && one.text.startsWith('Cause'), 10_000)
    const inThread = async (line: string, expected: RegExp) => {
      const before = world.slack.messages(channel, parent.ts).length
      await world.slack.as('U0CARA').mention(line, channel, parent.ts)
      await expect
        .poll(() =>
          world.slack
            .messages(channel, parent.ts)
            .slice(before)
            .some((one) => expected.test(JSON.stringify(one)) && one.user === 'U0DOC'),
        )
        .toBe(true)
    }
    await inThread('pods', /checkout-/)
    await inThread('replicas', /checkout/)
    await inThread('describe', /2\.8\.2-typo/)
    await inThread('logs', /checkout/)
    await inThread('events', /2\.8\.2-typo/)
  })
})
