import type { OnCall, PagerCommand, PagerNews } from '../domain/pager.ts'
import { mrkdwn } from '../domain/plain.ts'
import { type Message, section, slackTime } from './blocks.ts'

const wishes: Readonly<Record<PagerCommand['kind'], string>> = {
  acknowledge: 'acknowledge it',
  resolve: 'resolve it',
  escalate: 'escalate it',
  assign: 'reassign it',
  note: 'add the note',
}

/** Said in the thread when the pager did not take what it was told. */
export const pagerRefusedMessage = (command: PagerCommand, reason: string): Message => {
  const text = `PagerDuty did not ${wishes[command.kind]}: ${reason}.`
  return { text: mrkdwn(text), blocks: [section(`⚠️ ${mrkdwn(text)}`)] }
}

/** What happened at the pager, as one line of the thread; undefined where the parent message says it already. */
export const pagerNewsMessage = (news: PagerNews): Message | undefined => {
  const line = newsLine(news)
  if (line === undefined) return undefined
  const text = `PagerDuty: ${line}`
  const quote =
    news.text === undefined || news.text === '' ? '' : `\n>${mrkdwn(news.text, 1_500).replaceAll('\n', '\n>')}`
  return {
    text: mrkdwn(news.text === undefined ? text : `${text} ${news.text}`, 2_000),
    blocks: [section(`${mrkdwn(text)}${quote}`)],
  }
}

const newsLine = ({ kind, by }: PagerNews): string | undefined => {
  const who = by ?? 'somebody'
  switch (kind) {
    case 'acknowledged':
      return `${who} acknowledged it.`
    case 'unacknowledged':
      return 'nobody looks after it any more; it pages again.'
    case 'escalated':
      return `it was escalated${by === undefined ? '' : ` by ${by}`}.`
    case 'reassigned':
    case 'delegated':
      return `${who} gave it to somebody else.`
    case 'resolved':
      return `${who} resolved it.`
    case 'reopened':
      return `${who} reopened it.`
    case 'priority':
      return `${who} changed its priority.`
    case 'note':
      return `${who} noted:`
    case 'responder-asked':
      return `${who} asked for help:`
    case 'responder-answered':
      return `${who} answered a call for help:`
    case 'status-update':
      return `${who} published a status update:`
    case 'bridge':
      return 'there is a conference bridge now:'
    case 'moved':
      return `${who} moved it to another service.`
    // Workflows and fields are of no use to who reads the thread; they stand on the record.
    case 'other':
    case 'triggered':
      return undefined
  }
}

/** Who is on call, in the order of levels: `Ana (level 1, until 09:00), Dan (level 2)`. */
export const onCallText = (onCalls: readonly OnCall[]): string =>
  [...onCalls]
    .sort((a, b) => a.level - b.level || (a.user.name < b.user.name ? -1 : 1))
    .map(({ user, level, until }) => {
      const end = until === undefined ? '' : `, until ${slackTime(until)}`
      return `${mrkdwn(user.name, 60)} (level ${level}${end})`
    })
    .join(', ')
