import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conclude, key, type MessagesApi, startMessagesApi, use } from '../agent/messages-api.ts'
import { channel, hurriedClock, pagerdutyEvent, startWorld, type World } from '../flows/world.ts'
import { crashingCheckout } from './crashing.ts'

/** What must not leave, put together at run time so that no scanner takes this file for a leak. */
const tail = (n: number) => `Zq${n}${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8x'.slice(0, 26 - String(n).length)}`
const made: string[] = []
const canary = (head = ''): string => {
  const secret = `${head}${tail(made.length + 10)}`
  made.push(secret)
  return secret
}
const upper = (head: string): string => {
  const secret = `${head}${String(made.length + 10)}ABCDEFGH234567`
  made.push(secret)
  return secret
}

const lines = [
  `connecting to postgres://app:${canary()}@db:5432/shop`,
  `login failed: password=${canary()}`,
  `{"level":"error","pwd":"${canary()}"}`,
  `Authorization: Bearer ${canary()}`,
  `push with ${canary('ghp_')} refused`,
  `bot ${canary('xoxb-12345-')}`,
  `model key ${canary('sk-ant-api03-')}`,
  `aws ${upper('AKIA')} denied`,
  `mongodb+srv://app:${canary()}@cluster0.mongodb.net`,
  `redis://:${canary()}@redis:6379`,
  `GET /cb?client_secret=${canary()}&x=1`,
  `{"auths":{"r.io":{"auth":"${Buffer.from(`u:${canary()}`).toString('base64')}"}}}`,
]
const named = { value: canary(), other: canary(), url: canary(), argument: canary(), note: canary(), event: canary() }
const error = canary()
const typed = canary()
const titled = canary()
const webhook = canary()

const logged: string[] = []
const log = (fields: object, message: string) =>
  void logged.push(`${message} ${JSON.stringify(fields)} ${errorsOf(fields)}`)
const errorsOf = (fields: object): string =>
  Object.values(fields)
    .map((value) => (value instanceof Error ? `${value.message} ${value.stack}` : ''))
    .join(' ')

let world: World
let model: MessagesApi
beforeAll(async () => {
  model = await startMessagesApi()
  world = await startWorld({
    env: { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: model.url },
    cluster: crashingCheckout({
      lines,
      annotations: { 'acme.dev/connection': `amqp://u:${named.note}@mq:5672` },
      event: `PostStartHook failed: curl -H "X-Api-Key: ${named.event}" https://hook`,
      env: [
        { DB_PASSWORD: named.value, DATABASE_URL: `postgres://app:${named.url}@db/shop` },
        { DB_PASSWORD: named.other, DATABASE_URL: `postgres://app:${named.url}@db2/shop` },
      ],
      args: [`--token=${named.argument}`],
    }),
    overrides: { clock: hurriedClock(25), log: { debug: log, info: log, warn: log, error: log } },
  })
  world.cluster.faults.fail({
    path: '/api/v1/configmaps',
    effect: { kind: 'status', code: 500, message: `etcd: dial with token=${error} failed` },
  })
})
afterAll(async () => {
  await world?.close()
  await model?.close()
})

const forms = (secret: string): readonly string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('hex'),
]
const isClean = (where: string, text: string) => {
  for (const secret of made)
    for (const form of forms(secret))
      if (text.includes(form)) {
        const at = text.indexOf(form)
        throw new Error(`${where} holds ${form.slice(0, 12)}…: ${text.slice(Math.max(0, at - 160), at + 20)}`)
      }
}

