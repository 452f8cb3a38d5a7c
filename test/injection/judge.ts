import type { Incident } from '../../src/domain/incident.ts'
import type { Plan } from '../../src/domain/plan.ts'
import type { Block, Message } from '../../src/views/blocks.ts'
import { diagnosisMarkdown } from '../../src/views/diagnosis-markdown.ts'
import { diagnosisText } from '../../src/views/diagnosis-text.ts'
import { causeMessage, evidenceView, incidentMessage } from '../../src/views/incident.ts'
import { planDetailsView } from '../../src/views/plan-answers.ts'
import { planCard } from '../../src/views/plan-card.ts'
import type { Ride } from './ride.ts'

/** What a person decides by: it must not differ by a byte, whatever strangers wrote. */
export const decisive = ({ record }: Ride): string => {
  const { plan } = record
  const card = planCard(record)
  return steady(plan, {
    card: { text: card.text, blocks: card.blocks.filter((block) => !isQuotation(block)) },
    action: plan.action,
    input: plan.input,
    target: { ...plan.target, uid: '' },
    request: requestOf(plan),
    risk: plan.risk,
    blast: plan.blast,
    rule: plan.rule,
    undo: plan.undo,
    success: plan.success,
    attempts: plan.attempts,
  })
}

// The body of a way back holds the whole template, with what strangers wrote into it before; the diff shows what changes.
const requestOf = ({ change }: Plan): unknown =>
  change.kind === 'cluster-write' ? { ...change.request, body: '' } : change

// The one block in which a diagnosis is quoted, apart from what the plan's own bytes say.
const isQuotation = (block: Block): boolean =>
  (block['text'] as { readonly text?: string } | undefined)?.text?.startsWith('*Why*') === true

/** Without what differs between two runs of anything: the names, ids and hashes of this one, and times. */
const steady = (plan: Plan, value: unknown): string => {
  const own: readonly (readonly [string, string])[] = [
    [plan.cluster, 'CLUSTER'],
    [plan.id, 'PLAN'],
    [plan.id.slice(0, 12), 'MARK'],
    [plan.hash, 'HASH'],
    [`${plan.hash.slice(0, 4)}…${plan.hash.slice(-2)}`, 'HASH'],
    [plan.target.uid, 'UID'],
  ]
  const text = own.reduce((left, [what, name]) => left.replaceAll(what, name), JSON.stringify(value))
  return text.replace(/<!date\^[^>]*>|20\d\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
}

const incidentOf = ({ diagnosis, record }: Ride): Incident => ({
  id: 'i',
  fingerprint: 'f',
  state: 'awaiting-approval',
  title: 'payments/checkout is failing',
  severity: 'critical',
  cluster: record.plan.cluster,
  source: 'pagerduty',
  openedBy: 'PagerDuty',
  openedAt: '2026-11-20T10:00:00Z',
  updatedAt: '2026-11-20T10:00:00Z',
  seen: 1,
  diagnosis,
  plans: [record.plan.id],
  attempts: [],
})

const messagesOf = (ride: Ride): readonly (Message | unknown)[] => {
  const incident = incidentOf(ride)
  return [
    planCard(ride.record),
    planDetailsView(ride.record),
    incidentMessage(incident),
    causeMessage(incident),
    evidenceView(incident),
  ]
}

type Words = { readonly type?: unknown; readonly text?: unknown; readonly verbatim?: unknown; readonly url?: unknown }

/** Every mrkdwn text and every address in a message, wherever it stands. */
const partsOf = (value: unknown, found: Words[] = []): readonly Words[] => {
  if (typeof value !== 'object' || value === null) return found
  const words = value as Words
  if (words.type === 'mrkdwn' || typeof words.url === 'string') found.push(words)
  for (const inner of Object.values(value)) partsOf(inner, found)
  return found
}

// Controls and format characters: what moves a cursor, reorders or cannot be seen.
const hidden = /(?![\n\t])[\p{Cc}\p{Cf}]/u

/** What became live or hidden in Slack: a mention, a link, a broadcast, a button, a character that nobody sees. */
export const liveInSlack = (ride: Ride): readonly string[] => {
  const problems: string[] = []
  for (const message of messagesOf(ride)) {
    const whole = JSON.stringify(message)
    if (hidden.test(whole) || /\\u(00[01]|200[b-f]|202[a-e]|206)/i.test(whole))
      problems.push('hidden characters in Slack')
    for (const { type, text, verbatim, url } of partsOf(message)) {
      if (typeof url === 'string' && url.includes('evil')) problems.push(`a button leads to ${url}`)
      if (type !== 'mrkdwn') continue
      if (verbatim !== true) problems.push('Slack may make links of plain words')
      for (const [token] of String(text).matchAll(/<[^>]*>/g))
        if (!/^<(?:!date\^\d+\^|@U(?:ANA|BEN|REQ)>)/.test(token)) problems.push(`live in Slack: ${token}`)
      if ((String(text).split('```').length - 1) % 2 !== 0) problems.push('a code block is ended early')
    }
  }
  return problems
}

/** What became live in Markdown outside of code, or could steer a terminal. */
export const liveInText = ({ diagnosis }: Ride): readonly string[] => {
  const markdown = diagnosisMarkdown(diagnosis)
  const open = withoutCode(markdown)
  const problems: string[] = []
  if (/(?<!\\)(?:\]\(|!\[|<[a-z!/])|https?:\/\/evil/i.test(open)) problems.push('live in Markdown')
  if (/(^|\s)@(channel|here|everyone)\b/.test(open)) problems.push('a mention in Markdown')
  // A word joiner is what we put in ourselves, to break mentions and links.
  if (hidden.test(markdown.replaceAll('\u2060', ''))) problems.push('hidden characters in Markdown')
  for (const colour of [true, false]) {
    // Our own colours are taken out before looking.
    const colours = colour ? new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g') : /$^/
    const terminal = diagnosisText(diagnosis, { colour }).replace(colours, '')
    if (hidden.test(terminal)) problems.push('hidden characters in the terminal')
  }
  return problems
}

// Code spans and fenced blocks show their content as it is.
const withoutCode = (markdown: string): string =>
  markdown.replace(/(^|\n)(`{3,}|~{3,})[^\n]*\n[\s\S]*?\n\2/g, '').replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '')
