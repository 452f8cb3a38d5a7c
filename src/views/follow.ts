import type { Follow } from '../domain/follow.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import type { CheckSummary, PullRequestView } from '../domain/pull-request.ts'
import { some } from '../domain/words.ts'
import { button, context, type Message, section } from './blocks.ts'

/** The one message that shows where a pull request is on its way; it is edited in place. */
export const followMessage = (follow: Follow): Message => {
  const { pull } = follow
  const lines = [
    `${icon(follow)} *${linked(pull)}* · ${mrkdwn(standing(follow))}`,
    ...(follow.note === '' ? [] : [mrkdwn(plainLine(follow.note, 400))]),
    ...(pull?.state === 'open' ? [mrkdwn(reviewText(pull))] : []),
  ].filter((line) => line !== '')
  return {
    text: mrkdwn(`Pull request #${pull?.number ?? '?'}: ${standing(follow)}. ${plainLine(follow.note, 300)}`),
    blocks: [
      section(lines.join('\n')),
      ...(follow.phase === 'review' && follow.mergeable === true
        ? [{ type: 'actions', elements: [button('doctor.merge', 'Merge…', follow.plan)] }]
        : []),
    ],
  }
}

/** How it ended, said once in the thread: delivered and well, not well, or closed. */
export const followEndMessage = (record: PlanRecord, follow: Follow): Message => {
  const head = endText(record, follow)
  return {
    text: mrkdwn(`${head} ${plainLine(follow.note, 400)}`),
    blocks: [
      section(`${icon(follow)} *${mrkdwn(head)}*\n${mrkdwn(plainLine(follow.note, 600))}`),
      context(`${mrkdwn(record.plan.cluster)} · ${linked(follow.pull)}`),
    ],
  }
}

/** Said once when reviewers have let it wait, and once when the delivery has. */
export const followNudge = (follow: Follow): Message => {
  const text =
    follow.phase === 'review'
      ? `Pull request #${follow.pull?.number ?? '?'} still waits for a reviewer. Nothing is repaired until it is merged.`
      : `Merged, but not in the cluster yet. ${plainLine(follow.note, 300)}`
  return { text: mrkdwn(text), blocks: [section(`⏳ ${mrkdwn(text)} ${linked(follow.pull)}`)] }
}

const endText = ({ plan }: PlanRecord, { outcome }: Follow): string => {
  const target = refText(plan.target)
  switch (outcome) {
    case 'verified':
      return `${target}: merged, delivered and verified.`
    case 'unproved':
      return `${target}: merged, but I could not prove that the cause is gone.`
    case 'failed':
      return `${target}: merged, but it is not well.`
    case 'closed':
      return `The pull request for ${target} was closed and not merged. Nothing was changed.`
    default:
      return `The pull request for ${target} is not followed any more.`
  }
}

const standing = ({ phase, outcome, pull }: Follow): string => {
  switch (phase) {
    case 'review':
      return 'waits for review and merge'
    case 'delivery':
      return `merged${byText(pull)}, being delivered`
    case 'proof':
      return `merged${byText(pull)} and delivered, being checked`
    case 'ended':
      return outcome === 'closed'
        ? 'closed, not merged'
        : outcome === 'verified'
          ? 'merged, delivered and verified'
          : outcome === 'lost'
            ? 'not followed any more'
            : 'merged'
  }
}

const byText = (pull: PullRequestView | undefined): string => (pull?.by === undefined ? '' : ` by ${pull.by}`)

const icon = ({ phase, outcome }: Follow): string => {
  if (phase !== 'ended') return phase === 'review' ? '🟡' : '🟠'
  return outcome === 'verified' ? '✅' : outcome === 'failed' ? '🔴' : '⚪'
}

const reviewText = (pull: PullRequestView): string => {
  const reviews = [
    ...(pull.approvedBy.length > 0 ? [`approved by ${some(pull.approvedBy, 3)}`] : []),
    ...(pull.changesAskedBy.length > 0 ? [`${some(pull.changesAskedBy, 3)} asked for changes`] : []),
  ]
  return [`Checks: ${checksText(pull.checks)}`, ...reviews].join(' · ')
}

/** Checks as words: none, by count, the failing ones by name; what could not be read is said. */
export const checksText = (checks: CheckSummary | undefined): string => {
  if (checks === undefined) return 'could not be read'
  const parts = [
    ...(checks.failed > 0 ? [`${checks.failed} failed (${some(checks.failing, 3)})`] : []),
    ...(checks.running > 0 ? [`${checks.running} running`] : []),
    ...(checks.passed > 0 ? [`${checks.passed} passed`] : []),
  ]
  return parts.length === 0 ? 'none' : parts.join(', ')
}

const linked = (pull: PullRequestView | undefined): string => {
  if (pull === undefined) return 'pull request'
  const name = `pull request #${pull.number}`
  return /^https?:\/\/[^\s<>|]{1,500}$/.test(pull.url) ? `<${pull.url}|${name}>` : name
}
