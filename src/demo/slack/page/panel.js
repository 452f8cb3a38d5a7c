import { fill, h, icon, iconButton, the, toast } from './dom.js'
import { codeBlock } from './mrkdwn.js'
import { state } from './state.js'

let tab = 'tour'
const busy = new Set()

async function post(path, body) {
  const response = await fetch(`/panel/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (!answer.ok) toast(answer.error, 'error')
}

async function run(key, path, body) {
  busy.add(key)
  drawPanel()
  await post(path, body)
  busy.delete(key)
  drawPanel()
}

const titles = { tour: 'Tour', faults: 'Break it', cluster: 'Cluster', systems: 'Systems' }

/** The side panel of the demo: the tour, the faults, the cluster, and the systems around it. */
export function drawPanel() {
  const root = the('#panel')
  const panel = state.panel
  if (panel === null || panel.clusters === undefined) return fill(root)
  const tabs = Object.keys(titles).filter((name) => has(panel, name))
  if (!tabs.includes(tab)) tab = tabs[0] ?? 'cluster'
  const kept = root.querySelector('.panel-body')?.scrollTop ?? 0
  const same = root.dataset.tab === tab
  const bodies = { tour, faults, cluster, systems }
  const body = h('div', { class: 'panel-body', role: 'tabpanel', 'aria-label': titles[tab] }, bodies[tab](panel))
  fill(
    root,
    h(
      'header',
      { class: 'panel-head' },
      icon('lab', 18),
      h('strong', {}, panel.title ?? 'Lab'),
      iconButton('close', 'Hide the panel', () => document.body.classList.remove('panel-open'), {
        class: 'icon-button hide-panel',
      }),
    ),
    h(
      'div',
      { class: 'tabs', role: 'tablist' },
      tabs.map((name) => tabButton(name, panel)),
    ),
    body,
  )
  root.dataset.tab = tab
  if (same) body.scrollTop = kept
}

function has(panel, name) {
  if (name === 'tour') return panel.tour !== undefined
  if (name === 'faults') return panel.faults.length > 0
  if (name === 'systems')
    return (
      panel.incidents.length + panel.pullRequests.length + (panel.log ?? []).length + (panel.buttons ?? []).length > 0
    )
  return panel.clusters.length > 0
}

function tabButton(name, panel) {
  const counts = {
    faults: panel.faults.filter((fault) => fault.injected).length,
    cluster: panel.clusters.flatMap(podsOf).filter((pod) => !pod.healthy).length,
    systems: panel.incidents.filter((incident) => incident.status !== 'resolved').length,
  }
  const choose = () => {
    tab = name
    drawPanel()
  }
  return h(
    'button',
    { type: 'button', role: 'tab', 'aria-selected': String(name === tab), onclick: choose },
    titles[name],
    counts[name] > 0 && h('span', { class: 'count' }, counts[name]),
  )
}

function podsOf(cluster) {
  return [...cluster.nodes.flatMap((node) => node.pods), ...cluster.pending]
}

function tour({ tour: { step, steps } }) {
  return h(
    'ol',
    { class: 'tour' },
    steps.map((each, index) =>
      h(
        'li',
        {
          class: each.done ? 'done' : index === step ? 'now' : '',
          'aria-current': index === step ? 'step' : undefined,
        },
        h('span', { class: 'tour-sign', 'aria-hidden': 'true' }, each.done ? '✓' : index + 1),
        h(
          'div',
          {},
          h('strong', {}, each.title),
          index === step && h('p', {}, each.text),
          index === step && each.action !== undefined && actionButton(each.action),
        ),
      ),
    ),
  )
}

function faults(panel) {
  let group
  return panel.faults.map((fault) => {
    const heading = fault.group !== undefined && fault.group !== group && h('h3', {}, fault.group)
    group = fault.group
    return [heading, faultCard(fault)]
  })
}

function faultCard(fault) {
  const working = busy.has(fault.id) || fault.busy === true
  const toggle = () => run(fault.id, `faults/${encodeURIComponent(fault.id)}`, { injected: String(!fault.injected) })
  return h(
    'article',
    { class: `fault${fault.injected ? ' injected' : ''}` },
    h(
      'div',
      { class: 'fault-head' },
      h('strong', {}, fault.title),
      fault.gitOwned &&
        h('span', { class: 'tag', title: 'Git owns this object, so the fix is a pull request' }, 'Git-owned'),
    ),
    h('p', {}, fault.description),
    h(
      'button',
      {
        type: 'button',
        class: `button ${fault.injected ? '' : 'danger'}`,
        'aria-busy': working ? 'true' : undefined,
        disabled: working,
        onclick: toggle,
      },
      fault.injected ? 'Heal' : 'Inject',
    ),
  )
}

function cluster(panel) {
  return panel.clusters.map((each) => {
    const pods = podsOf(each)
    const bad = pods.filter((pod) => !pod.healthy).length
    return h(
      'section',
      { class: 'cluster' },
      h(
        'div',
        { class: 'cluster-head' },
        h('strong', {}, each.name),
        h(
          'span',
          { class: bad === 0 ? 'state good' : 'state bad' },
          bad === 0 ? `${pods.length} pods healthy` : `${bad} of ${pods.length} pods unhealthy`,
        ),
      ),
      each.workloads.length > 0 && h('div', { class: 'workloads' }, each.workloads.map(workload)),
      each.nodes.map((node) =>
        h(
          'div',
          { class: `node${node.ready ? '' : ' bad'}` },
          h(
            'div',
            { class: 'node-head' },
            h('strong', {}, node.name),
            h('span', {}, node.ready ? (node.note ?? 'Ready') : (node.note ?? 'NotReady')),
          ),
          h('div', { class: 'pods' }, node.pods.map(pod)),
        ),
      ),
      each.pending.length > 0 &&
        h(
          'div',
          { class: 'node pending' },
          h('div', { class: 'node-head' }, h('strong', {}, 'not scheduled')),
          h('div', { class: 'pods' }, each.pending.map(pod)),
        ),
    )
  })
}

function workload(each) {
  const good = each.ready >= each.desired
  return h(
    'div',
    { class: 'workload' },
    h('span', { class: `light ${good ? 'good' : 'bad'}`, role: 'img', 'aria-label': good ? 'healthy' : 'unhealthy' }),
    h('span', { class: 'workload-name', title: each.image ?? '' }, `${each.namespace}/${each.name}`),
    h('span', { class: 'workload-kind' }, each.gitOwned ? 'Git' : each.kind === 'Deployment' ? '' : each.kind),
    h('span', { class: good ? '' : 'bad' }, `${each.ready}/${each.desired}`),
  )
}

function pod(each) {
  const words = `${each.namespace}/${each.name}: ${each.reason ?? each.phase}, ${each.ready} ready, ${each.restarts} restarts`
  return h(
    'span',
    {
      class: `pod ${each.healthy ? 'good' : each.phase === 'Pending' ? 'waiting' : 'bad'}`,
      title: words,
      role: 'img',
      'aria-label': words,
      tabindex: '0',
    },
    each.healthy ? '' : '!',
  )
}

function actionButton({ label, action, args = {} }, key = label) {
  return h(
    'button',
    {
      type: 'button',
      class: 'button',
      'aria-busy': busy.has(key) ? 'true' : undefined,
      onclick: () => run(key, `actions/${encodeURIComponent(action)}`, args),
    },
    label,
  )
}

function systems(panel) {
  return [
    (panel.buttons ?? []).length > 0 &&
      h(
        'div',
        { class: 'panel-buttons' },
        panel.buttons.map((each) => actionButton(each)),
      ),
    panel.incidents.length > 0 && h('h3', {}, 'PagerDuty'),
    panel.incidents.map((each) =>
      h(
        'article',
        { class: `incident ${each.status}` },
        h(
          'div',
          {},
          h('a', { href: each.url, target: '_blank', rel: 'noopener noreferrer' }, h('strong', {}, `#${each.id} `)),
          each.title,
        ),
        h(
          'div',
          { class: 'tags' },
          h('span', { class: `tag ${each.status}` }, each.status),
          h('span', { class: 'tag' }, `${each.urgency} urgency`),
          each.who && each.status !== 'resolved' && h('span', { class: 'tag' }, each.who),
        ),
        (each.notes ?? []).map((note) => h('p', { class: 'note' }, note)),
        (each.actions ?? []).length > 0 &&
          h(
            'div',
            { class: 'panel-buttons' },
            each.actions.map((action) => actionButton(action, `${action.action}-${each.id}`)),
          ),
      ),
    ),
    panel.pullRequests.length > 0 && h('h3', {}, 'Pull requests'),
    panel.pullRequests.map(pullRequest),
    (panel.log ?? []).length > 0 && [
      h('h3', {}, 'What happened'),
      h(
        'div',
        { class: 'log', role: 'log' },
        panel.log.map((each) => h('div', {}, h('time', {}, each.at), each.text)),
      ),
    ],
  ]
}

function pullRequest(each) {
  const key = `pr-${each.number}`
  return h(
    'article',
    { class: `pull ${each.state}` },
    h(
      'div',
      {},
      icon('merge', 16),
      h(
        'a',
        { href: each.url, target: '_blank', rel: 'noopener noreferrer' },
        h('strong', {}, `#${each.number} `),
        each.title,
      ),
    ),
    h(
      'div',
      { class: 'tags' },
      h('span', { class: `tag ${each.state}` }, each.state),
      each.repository && h('span', { class: 'tag' }, each.repository),
    ),
    each.diff && h('details', {}, h('summary', {}, icon('down', 14), ' Diff'), codeBlock(each.diff)),
    each.mergeable === true &&
      each.state === 'open' &&
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          'aria-busy': busy.has(key) ? 'true' : undefined,
          onclick: () => run(key, 'actions/merge', { number: String(each.number) }),
        },
        'Merge',
      ),
  )
}
