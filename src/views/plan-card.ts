import type { DiffLine } from '../domain/change.ts'
import type { PlanRequest } from '../domain/job.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import type { Plan } from '../domain/plan.ts'
import { open, type PlanLife } from '../domain/plan-life.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import type { Refusal } from '../domain/refusal.ts'
import { count } from '../domain/words.ts'
import { type Block, button, context, type Message, section, slackTime } from './blocks.ts'
import {
  askedBy,
  cardStateText,
  identityText,
  mentions,
  noteText,
  stateIcon,
  successText,
  undoText,
} from './plan-words.ts'

/** Lines and characters of the diff that fit on a card; the rest is behind Details. */
const diffLines = 24
const diffChars = 2_400

/**
 * The one card of a plan: a pure function of the plan, its life and the steps ticked. Header, target, diff, risk and buttons
 * come from the plan's own bytes; what a diagnosis said stands apart as a quotation.
 */
export const planCard = (record: PlanRecord): Message => {
  const { plan, life } = record
  const blocks: Block[] = [
    { type: 'header', text: { type: 'plain_text', text: plainLine(`Plan: ${plan.summary}`, 150) } },
    section(
      `${stateIcon(life)} *${capital(cardStateText(plan, life))}* · ${mrkdwn(plan.cluster)} · ${mrkdwn(refText(plan.target))}`,
    ),
    ...liftedBlocks(plan),
    section(diffText(plan)),
    section(factsText(plan)),
    ...whyBlocks(plan),
    ...decisionBlocks(record),
    context(smallPrint(plan)),
    ...buttonBlocks(plan, life),
  ]
  return { text: fallback(plan, life), blocks }
}

/** What only a break-glass makes possible says so above everything that it would do. */
const liftedBlocks = ({ rule }: Plan): readonly Block[] => {
  const lifted = rule.determining
    .filter((id) => id.startsWith('break-glass:'))
    .map((id) => id.slice('break-glass:'.length))
  return lifted.length === 0
    ? []
    : [
        section(
          `🚨 *Under break-glass*: the policy forbids this by ${mrkdwn(lifted.join(', '))}, which two people lifted.`,
        ),
      ]
}

const diffText = (plan: Plan): string => {
  if (plan.preview.kind === 'not-previewed')
    return `*NOT PREVIEWED*: the server cannot rehearse this (${mrkdwn(plan.preview.reason, 300)}). It needs more approval.`
  const { diff, warnings } = plan.preview
  const shown = fitting([...diff.filter((line) => !isMark(line)), ...diff.filter(isMark)])
  const rest = diff.length - shown.length
  const fence = `\`\`\`\n${shown.map((line) => mrkdwn(`${line.op} ${indented(line.text)}`)).join('\n')}\n\`\`\``
  const more = rest > 0 ? `\n…and ${count(rest, 'more line')}: Details.` : ''
  const warned = warnings.slice(0, 3).map((warning) => `\n⚠ The server warns: ${mrkdwn(plainLine(warning, 200))}`)
  return `${fence}${more}${warned.join('')}`
}

/** The plan's own mark on the object: true, and the last thing that one wants to read. */
const isMark = (line: DiffLine): boolean => line.text.startsWith('metadata.annotations["cluster-doctor.dev/plan"]')

/** One line of a file or a leaf of an object; the white space before it means something in YAML. */
const indented = (text: string): string => `${/^ */.exec(text)?.[0].slice(0, 40) ?? ''}${plainLine(text, 160)}`

const fitting = (diff: readonly DiffLine[]): readonly DiffLine[] => {
  const shown: DiffLine[] = []
  let chars = 0
  for (const line of diff.slice(0, diffLines)) {
    chars += Math.min(line.text.length, 160) + 3
    if (chars > diffChars) break
    shown.push(line)
  }
  return shown
}

const factsText = (plan: Plan): string => {
  const { blast } = plan
  const hurt = [
    ...(blast.pods > 0 ? [count(blast.pods, 'pod')] : []),
    ...(blast.services > 0 ? [count(blast.services, 'Service')] : []),
  ]
  const notes = blast.notes.map((note) => ` · ${mrkdwn(note)}`).join('')
  const affects = hurt.length === 0 && notes !== '' ? '' : ` · affects ${hurt.join(', ') || 'nothing that runs'}`
  const onServer = plan.change.kind === 'cluster-write' || plan.change.kind === 'sequence'
  const rehearsed = onServer && plan.preview.kind === 'previewed'
  return [
    `*Risk:* ${plan.risk}${affects}${notes}${rehearsed ? ' · server dry run: accepted' : ''}`,
    `*Done when:* ${mrkdwn(successText(plan.success))}`,
    `*Way back:* ${mrkdwn(plan.undo.kind === 'none' ? plan.undo.reason : undoText(plan.undo))}`,
    ...(plan.attempts.length === 0
      ? []
      : [`*Already tried:* ${plan.attempts.map((attempt) => mrkdwn(attempt, 200)).join('; ')}`]),
    `*Asked by:* ${askedBy(plan)} · *may approve:* ${approversText(plan)} · *expires* ${slackTime(plan.expiresAt)}`,
  ].join('\n')
}