describe('promise 13: no secret leaves', () => {
  it('a whole case, from alert to the verified way back, with secrets wherever they can stand', async () => {
    await world.pagerduty(
      pagerdutyEvent('triggered', { title: `payments/checkout is failing (password=${titled})`, id: 'PCANARY' }),
    )
    await world.alertmanager({
      version: '4',
      status: 'firing',
      groupKey: 'canary',
      alerts: [
        {
          labels: {
            alertname: 'Down',
            namespace: 'payments',
            severity: 'critical',
            dsn: `https://u:${webhook}@sentry/1`,
          },
          annotations: { description: `curl -H "Authorization: Basic ${webhook}"` },
          startsAt: new Date().toISOString(),
        },
      ],
    })
    const card = await world.slack.waitFor(
      (message) => JSON.stringify(message.blocks ?? []).includes('doctor.approve'),
      15_000,
    )
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.details')
    await world.slack.waitForModal('U0ANA')
    await world.slack.as('U0ANA').press(card.ts, channel, 'doctor.approve')
    await world.slack.waitFor(
      (message) => message.ts === card.ts && JSON.stringify(message.blocks).includes('doctor.undo'),
      20_000,
    )
  })

  it('every read that shows objects, logs or settings', async () => {
    const lines = [
      'describe payments/checkout',
      'logs payments/checkout',
      'logs payments/checkout --previous',
      'events -n payments',
      'get deploy checkout -n payments -o yaml',
      'get pods -n payments -o json',
      'get configmaps -A',
      'get secrets -n payments',
      'kubeconfig',
      'contexts',
      'incidents',
      'status',
      'report',
      `describe payments/checkout --token=${typed}`,
      `password=${typed}`,
    ]
    for (const line of lines) await world.slack.as('U0CARA').command(`/doctor ${line}`, channel)
    await expect
      .poll(() => world.slack.messages(channel).filter((one) => one.ephemeral_to === 'U0CARA').length, {
        timeout: 8_000,
      })
      .toBeGreaterThanOrEqual(lines.length)
    await world.slack.as('U0CARA').openHome()
  })

  it('a model that reads all it can and says all it read', async () => {
    const place = { namespace: 'payments' }
    const wanted = ['Pod', 'Deployment', 'ReplicaSet', 'ConfigMap', 'Secret', 'Event']
    let pods: readonly string[] = []
    model.play = ({ messages }) => {
      const turn = messages.filter(({ role }) => role === 'assistant').length
      const seen = JSON.stringify(messages)
      if (turn === 1) pods = [...new Set(seen.match(/checkout-[a-z0-9]{6,10}-[a-z0-9]{5}/g) ?? [])]
      if (turn === 0) return use(...wanted.slice(0, 4).map((kind) => ['list_objects', { kind, ...place }] as const))
      if (turn === 1)
        return use(
          ['list_events', place],
          ['describe_object', { kind: 'Deployment', name: 'checkout', ...place }],
          ...pods.slice(0, 2).map((name) => ['describe_object', { kind: 'Pod', name, ...place }] as const),
        )
      if (turn === 2)
        return use(
          ...pods
            .slice(0, 2)
            .flatMap((pod) => [
              ['read_logs', { pod, ...place }] as const,
              ['read_logs', { pod, previous: true, ...place }] as const,
            ]),
        )
      const said = [...seen.matchAll(/id=\\"(t\d+)\\"[^>]*>\\n([^\\<]{10,200})/g)].slice(-8)
      return conclude({ answer: said.map(([, id, quote]) => ({ text: quote, evidence: [{ id, quote }] })) })
    }
    await world.slack.as('U0CARA').command(`/doctor ask "why does password=${typed} fail?" -n payments`, channel)
    const answer = await world.slack.waitFor((message) => JSON.stringify(message).includes('Claude’s answer'))
    expect(JSON.stringify(answer)).toContain('It quotes')
    expect(pods.length).toBeGreaterThan(0)
    expect(model.refused).toEqual([])
    for (const body of model.received) isClean('what the model was sent', body)
    expect(model.received.join('').split('[redacted:').length).toBeGreaterThan(20)
  })

  it('and not one of them is in what was sent to Slack, on the record, in a receipt or in the log', async () => {
    const calls = world.slack.calls.map((call) => JSON.stringify(call.args))
    expect(calls.length).toBeGreaterThan(15)
    const said = world.slack.messages(channel).filter((message) => message.user === 'U0DOC')
    for (const [index, body] of calls.entries()) isClean(`call ${world.slack.calls[index]?.method}`, body)
    for (const message of said) isClean('a message', JSON.stringify(message))
    for (const folder of ['audit', 'receipts'])
      for (const name of readdirSync(join(world.dataDir, folder)))
        isClean(`${folder}/${name}`, readFileSync(join(world.dataDir, folder, name), 'utf8'))
    isClean('the log', logged.join('\n'))
    // The canaries really were there: what people saw has their marks in their place.
    expect(calls.join()).toContain('[redacted:')
  })
})
