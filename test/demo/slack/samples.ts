import type { Panel, PanelState } from '../../../src/demo/slack/panel.ts'
import type { LocalSlack } from '../../../src/demo/slack/start.ts'

/** A channel with a night in it: everything the page has to draw, posted over the Web API. */
export const channel = 'C0ONCALL'

type Block = Record<string, unknown>
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text })
const plain = (text: string) => ({ type: 'plain_text', text })
const section = (text: string, more: Block = {}) => ({ type: 'section', text: mrkdwn(text), ...more })
const button = (text: string, action_id: string, more: Block = {}) => ({
  type: 'button',
  text: plain(text),
  action_id,
  ...more,
})

/** Calls a method as the app; throws where the workspace refuses. */
export async function api(slack: LocalSlack, method: string, args: Block): Promise<Block> {
  const response = await fetch(slack.apiUrl + method, {
    method: 'POST',
    headers: { authorization: `Bearer ${slack.botToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(args),
  })
  const answer = (await response.json()) as Block
  if (answer['ok'] !== true) throw new Error(`${method}: ${JSON.stringify(answer)}`)
  return answer
}

/** Posts the storyboard; returns the ts of the parent and of the approval card. */
export async function postNight(slack: LocalSlack): Promise<{ parent: string; card: string }> {
  const now = Math.floor(Date.now() / 1000)
  const parent = String((await api(slack, 'chat.postMessage', { channel, text: 'x', blocks: parentBlocks(now) }))['ts'])
  await slack.as('U0CARA').say('is checkout down for everyone? seeing 503s in `eu1`', channel)
  const post = (text: string, blocks: Block[]) =>
    api(slack, 'chat.postMessage', { channel, thread_ts: parent, text, blocks })
  await post('Cause: Secret payments/db-credentials has no key password', causeBlocks(now))
  const card = String((await post('Plan: roll checkout back to revision 41', cardBlocks(now)))['ts'])
  await api(slack, 'chat.postEphemeral', {
    channel,
    thread_ts: parent,
    user: 'U0BEN',
    text: 'Only <!subteam^S0ONCALL> may approve this (you are in @payments-dev). Ana is on call.',
    blocks: [
      section('Only <!subteam^S0ONCALL> may approve this (you are in @payments-dev). Ana is on call.'),
      { type: 'actions', elements: [button('Ask Ana', 'doctor.ask', { value: 'U0ANA' })] },
    ],
  })
  await slack.as('U0DAN').say('that matches the rotation I saw at 02:03, <@U0ANA> your call', channel, parent)
  return { parent, card }
}

function parentBlocks(now: number): Block[] {
  return [
    section(
      `:red_circle: *payments/checkout is failing* · prod-eu1 · since <!date^${now - 180}^{time}|02:04>\n3 of 4 pods crash looping; the \`checkout\` Service has 1 endpoint left.`,
    ),
    { type: 'context', elements: [mrkdwn('*Looking into it* · PagerDuty #4711 (P1, Ana on call) · 6 alerts joined')] },
    {
      type: 'actions',
      elements: [
        button('Acknowledge', 'doctor.ack', { style: 'primary' }),
        button('Open in PagerDuty', 'doctor.pd', { url: 'https://acme.pagerduty.com/incidents/4711' }),
      ],
    },
  ]
}

function causeBlocks(now: number): Block[] {
  return [
    section(
      [
        '*Cause: Secret `payments/db-credentials` has no key `password`* (97 %)',
        `<!date^${now - 240}^{time}|02:03> it was replaced (by \`ci-deployer\`, Argo CD app \`payments\`, commit <https://git.example/9f31c2e|9f31c2e> _rotate db secret_); the key is now \`PASSWORD\`.`,
        '→ new pods of `checkout` and `ledger` fail with CreateContainerConfigError (e1, e2) → 1 endpoint left (e3) → the 5xx alert (e4).',
      ].join('\n'),
    ),
    {
      type: 'context',
      elements: [
        mrkdwn(
          'Looked at: pods, events, logs, config, network, nodes. *Could not read:* Prometheus (timed out), so no traffic figures.',
        ),
      ],
    },
    {
      type: 'container',
      title: plain('Evidence'),
      subtitle: plain('4 items'),
      is_collapsible: true,
      default_collapsed: true,
      child_blocks: [
        section(
          "*e1* pod `checkout-7c9f` · 02:04:11\n```Error: couldn't find key password in Secret payments/db-credentials```",
        ),
        section('*e3* endpoints of `checkout`: 1 ready of 4'),
      ],
    },
    {
      type: 'actions',
      elements: [
        button('What changed', 'doctor.changes'),
        button('Logs', 'doctor.logs'),
        button('Not right?', 'doctor.wrong'),
      ],
    },
  ]
}

function cardBlocks(now: number): Block[] {
  return [
    { type: 'header', text: plain('Roll back checkout to revision 41') },
    section('Revision 41 still runs 1 pod and mounts the old secret. A pull request that renames the key follows.', {
      fields: [
        mrkdwn('*Cluster*\nprod-eu1 · API certificate ✓ kube-system id ✓'),
        mrkdwn('*Object*\n`payments/checkout` (Deployment)'),
        mrkdwn('*Risk*\nmedium · affects 4 pods, no PDB'),
        mrkdwn(`*Expires*\n<!date^${now + 1800}^{time}|02:37>`),
      ],
    }),
    section(
      '```- template revision 42   image checkout:2.8.1   secret checksum 77ab…\n+ template revision 41   image checkout:2.8.1   secret checksum 03fe…```',
    ),
    {
      type: 'context',
      elements: [
        mrkdwn('Server dry run: accepted · goes back with *Undo* · done when 4/4 ready within 3 min'),
        mrkdwn('May approve: <!subteam^S0ONCALL>, not the requester · plan `8c41…f2`'),
      ],
    },
    {
      type: 'actions',
      elements: [
        button('Approve', 'doctor.approve', {
          style: 'primary',
          value: 'p-8c41',
          confirm: {
            title: plain('Roll back checkout?'),
            text: mrkdwn('This replaces 4 pods of `payments/checkout` in *prod-eu1*.'),
            confirm: plain('Roll back'),
            deny: plain('Cancel'),
          },
        }),
        button('Deny', 'doctor.deny', { style: 'danger', value: 'p-8c41' }),
        button('Details', 'doctor.details', { value: 'p-8c41' }),
        { type: 'overflow', action_id: 'doctor.more', options: [{ text: plain('Why these?'), value: 'why' }] },
      ],
    },
  ]
}

const cell = (text: string) => ({ type: 'raw_text', text })
const number = (value: number, text = String(value)) => ({ type: 'raw_number', value, text })

/** One message for each remaining family of blocks. */
export async function postGallery(slack: LocalSlack): Promise<void> {
  const post = (text: string, blocks: Block[]) =>
    api(slack, 'chat.postMessage', { channel: 'C0PLATFORM', text, blocks })
  await post('Health report', [
    { type: 'header', text: plain(':stethoscope: prod-eu1, Saturday') },
    section(':large_green_circle: 31 of 32 namespaces healthy · 1 incident (6 min) · 14 deployments, 1 rolled back'),
    { type: 'divider' },
    {
      type: 'data_visualization',
      title: 'Memory requested, % of allocatable',
      chart: {
        type: 'line',
        series: [
          { name: 'prod-eu1', data: days([70, 71, 74, 73, 75, 77, 78]) },
          { name: 'prod-us1', data: days([61, 60, 62, 64, 61, 63, 62]) },
        ],
        axis_config: { categories: weekdays },
      },
    },
    {
      type: 'data_table',
      caption: 'Right-sizing',
      page_size: 3,
      rows: [
        [cell('Workload'), cell('CPU request'), cell('p95 use'), cell('Saves $/month')],
        [cell('payments/ledger'), cell('2'), cell('0.3'), number(128)],
        [cell('payments/checkout'), cell('1'), cell('0.4'), number(61)],
        [cell('web/frontend'), cell('4'), cell('1.1'), number(143)],
        [cell('batch/reindex'), cell('8'), cell('6.5'), number(80)],
      ],
    },
  ])
  await post('Working', [
    {
      type: 'plan',
      title: 'Rolling back payments/checkout',
      tasks: [
        { type: 'task_card', task_id: '1', title: 'Cluster identity confirmed', status: 'complete' },
        {
          type: 'task_card',
          task_id: '2',
          title: 'Written, resourceVersion 81204 → 81377',
          status: 'complete',
          output: richText('PATCH /apis/apps/v1/namespaces/payments/deployments/checkout'),
        },
        {
          type: 'task_card',
          task_id: '3',
          title: 'Waiting for 4/4 ready',
          status: 'in_progress',
          details: richText('2 of 4 so far'),
        },
        { type: 'task_card', task_id: '4', title: 'Watch errors for 60 s', status: 'pending' },
      ],
    },
    {
      type: 'markdown',
      text: '### What I checked\n- **pods** in `payments`\n- [x] events of the last hour\n\n| object | state |\n|---|---:|\n| checkout | 2/4 |\n| ledger | 3/3 |\n\n```diff\n-replicas: 2\n+replicas: 4\n```',
    },
    {
      type: 'context_actions',
      elements: [
        {
          type: 'feedback_buttons',
          action_id: 'doctor.feedback',
          positive_button: { text: plain('Good'), value: 'good' },
          negative_button: { text: plain('Bad'), value: 'bad' },
        },
      ],
    },
  ])
  await post('Choices', [
    section('Which namespace?', {
      accessory: {
        type: 'static_select',
        action_id: 'doctor.namespace',
        placeholder: plain('Choose one'),
        options: ['payments', 'web', 'batch'].map((name) => ({ text: plain(name), value: name })),
      },
    }),
    {
      type: 'carousel',
      elements: ['checkout', 'ledger', 'frontend'].map((name) => ({
        type: 'card',
        title: mrkdwn(`*${name}*`),
        subtitle: mrkdwn('4/4 ready'),
        body: mrkdwn('Last rollout 6 days ago, no restarts.'),
        actions: [button('Describe', `doctor.describe.${name}`)],
      })),
    },
    {
      type: 'table',
      rows: [
        [cell('Pod'), cell('Restarts')],
        [cell('checkout-7c9f'), number(14)],
        [cell('checkout-x2x1'), number(0)],
      ],
    },
  ])
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const days = (values: number[]) => values.map((value, index) => ({ label: weekdays[index] ?? '', value }))
const richText = (text: string) => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text, style: { code: true } }] }],
})