const approversText = (plan: Plan): string => {
  if (plan.rule.quorum === 0) return `nobody needs to; ${mentions(plan.rule.approvers.slice(0, 10))} may deny`
  const many = plan.rule.quorum > 1 ? `${plan.rule.quorum} different people of ` : ''
  const duty = plan.rule.onCallOnly === true ? ', on call now' : ''
  return `${many}${mentions(plan.rule.approvers.slice(0, 10))}, not who asked${duty}`
}

/** The same said of several pods is evidence once. */
const firstOfEach = <T extends { readonly text: string }>(all: readonly T[]): readonly T[] =>
  all.filter((one, index) => all.findIndex((other) => other.text === one.text) === index)

const whyBlocks = (plan: Plan): readonly Block[] => {
  const lines = [
    mrkdwn(plainLine(plan.reason.summary, 240)),
    ...firstOfEach(plan.reason.evidence)
      .slice(0, 2)
      .map((item) => `(${mrkdwn(item.id)}) ${mrkdwn(plainLine(item.text, 120))}`),
  ]
  return [section(`*Why*\n${lines.map((line) => `>${line}`).join('\n')}`)]
}

const decisionBlocks = ({ life, steps }: PlanRecord): readonly Block[] => {
  const approvals = life.approvals.map((approval) => `<@${approval.by.id}> ${slackTime(approval.at)}`)
  const denied =
    life.denial === null
      ? []
      : [
          `*Denied by* <@${life.denial.by.id}> ${slackTime(life.denial.at)}. ${life.effect === 'done' ? 'The rest was not done.' : 'Nothing was done.'}`,
        ]
  const ticked = steps.map((step) => (step.startsWith('waiting: ') ? `${mrkdwn(step)}…` : `${mrkdwn(step)} ✓`))
  const outcome =
    life.outcome === null || life.state === 'denied' ? [] : [noteText(plainLine(life.outcome.note, 600), 600)]
  const lines = [
    ...(approvals.length === 0 ? [] : [`*Approved by* ${approvals.join(' and ')}`]),
    ...denied,
    ...(ticked.length === 0 ? [] : [ticked.join(' · ')]),
    ...outcome,
  ]
  return lines.length === 0 ? [] : [section(lines.join('\n'))]
}

const smallPrint = (plan: Plan): string =>
  `${mrkdwn(plan.cluster)}: ${identityText(plan)} · ${mrkdwn(plan.action)} · policy ${plan.rule.determining
    .map((rule) => mrkdwn(rule))
    .join(', ')} · plan ${plan.hash.slice(0, 4)}…${plan.hash.slice(-2)}`

const buttonBlocks = (plan: Plan, life: PlanLife): readonly Block[] => {
  const details = button('doctor.details', 'Details', plan.id)
  if (open(life)) return [actions(...(life.state === 'pending' ? [approve(plan)] : []), deny(plan), details)]
  const undoable = life.effect === 'done' && plan.undo.kind === 'action' && life.state !== 'applied'
  return [actions(...(undoable ? [button('doctor.undo', 'Undo', plan.id)] : []), details)]
}

const actions = (...elements: readonly Block[]): Block => ({ type: 'actions', elements })

const approve = (plan: Plan): Block => ({
  ...button('doctor.approve', 'Approve', plan.id),
  style: 'primary',
  ...(plan.risk === 'high'
    ? {
        confirm: {
          title: { type: 'plain_text', text: 'High risk' },
          text: { type: 'plain_text', text: plainLine(`${plan.summary} on ${plan.cluster}?`, 300) },
          confirm: { type: 'plain_text', text: 'Approve' },
          deny: { type: 'plain_text', text: 'Not yet' },
          style: 'danger',
        },
      }
    : {}),
})

const deny = (plan: Plan): Block => ({ ...button('doctor.deny', 'Deny', plan.id), style: 'danger' })

/** The full sense without blocks: for notifications, screen readers and clients that show none. */
const fallback = (plan: Plan, life: PlanLife): string => {
  const diff =
    plan.preview.kind === 'not-previewed'
      ? 'not previewed'
      : plan.preview.diff
          .slice(0, 6)
          .map((line) => `${line.op} ${plainLine(line.text, 120)}`)
          .join('; ')
  const outcome = life.outcome === null ? '' : ` ${life.outcome.note}`
  return mrkdwn(
    `Plan (${cardStateText(plan, life)}): ${plan.summary} on ${plan.cluster}. Risk ${plan.risk}. Changes: ${diff}. ${undoText(plan.undo)}. Expires ${plan.expiresAt}.${outcome}`,
    3_000,
  )
}

const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`

/** Why there is no plan, for who asked and for the thread. */
export const planRefusalMessage = (request: PlanRequest, refusal: Refusal): Message => {
  const what = `${request.action} on ${refText(request.target)} (${request.cluster})`
  return {
    text: mrkdwn(`No plan for ${what}: ${refusal.reason}`),
    blocks: [
      section(`⚪ *No plan for ${mrkdwn(what)}*\n${mrkdwn(refusal.reason, 1_500)}`),
      context(`\`${mrkdwn(refusal.code)}\` · nothing was done`),
    ],
  }
}
