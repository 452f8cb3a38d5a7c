import { keptText } from '../domain/coverage.ts'
import type { RootCause } from '../domain/diagnosis.ts'
import { type Durations, partsText, spanText } from '../domain/durations.ts'
import type { Incident } from '../domain/incident.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn } from '../domain/plain.ts'
import { count, short, some } from '../domain/words.ts'
import { type Block, button, context, type Message, openLink, section, slackTime } from './blocks.ts'

/** The one message of an incident in its channel: what is going on, where it stands, and where to look next. */
export const incidentMessage = (incident: Incident): Message => {
  const place = `${incident.cluster} · since ${incident.openedAt.slice(11, 16)} UTC`
  const standing = [
    stateText(incident),
    linkText(incident),
    careText(incident),
    joinedText(incident),
    tiedText(incident),
  ]
    .filter(Boolean)
    .join(' · ')
  const title = headline(incident)
  const head = `${icon(incident)} *${mrkdwn(title)}*`
  const cause = incident.mergedInto === undefined ? incident.diagnosis?.rootCauses[0] : undefined
  const blocks: Block[] = [
    section(
      `${head} · ${mrkdwn(incident.cluster)} · since ${slackTime(incident.openedAt)}${cause === undefined ? '' : `\n${mrkdwn(short(cause.summary, 180))}`}\n${standing}`,
    ),
  ]
  const row = handles(incident)
  if (row.length > 0) blocks.push({ type: 'actions', elements: row })
  return { text: mrkdwn(`${stateWord(incident)}: ${title} (${place})`), blocks }
}

/** What can be pressed now: who looks after it, how it ends, where it is at its source; and afterwards what was. */
const handles = (incident: Incident): readonly Block[] => {
  const { id, source, link, endedAt, acknowledged, mergedInto } = incident
  const open = [
    ...(link?.url === undefined ? [] : [openLink(`Open in ${sourceName(incident)}`, link.url)]),
    ...(link?.silence === undefined ? [] : [openLink('Silence', link.silence, '.silence')]),
  ]
  if (mergedInto !== undefined) return []
  if (endedAt !== undefined)
    return source === 'slack'
      ? []
      : [button('doctor.timeline', 'Timeline', id), button('doctor.postmortem', 'Postmortem draft', id)]
  if (source === 'slack') return []
  if (acknowledged === undefined) return [button('doctor.acknowledge', 'Acknowledge', id), ...open]
  const paged = source === 'pagerduty' && link !== undefined
  return [
    sure(button('doctor.resolve', 'Resolve', id), 'End this incident?', paged ? 'Its page is resolved too.' : ''),
    ...(paged ? [sure(button('doctor.escalate', 'Escalate', id), 'Page the next level?', '')] : []),
    ...open,
  ]
}

/** A button that asks once more before it counts. */
const sure = (element: Block, title: string, text: string): Block => ({
  ...element,
  confirm: {
    title: { type: 'plain_text', text: title },
    text: { type: 'plain_text', text: text === '' ? 'It cannot be taken back from here.' : text },
    confirm: { type: 'plain_text', text: 'Yes' },
    deny: { type: 'plain_text', text: 'No' },
  },
})

/** What is in trouble and how, once: many alerts name no workload in their title, and some repeat the cluster. */
const headline = ({ title, cluster, namespace, focus }: Incident): string => {
  const text = title.replace(/\.$/, '').replace(` on ${cluster}`, '')
  // The title of a workflow run names it as people do.
  if (focus === undefined || focus.kind === 'WorkflowRun' || text.includes(focus.name)) return text
  return `${namespace === undefined ? '' : `${namespace}/`}${focus.name}: ${text}`
}

const icon = (incident: Incident): string => {
  if (incident.mergedInto !== undefined) return '🔗'
  switch (incident.state) {
    case 'resolved':
    case 'closed':
      return '🟢'
    case 'awaiting-approval':
    case 'executing':
    case 'verifying':
      return '🟠'
    case 'escalated':
      return '🟣'
    case 'open':
    case 'investigating':
      return incident.severity === 'info' ? '🔵' : incident.severity === 'warning' ? '🟡' : '🔴'
  }
}

const stateWord = (incident: Incident): string => {
  if (incident.mergedInto !== undefined) return 'goes on in another thread'
  switch (incident.state) {
    case 'open':
    case 'investigating':
      return 'looking into it'
    case 'awaiting-approval':
      return 'waiting for a decision'
    case 'executing':
      return 'making the change'
    case 'verifying':
      return 'checking the change'
    case 'resolved':
      return 'resolved'
    case 'escalated':
      return 'needs a person'
    case 'closed':
      return 'closed'
  }
}

