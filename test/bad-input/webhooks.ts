import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Incident } from '../../src/domain/incident.ts'
import { channel, pagerdutyEvent, secrets } from '../flows/world.ts'
import { each, first, hidden, status, words } from './judge.ts'
import type { Group, Reply, Site, Source } from './site.ts'

const json = JSON.stringify
let serial = 0
const incidents = async (site: Site): Promise<readonly Incident[]> =>
  (await site.app.doctor.store.list<Incident>('incident', 500)).map(({ value }) => value)

/** Delivers bodies one after the other; says by how many incidents there are more, and how each was answered. */
const more = async (
  site: Site,
  source: Source,
  bodies: readonly unknown[],
): Promise<{ readonly opened: readonly Incident[]; readonly replies: readonly Reply[] }> => {
  const before = new Set((await incidents(site)).map(({ id }) => id))
  const replies: Reply[] = []
  for (const body of bodies) replies.push(await site.deliver(source, typeof body === 'string' ? body : json(body)))
  return { opened: (await incidents(site)).filter(({ id }) => !before.has(id)), replies }
}

const counted = (got: number, wanted: number): string | undefined =>
  got === wanted ? undefined : `${got} incidents were opened, not ${wanted}`

const event = (type: string, data: object = {}): Record<string, unknown> =>
  ({ event: pagerdutyEvent(type, { id: `PBAD${serial++}`, title: 'shop-1/checkout is failing', ...data }) }) as Record<
    string,
    unknown
  >

const signed = (body: string, list: (good: string) => string) => {
  const good = `v1=${createHmac('sha256', secrets.pagerduty).update(body).digest('hex')}`
  return { headers: { 'x-pagerduty-signature': list(good) } }
}

const group = (labels: object, more: object = {}, alert: object = {}): object => ({
  version: '4',
  status: 'firing',
  groupKey: `bad-${serial++}`,
  alerts: [{ status: 'firing', labels, annotations: {}, startsAt: new Date().toISOString(), ...alert }],
  ...more,
})

/** What was said in the channel about an incident; the parent may take a moment. */
const announced = async (site: Site, { id }: Incident): Promise<string> => {
  const end = Date.now() + 8_000
  while (Date.now() < end) {
    const thread = (await incidents(site)).find((one) => one.id === id)?.thread
    const message = site.slack.messages(channel).find((one) => one.ts === thread?.ts)
    if (message !== undefined) return `${message.text} ${json(message.blocks ?? [])}`
    await sleep(20)
  }
  return ''
}

const argo = (change: object = {}): object => ({
  app_name: `shop-${serial++}`,
  project: 'default',
  cluster: 'prod-eu1',
  namespace: 'shop-1',
  sync_status: 'OutOfSync',
  health_status: 'Degraded',
  operation_phase: 'Failed',
  message: 'one or more objects failed to apply',
  started_at: new Date().toISOString(),
  ...change,
})

const run = (change: object = {}): object => ({
  action: 'completed',
  repository: { full_name: 'acme/shop', default_branch: 'main' },
  workflow_run: {
    id: 1_000 + serial++,
    workflow_id: 7,
    name: 'deploy',
    conclusion: 'failure',
    head_branch: 'main',
    head_sha: 'a'.repeat(40),
    html_url: 'https://github.com/acme/shop/actions/runs/1',
    run_started_at: new Date().toISOString(),
    run_attempt: 1,
  },
  ...change,
})

