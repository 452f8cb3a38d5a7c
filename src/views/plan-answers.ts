import type { Change } from '../domain/change.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { partsOf } from '../domain/plan-steps.ts'
import { some } from '../domain/words.ts'
import { type Block, context, type Message, section } from './blocks.ts'
import { identityText, mentions, noteText, stateIcon, stateText, successText, undoText } from './plan-words.ts'

/** The answer to a press, for the person who pressed alone: what happened, and who may, where they may not. */
export const answerMessage = (text: string, approvers: readonly string[]): Message => {
  const who = approvers.length === 0 ? '' : ` ${mentions(approvers.slice(0, 10))} may.`
  return { text: mrkdwn(text), blocks: [section(`${mrkdwn(text)}${who}`)] }
}

/** Said in the thread of an incident whose fix already stands on a card in another thread. `link` leads there. */
export const planElsewhereMessage = ({ plan }: PlanRecord, link: string | undefined): Message => {
  const text = `The fix of this waits for a decision already: ${plan.summary}`
  const where = link === undefined ? '' : ` · <${link}|to its card>`
  return { text: mrkdwn(text), blocks: [section(`${mrkdwn(text)}${where}`)] }
}

/** How a plan ended, in its thread. */
export const planOutcomeMessage = (record: PlanRecord): Message => {
  const { plan, life } = record
  const target = refText(plan.target)
  const note = life.outcome?.note ?? ''
  const took = tookText(record)
  const by = life.approvals.map((approval) => `<@${approval.by.id}>`).join(' and ')
  const head = headOf(record, target)
  const merge =
    life.state === 'verified' && plan.change.kind === 'pull-request'
      ? 'Nothing changes in the cluster until people merge it.'
      : ''
  const back = life.effect === 'done' && plan.undo.kind === 'action' ? 'Undo is on the card.' : ''
  const fresh = life.state === 'stale' ? 'The plan against what it is now follows, where there is one.' : ''
  const lines = [
    `${stateIcon(life)} *${mrkdwn(head)}*`,
    noteText(note, 600),
    ...partsLines(record),
    [merge, took, back, fresh].filter(Boolean).join(' '),
  ]
  return {
    text: mrkdwn(`${head}. ${note}`),
    blocks: [
      section(lines.filter((line) => line !== '').join('\n')),
      context(
        `${mrkdwn(plan.cluster)}${by === '' ? '' : ` · approved by ${by}`} · plan ${plan.hash.slice(0, 4)}…${plan.hash.slice(-2)}`,
      ),
    ],
  }
}

/** Of a sequence that stopped on its way: what was done, and what was not. */
const partsLines = ({ plan, life }: PlanRecord): readonly string[] => {
  const { done, open, not } = partsOf(plan, life)
  if (not.length + open.length === 0 || life.effect !== 'done') return []
  const line = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`*${what}:* ${mrkdwn(some(names, 8), 900)}`]
  return [...line('Done', done), ...line('Begun, and not seen through', open), ...line('Not done', not)]
}

const headOf = ({ plan, life }: PlanRecord, target: string): string => {
  switch (life.state) {
    case 'verified':
      return plan.change.kind === 'pull-request'
        ? `The pull request for ${target} is open`
        : `${target}: done and verified`
    case 'failed':
      return life.effect === 'done'
        ? `${target}: changed, but it does not look right`
        : `${target}: nothing was changed`
    default:
      return `${target}: ${stateText(life)}`
  }
}

const tookText = ({ plan, life }: PlanRecord): string => {
  const approved = life.approvals.at(-1)?.at
  const ended = life.outcome?.at
  if (approved === undefined || ended === undefined || life.effect !== 'done') return ''
  const seconds = (from: string, to: string) => Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
  const done = plan.change.kind === 'pull-request' ? 'opened in' : 'repair'
  return `Decision ${seconds(plan.createdAt, approved)} s, ${done} ${seconds(approved, ended)} s.`
}

/** Everything about a plan, for a modal: the whole diff, the request and what it is bound to. */
export const planDetailsView = (record: PlanRecord): unknown => {
  const { plan, life } = record
  const diff =
    plan.preview.kind === 'previewed'
      ? plan.preview.diff.map((line) => mrkdwn(`${line.op} ${plainLine(line.text, 400)}`))
      : [`not previewed: ${mrkdwn(plan.preview.reason)}`]
  const request = requestText(plan.change)
  const facts = [
    `*${mrkdwn(plan.summary)}*`,
    `State: ${stateText(life)}`,
    `Request: \`${mrkdwn(request)}\``,
    `Object: ${mrkdwn(refText(plan.target))}, uid \`${mrkdwn(plan.target.uid)}\`, resourceVersion ${mrkdwn(plan.resourceVersion)}`,
    `Cluster: ${mrkdwn(plan.cluster)}, ${identityText(plan)}`,
    `Success: ${mrkdwn(successText(plan.success))}`,
    `Way back: ${mrkdwn(undoText(plan.undo))}`,
    `Policy ${mrkdwn(plan.rule.policyVersion)}: ${plan.rule.determining.map((rule) => mrkdwn(rule)).join(', ')}`,
    `Plan hash: \`${plan.hash}\``,
  ]
  return {
    type: 'modal',
    title: { type: 'plain_text', text: 'Plan' },
    close: { type: 'plain_text', text: 'Close' },
    blocks: [section(facts.join('\n')), ...fenced(diff)],
  }
}

const fenced = (lines: readonly string[]): readonly Block[] => {
  const blocks: Block[] = []
  let page: string[] = []
  let size = 0
  const flush = () => {
    if (page.length > 0) blocks.push(section(`\`\`\`\n${page.join('\n')}\n\`\`\``))
    page = []
    size = 0
  }
  for (const line of lines) {
    if (size + line.length > 2_800) flush()
    page.push(line)
    size += line.length + 1
  }
  flush()
  return blocks.slice(0, 90)
}

const requestText = (change: Change): string => {
  switch (change.kind) {
    case 'cluster-write':
      return `${change.request.method} ${change.request.path}`
    case 'sequence':
      return `${change.steps.length} requests, each after the one before it was seen through: ${change.steps
        .slice(0, 5)
        .map(({ request }) => `${request.method} ${request.path}`)
        .join(', ')}${change.steps.length > 5 ? ', …' : ''}`
    case 'merge':
      return `merge of pull request #${change.number} of ${change.repository} at commit ${change.head}`
    case 'pull-request':
      return `pull request to ${change.repository}, branch ${change.branch}`
  }
}