const tookText = (seconds: Durations): string => {
  if (seconds.whole === undefined) return ''
  const parts = partsText(seconds)
  return ` · took ${spanText(seconds.whole)}${parts === '' ? '' : ` (${parts})`}`
}

const stateText = (incident: Incident): string => {
  const word = stateWord(incident)
  const text = `*${word[0]?.toUpperCase() ?? ''}${word.slice(1)}*`
  const { endedAt, took } = incident
  if (endedAt === undefined) return text
  return `${text} ${slackTime(endedAt)}${took?.endedAt === endedAt ? tookText(took.seconds) : ''}`
}

const sourceNames: Readonly<Record<Incident['source'], string>> = {
  pagerduty: 'PagerDuty',
  alertmanager: 'Prometheus',
  grafana: 'Grafana',
  argocd: 'Argo CD',
  github: 'GitHub',
  slack: 'Slack',
  watch: 'the cluster watch',
  deployment: 'the check after a deployment',
  audit: 'the audit log of the API server',
  schedule: 'the schedule',
}

const sourceName = (incident: Incident): string => sourceNames[incident.source]

const linkText = (incident: Incident): string => {
  const { link } = incident
  if (incident.source === 'slack')
    return `asked by ${/^[UW][A-Z0-9]+$/.test(incident.openedBy) ? `<@${incident.openedBy}>` : mrkdwn(incident.openedBy)}`
  if (link === undefined) return sourceName(incident)
  const name = `${sourceName(incident)}${link.number === undefined ? '' : ` #${link.number}`}`
  const who = link.assignees === undefined ? '' : `${some(link.assignees, 2)} on call`
  const more = [link.priority, who].filter((part) => part !== undefined && part !== '').join(', ')
  const shown = link.url === undefined ? mrkdwn(name) : `<${link.url}|${mrkdwn(name)}>`
  return `${shown}${more === '' ? '' : ` (${mrkdwn(more)})`}`
}

const tiedText = ({ links = [] }: Incident): string =>
  links.map(({ url, name }) => `<${url}|${mrkdwn(name, 60)}>`).join(' · ')

/** Who looks after it. What Slack and the pager both say is said once. */
const careText = ({ acknowledged, assignee, endedAt }: Incident): string => {
  if (endedAt !== undefined) return ''
  const has = assignee === undefined ? '' : `with ${mrkdwn(assignee, 60)}`
  const looks = acknowledged === undefined ? '' : `acknowledged by ${mrkdwn(acknowledged.by, 60)}`
  return [looks, has].filter(Boolean).join(', ')
}

const joinedText = ({ seen, joined = [], flapping }: Incident): string =>
  [
    seen > 1 ? `${count(seen, 'alert')} joined` : '',
    joined.length === 0 ? '' : `${count(joined.length, 'other incident')} with it`,
    flapping === true ? 'comes and goes' : '',
  ]
    .filter(Boolean)
    .join(' · ')

/** What a person can do about a cause, in words and with commands to copy. */
export type Advice = { readonly text: string; readonly commands: readonly string[] }

/**
 * The diagnosis in the thread: the cause with how sure it is, the chain, what was and was not looked at, and what to press.
 * `advice` is shown where no action is offered.
 */
export const causeMessage = (incident: Incident, advice: readonly Advice[] = []): Message => {
  const { diagnosis } = incident
  const [cause, ...others] = diagnosis?.rootCauses ?? []
  if (diagnosis === undefined || cause === undefined) return unexplained(incident)
  const percent = Math.round(cause.confidence * 100)
  const lines = [`*Cause: ${mrkdwn(cause.summary, 400)}* (${percent} %)`, ...chain(cause)]
  if (others.length > 0)
    lines.push(
      `Also: ${some(
        others.map((other) => mrkdwn(short(other.summary, 160))),
        3,
      )}.`,
    )
  lines.push(lookedAt(incident))
  return {
    text: mrkdwn(`Cause: ${cause.summary} (${percent} %) on ${diagnosis.cluster}`),
    blocks: [section(lines.join('\n')), ...fixes(cause, advice, diagnosis.cluster), buttons(incident, cause)],
  }
}