/** A panel whose faults can be switched, as the demo has one. */
export function samplePanel(): Panel & { readonly actionsSeen: string[] } {
  const listeners = new Set<() => void>()
  const injected = new Set<string>()
  const actionsSeen: string[] = []
  return {
    actionsSeen,
    state: () => panelState(injected),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    actions: {
      async fault({ id = '', injected: wanted }) {
        actionsSeen.push(`${id}=${wanted}`)
        if (wanted === 'true') injected.add(id)
        else injected.delete(id)
        for (const listener of listeners) listener()
      },
      async merge({ number }) {
        throw new Error(`#${number} has a failing check`)
      },
    },
  }
}

function panelState(injected: ReadonlySet<string>): PanelState {
  const broken = injected.has('secret-key')
  const pod = (name: string, healthy: boolean) => ({
    name,
    namespace: 'payments',
    phase: 'Running',
    ready: healthy ? '1/1' : '0/1',
    restarts: healthy ? 0 : 14,
    healthy,
    ...(healthy ? {} : { reason: 'CreateContainerConfigError' }),
  })
  const pods = (prefix: string, count: number, bad: number) =>
    Array.from({ length: count }, (_each, index) => pod(`${prefix}-${index}`, index >= bad))
  return {
    title: 'Lab',
    clusters: [
      {
        name: 'prod-eu1',
        nodes: [
          {
            name: 'node-a',
            ready: true,
            note: '4 CPU, 61 %',
            pods: [...pods('checkout', 4, broken ? 3 : 0), ...pods('web', 5, 0)],
          },
          { name: 'node-b', ready: true, note: '4 CPU, 48 %', pods: pods('ledger', 6, broken ? 1 : 0) },
        ],
        pending: [],
        workloads: [
          {
            kind: 'Deployment',
            namespace: 'payments',
            name: 'checkout',
            ready: broken ? 1 : 4,
            desired: 4,
            gitOwned: true,
          },
          {
            kind: 'Deployment',
            namespace: 'payments',
            name: 'ledger',
            ready: broken ? 5 : 6,
            desired: 6,
            gitOwned: false,
          },
        ],
      },
    ],
    faults: [
      {
        id: 'secret-key',
        title: 'A secret loses its key',
        description: 'CI replaces db-credentials; new pods cannot start.',
        injected: broken,
        gitOwned: true,
        group: 'Configuration',
      },
      {
        id: 'bad-image',
        title: 'A tag that does not exist',
        description: 'checkout rolls out an image nobody pushed.',
        injected: injected.has('bad-image'),
        gitOwned: false,
        group: 'Rollouts',
      },
      {
        id: 'node-down',
        title: 'A node stops answering',
        description: 'node-b goes NotReady under load.',
        injected: injected.has('node-down'),
        gitOwned: false,
        group: 'Nodes',
      },
    ],
    incidents: [
      { id: '4711', title: 'checkout 5xx above 5 %', status: broken ? 'triggered' : 'resolved', urgency: 'high' },
    ],
    pullRequests: [
      {
        number: 318,
        title: 'Rename PASSWORD to password',
        state: 'open',
        url: 'https://git.example/acme/deploy/pull/318',
        repository: 'acme/deploy',
        mergeable: true,
        diff: '-PASSWORD: x\n+password: x',
      },
    ],
    tour: {
      step: 1,
      steps: [
        { title: 'Look around', text: 'The channel is quiet and every pod is green.', done: true },
        {
          title: 'Break something',
          text: 'Open “Break it” and inject a fault. Watch the channel: the page arrives within seconds.',
          done: false,
        },
        { title: 'Approve the fix as Ana', text: 'Ben may not. Switch who you are at the top left.', done: false },
        { title: 'Undo it', text: '', done: false },
      ],
    },
  }
}