/** Groups 24 to 28: what reaches the webhooks. */
export const webhookGroups: readonly Group[] = [
  {
    number: 24,
    name: 'PagerDuty: list of signatures',
    tries: [
      ...each<(good: string) => string>(
        [
          ['five, the last is right', (good) => `v1=00,v1=11,v1=22,v1=33,${good}`],
          ['spaces around it', (good) => `  v1=00 ,  ${good}  `],
          ['one', (good) => good],
        ],
        async (list, site) => {
          const body = json(event('triggered'))
          return status(await site.deliver('pagerduty', body, signed(body, list)), 202)
        },
      ),
      ...each<(good: string) => string>(
        [
          ['none', () => ''],
          ['v2= only', (good) => good.replace('v1=', 'v2=')],
          ['the right one behind ten thousand', (good) => `${'v1=00,'.repeat(2_000)}${good}`],
          ['the eleventh is right', (good) => `${'v1=00,'.repeat(10)}${good}`],
          ['without its version', (good) => good.slice(3)],
          ['upper case', (good) => good.toUpperCase()],
          ['cut short', (good) => good.slice(0, -1)],
        ],
        async (list, site) => {
          const body = json(event('triggered'))
          return status(await site.deliver('pagerduty', body, signed(body, list)), 401, 400)
        },
      ),
    ],
  },
  {
    number: 25,
    name: 'PagerDuty: events that do not fit',
    tries: [
      {
        what: 'the same event twice',
        run: async (site) => {
          const body = event('triggered')
          const { opened, replies } = await more(site, 'pagerduty', [body, body])
          return first(counted(opened.length, 1), ...replies.map((reply) => status(reply, 202)))
        },
      },
      {
        what: 'resolved before triggered',
        run: async (site) => {
          const id = `PBACK${serial++}`
          const { opened, replies } = await more(site, 'pagerduty', [
            event('resolved', { id }),
            event('triggered', { id }),
          ])
          return first(...replies.map((reply) => status(reply, 202)), opened.length <= 1 ? undefined : 'counted twice')
        },
      },
      ...each<unknown>(
        [
          ['an event that nobody knows', event('exploded')],
          ['an event of a service', { event: { id: 'x1', event_type: 'service.updated', data: { id: 'S' } } }],
          ['the ping of the set-up', { event: { id: 'x2', event_type: 'pagey.ping', data: { message: 'Hello' } } }],
          ['an incident without a service', event('triggered', { service: null })],
          ['an incident without a title', event('triggered', { title: null })],
          ['a time of 1970', event('triggered', { created_at: '1970-01-01T00:00:00Z' })],
          ['a time that is none', event('triggered', { created_at: 'yesterday' })],
        ],
        async (body, site) => {
          const { replies } = await more(site, 'pagerduty', [body])
          return first(...replies.map((reply) => status(reply, 202)))
        },
      ),
      ...each<unknown>(
        [
          ['no event', {}],
          ['an event without an id', { event: { event_type: 'incident.triggered', data: {} } }],
          [
            'an incident without an id',
            { event: { id: 'x3', event_type: 'incident.triggered', data: { title: 'x' } } },
          ],
          ['a list', []],
          ['a word', '"hello"'],
          ['half', '{"event":{'],
        ],
        async (body, site) => {
          const { opened, replies } = await more(site, 'pagerduty', [body])
          return first(counted(opened.length, 0), ...replies.map((reply) => status(reply, 400)))
        },
      ),
    ],
  },
  {
    number: 26,
    name: 'GitHub: deliveries that are not right',
    tries: [
      {
        what: 'sha1= only',
        run: async (site) => {
          const body = json(run())
          const hash = createHmac('sha1', 'gh-secret-0123456789').update(body).digest('hex')
          const headers = { 'x-hub-signature-256': 'none', 'x-hub-signature': `sha1=${hash}` }
          return status(await site.deliver('github', body, { headers }), 401)
        },
      },
      {
        what: 'a byte order mark before the body',
        run: async (site) => status(await site.deliver('github', `\ufeff${json(run())}`), 400),
      },
      {
        what: 'a delivery id that comes again with another body',
        run: async (site) => {
          const headers = { 'x-github-delivery': `again-${serial++}` }
          const before = (await incidents(site)).length
          const one = await site.deliver('github', json(run()), { headers })
          const two = await site.deliver('github', json(run()), { headers })
          const opened = (await incidents(site)).length - before
          return first(status(one, 202), status(two, 409), opened <= 1 ? undefined : 'both were taken')
        },
      },
      ...each<object>(
        [
          ['a repository with a way out', { repository: { full_name: '../../etc' } }],
          ['a repository of three parts', { repository: { full_name: 'a/b/c' } }],
          ['a repository with a space', { repository: { full_name: 'acme/shop --x' } }],
          ['a run without an id', { workflow_run: { name: 'x' } }],
          ['a run with a negative id', { workflow_run: { id: -1, workflow_id: 1 } }],
        ],
        async (change, site) => {
          const { opened, replies } = await more(site, 'github', [run(change)])
          return first(counted(opened.length, 0), ...replies.map((reply) => status(reply, 400, 202)))
        },
      ),
      {
        what: 'an event that nobody asked for',
        run: async (site) =>
          status(await site.deliver('github', json({ zen: 'x' }), { headers: { 'x-github-event': 'ping' } }), 202),
      },
      {
        what: 'no event at all',
        run: async (site) =>
          status(await site.deliver('github', json({}), { headers: { 'x-github-event': '' } }), 202, 400),
      },
    ],
  },
  {
    number: 27,
    name: 'Argo CD: notices that cannot be so',
    tries: [
      ...each<object>(
        [
          ['a name with a way out', argo({ app_name: '../../x' })],
          ['no name', argo({ app_name: '' })],
          ['a name in capitals', argo({ app_name: 'Shop' })],
          ['a name of 300 letters', argo({ app_name: 'a'.repeat(300) })],
          ['a name that is a number', argo({ app_name: 7 })],
        ],
        async (body, site) => {
          const { opened, replies } = await more(site, 'argocd', [body])
          return first(counted(opened.length, 0), ...replies.map((reply) => status(reply, 400)))
        },
      ),
      {
        what: 'healthy in the hook of a failure',
        run: async (site) => {
          const { opened, replies } = await more(site, 'argocd', [
            argo({ health_status: 'Healthy', operation_phase: 'Succeeded', sync_status: 'Synced' }),
          ])
          return first(counted(opened.length, 0), ...replies.map((reply) => status(reply, 202)))
        },
      },
      ...each<object>(
        [
          ['started in 1970', argo({ started_at: '1970-01-01T00:00:00Z' })],
          ['started in 2999', argo({ started_at: '2999-01-01T00:00:00Z' })],
          ['a message of 200 KB', argo({ message: 'x'.repeat(200_000) })],
          [
            'a message with broadcasts and steering characters',
            argo({ message: '<!channel> \u202eevil\u0000\u001b[2J' }),
          ],
          ['a link that is none', argo({ url: 'javascript:alert(1)' })],
          ['resources that are no list', argo({ resources: { a: 1 } })],
        ],
        async (body, site) => {
          const { opened, replies } = await more(site, 'argocd', [body])
          const said = opened[0] === undefined ? '' : await announced(site, opened[0])
          return first(
            ...replies.map((reply) => status(reply, 202)),
            counted(opened.length, 1),
            words(said),
            hidden(said),
            /<!channel>|javascript:|NaN|Invalid Date/.test(said) ? 'it is passed on' : undefined,
            said.length < 20_000 ? undefined : 'it is not cut',
          )
        },
      ),
      {
        what: 'a message of 5 MB',
        run: async (site) =>
          status(await site.deliver('argocd', json(argo({ message: 'x'.repeat(5_000_000) }))), 413, 0),
      },
    ],
  },
  {
    number: 28,
    name: 'Alertmanager: labels and times',
    tries: [
      ...each<object>(
        [
          [
            'a thousand labels',
            group(Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`label_${n}`, `v${n}`]))),
          ],
          ['a value of 64 KB', group({ alertname: 'Big', note: 'x'.repeat(65_536) })],
          ['a severity with a broadcast', group({ alertname: 'Loud', severity: 'critical\n<!channel>' })],
          ['no fingerprint', group({ alertname: 'Plain' })],
          ['begun in the future', group({ alertname: 'Soon' }, {}, { startsAt: '2999-01-01T00:00:00Z' })],
          ['begun at no time', group({ alertname: 'When' }, {}, { startsAt: 'x' })],
          ['ended before it began', group({ alertname: 'Back' }, {}, { endsAt: '0001-01-01T00:00:00Z' })],
          ['no labels', group({})],
          ['a name that steers', group({ alertname: '\u202ekcab\u001b[31m <@U0ANA>' })],
          ['a link that is none', group({ alertname: 'Link' }, { externalURL: 'file:///etc/passwd' })],
          ['a value that is an object', group({ alertname: 'Odd', owner: { a: 1 } })],
          ['no group key', group({ alertname: 'NoKey', n: 'x' }, { groupKey: undefined })],
        ],
        async (body, site) => {
          const { opened, replies } = await more(site, 'alertmanager', [body])
          const said = opened[0] === undefined ? '' : await announced(site, opened[0])
          return first(
            ...replies.map((reply) => status(reply, 202)),
            counted(opened.length, 1),
            words(said),
            hidden(said),
            /<!channel>|<@U0ANA>|file:\/\/|NaN|Invalid Date|\[object/.test(said) ? 'it is passed on' : undefined,
            said.length < 20_000 ? undefined : 'it is not cut',
          )
        },
      ),
      ...each<unknown>(
        [
          ['version 3', group({ alertname: 'x' }, { version: '3' })],
          ['no alerts', group({ alertname: 'x' }, { alerts: [] })],
          ['a status that is none', group({ alertname: 'x' }, { status: 'burning' })],
          ['two thousand alerts', group({}, { alerts: Array.from({ length: 2_000 }, () => ({ labels: {} })) })],
        ],
        async (body, site) => {
          const { opened, replies } = await more(site, 'alertmanager', [body])
          return first(counted(opened.length, 0), ...replies.map((reply) => status(reply, 400, 413)))
        },
      ),
    ],
  },
]