/** From what changed to what it hurt. Steps that only say the headline again are left out. */
const chain = (cause: RootCause): readonly string[] => {
  const { change } = cause
  const said = (step: string) => step.includes(cause.summary) || (change !== undefined && step.includes(change.what))
  const before =
    change === undefined
      ? []
      : [
          `${change.at === undefined ? 'Before it' : slackTime(change.at)} ${mrkdwn(change.what, 300)}${change.by === undefined ? '' : `, by ${mrkdwn(change.by)}`}`,
        ]
  const steps = cause.explanation
    .filter((step) => !said(step))
    .slice(0, 4)
    .map((step) => `→ ${mrkdwn(step.replace(/^→ /, ''), 260)}`)
  const hurt = cause.affected.length === 0 ? [] : [`Hurt by it: ${mrkdwn(some(cause.affected.map(refText), 4))}.`]
  return [...before, ...steps, ...hurt]
}

/** The sources of a diagnosis as people think of them. */
const areas: readonly (readonly [string, RegExp])[] = [
  ['pods', /^pods$/],
  ['events', /^events/],
  ['logs', /^logs$/],
  ['workloads', /^(deployments|replicasets|statefulsets|daemonsets|jobs|cronjobs)/],
  ['config', /^(configmaps|secrets)/],
  ['network', /^(services|endpoint|ingress|networkpolic|gateways|httproutes)/],
  ['storage', /^(persistentvolume|storageclass|volumeattachments)/],
  ['scaling and quota', /^(horizontalpodautoscalers|poddisruptionbudgets|resourcequotas|limitranges)/],
  ['nodes', /^(nodes|leases)/],
  ['metrics', /metrics/],
]

const lookedAt = (incident: Incident): string => {
  const coverage = incident.diagnosis?.coverage
  if (coverage === undefined) return ''
  const seen = areas.filter(([, pattern]) => coverage.checked.some((source) => pattern.test(source)))
  const unread = coverage.unavailable.map((one) => `${one.source} (${one.reason})`)
  const blind = unread.length === 0 ? '' : ` Could not read: ${mrkdwn(some(unread, 4))}.`
  const kept = keptText(coverage, incident.diagnosis?.at ?? '')
  const areasSeen = seen.length === 0 ? 'nothing' : seen.map(([name]) => name).join(', ')
  return `_Looked at: ${areasSeen}.${blind}${kept === '' ? '' : ` ${kept}`}_`
}

/** What a person can do where no action of the catalogue is offered: first what mends this very cause, then what its runbook says. */
const fixes = (cause: RootCause, advice: readonly Advice[], cluster: string): readonly Block[] => {
  if (cause.proposals.length > 0) return []
  const own = cause.fix.slice(0, 3).map((text) => stepOf(text, cluster))
  const theirs = advice.map(({ text, commands }) => ({
    text,
    commands: own.length === 0 ? commands : commands.slice(0, 1),
  }))
  const lines = [...own, ...theirs]
    .slice(0, 4)
    .flatMap(({ text, commands }) => [
      ...(text === '' ? [] : [`• ${mrkdwn(text, 300)}`]),
      ...commands.slice(0, 3).map((command) => `\`${mrkdwn(command.replaceAll('`', ''), 400)}\``),
    ])
  return lines.length === 0 ? [] : [section(`*What to do*\n${lines.join('\n')}`)]
}

/** A fix as words and the command in it, which gets the context, for whoever copies it may be looking at another cluster. */
const stepOf = (fix: string, cluster: string): { readonly text: string; readonly commands: readonly string[] } => {
  const at = fix.search(/\bkubectl /)
  if (at < 0) return { text: fix, commands: [] }
  const command = fix.slice(at).replace(/\bkubectl (?!--context)/g, `kubectl --context ${cluster} `)
  return { text: fix.slice(0, at).replace(/[:;,]?\s*$/, ''), commands: [command] }
}

const buttons = (incident: Incident, cause: RootCause): Block => ({
  type: 'actions',
  elements: [
    ...(cause.evidence.length === 0 ? [] : [button('doctor.evidence', 'Evidence', incident.id)]),
    button('doctor.changes', 'What changed', incident.id),
    button('doctor.feedback', 'Not right?', incident.id),
  ],
})

const unexplained = (incident: Incident): Message => {
  const { diagnosis } = incident
  const healthy = diagnosis?.verdict === 'healthy'
  const head = healthy
    ? `*Nothing wrong found on ${mrkdwn(incident.cluster)} now.* Everything that was needed was read.`
    : '*I do not know the cause yet.* What I could read does not explain it.'
  const next = (diagnosis?.next ?? []).slice(0, 4).map((step) => `• ${mrkdwn(step)}`)
  const again = incident.source === 'slack' || (incident.rounds ?? 1) > 1 ? [] : ['I look again by myself in a moment.']
  const lines = [head, ...again, ...(next.length === 0 ? [] : ['What would tell:', ...next]), lookedAt(incident)]
  return {
    text: mrkdwn(
      healthy ? `Nothing wrong found on ${incident.cluster} now` : `The cause of ${incident.title} is not known yet`,
    ),
    blocks: [
      section(lines.filter((line) => line !== '').join('\n')),
      context(`Asked: ${mrkdwn(incident.question ?? incident.title)}`),
    ],
  }
}

/** The evidence of an incident, each item with its id, source, time and the decisive line, for a modal. */
export const evidenceView = (incident: Incident): unknown => {
  const causes = incident.diagnosis?.rootCauses.slice(0, 3) ?? []
  const blocks = causes.flatMap((cause) => [
    section(`*${mrkdwn(cause.summary)}*`),
    ...cause.evidence
      .slice(0, 25)
      .map((item) =>
        section(
          `\`${mrkdwn(item.id)}\` ${mrkdwn(item.kind)} · ${mrkdwn(refText(item.about))}${item.at === undefined ? '' : ` · ${slackTime(item.at)}`}\n>${mrkdwn(item.text).slice(0, 1_500).replaceAll('\n', '\n>')}`,
        ),
      ),
  ])
  return modal('Evidence', blocks.length === 0 ? [section('There is no evidence stored for this incident.')] : blocks)
}

/** What changed shortly before, for a modal. */
export const changesView = (incident: Incident): unknown => {
  const changes = (incident.diagnosis?.rootCauses ?? []).flatMap((cause) =>
    cause.change === undefined ? [] : [cause.change],
  )
  const lines = changes.map(
    (change) =>
      `• ${change.at === undefined ? '' : `${slackTime(change.at)} `}${mrkdwn(change.what)}${change.by === undefined ? '' : ` by ${mrkdwn(change.by)}`}`,
  )
  const none = 'No change was found in what I could read. That does not mean that nothing changed.'
  return modal('What changed', [section(lines.length === 0 ? none : lines.join('\n'))])
}

/** Asks what was wrong with a diagnosis; the incident's id travels in the view and is checked again when it comes back. */
export const feedbackView = (incident: Incident): unknown => ({
  ...(modal('Not right?', [
    {
      type: 'input',
      block_id: 'wrong',
      label: { type: 'plain_text', text: 'What was wrong?' },
      element: { type: 'plain_text_input', action_id: 'text', multiline: true, max_length: 2_000 },
    },
  ]) as object),
  callback_id: 'doctor.feedback',
  private_metadata: incident.id,
  submit: { type: 'plain_text', text: 'Send' },
})

const modal = (title: string, blocks: readonly Block[]): unknown => ({
  type: 'modal',
  title: { type: 'plain_text', text: title },
  close: { type: 'plain_text', text: 'Close' },
  blocks: blocks.slice(0, 100),
})

/** The same diagnosis again, in a sentence, with what was tried so far. */
export const sameCauseMessage = (incident: Incident, before: string, advice: readonly Advice[] = []): Message => {
  const cause = incident.diagnosis?.rootCauses[0]
  const tried = incident.attempts.length
  const past = tried === 0 ? '' : ` Tried so far: ${tried}.`
  const text = `The same cause as before: ${cause?.summary ?? incident.title}.${past}`
  return {
    text: mrkdwn(text),
    blocks: [
      section(`*The same cause as at ${slackTime(before)}*: ${mrkdwn(cause?.summary ?? incident.title)}.${past}`),
      ...(cause === undefined ? [] : [...fixes(cause, advice, incident.cluster), buttons(incident, cause)]),
    ],
  }
}

/** Said where an alert is about a cluster that is not connected here. */
export const unreachableMessage = (incident: Incident, clusters: readonly string[]): Message => {
  const known = clusters.length === 0 ? 'no cluster is connected' : `connected are ${some(clusters, 5)}`
  const text = `I cannot look at ${incident.cluster}: ${known}. Add its context to DOCTOR_CONTEXTS, or set the alert's cluster label to a connected one.`
  return { text: mrkdwn(text), blocks: [section(mrkdwn(text))] }
}

/** Said when a step failed for the last time: what was being done, in plain words, and that it is on the log. */
export const failedMessage = (what: string, why: string): Message => {
  const text = `I could not ${what}: ${why}. I tried several times and stopped; the details are in the log.`
  return { text: mrkdwn(text), blocks: [section(`⚠️ ${mrkdwn(text)}`)] }
}
