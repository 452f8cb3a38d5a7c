import { type BreakGlass, holds } from '../domain/break-glass.ts'
import { type Document, note, table, text } from '../domain/document.ts'
import { mrkdwn } from '../domain/plain.ts'
import { type Block, button, context, type Message, section, slackTime } from './blocks.ts'

/** What no break-glass lifts, said on each. */
const stays =
  'What still holds: the freeze, the identity of the cluster, that what is written is what was shown, the hash of the plan, and two approvals for every plan this makes possible.'

/** The one message of a break-glass: who wants which rules lifted where and why, and where it stands. */
export const breakGlassMessage = (glass: BreakGlass): Message => {
  const where = glass.namespace === undefined ? `all of ${glass.cluster}` : `${glass.namespace} on ${glass.cluster}`
  const rules = glass.rules.map((rule) => `\`${mrkdwn(rule)}\``).join(', ')
  const head = headOf(glass)
  const lines = [
    `🚨 *Break-glass ${head}*`,
    `${rules} in ${mrkdwn(where)}, for ${glass.minutes} minutes`,
    `*Asked by* <@${glass.asked.by.id}> ${slackTime(glass.asked.at)}: ${mrkdwn(glass.reason, 300)}`,
    ...(glass.granted === undefined
      ? ['*Somebody else* who may approve has to grant it, within 10 minutes.']
      : [
          `*Granted by* <@${glass.granted.by.id}> ${slackTime(glass.granted.at)}, until ${slackTime(glass.granted.until)}`,
        ]),
    ...(glass.ended === undefined ? [] : [`*Ended by* <@${glass.ended.by.id}> ${slackTime(glass.ended.at)}`]),
  ]
  return {
    text: mrkdwn(
      `Break-glass ${head}: ${glass.rules.join(', ')} in ${where}, by ${glass.asked.by.name}: ${glass.reason}`,
    ),
    blocks: [section(lines.join('\n')), context(stays), ...buttons(glass)],
  }
}

const headOf = (glass: BreakGlass): string => {
  if (glass.ended !== undefined) return 'ended'
  return glass.granted === undefined ? 'asked for' : 'granted'
}

const buttons = (glass: BreakGlass): readonly Block[] => {
  if (glass.ended !== undefined) return []
  const grant = { ...button('doctor.break-glass.grant', 'Grant', glass.id), style: 'danger' }
  const end = button('doctor.break-glass.end', glass.granted === undefined ? 'Refuse' : 'End now', glass.id)
  return [{ type: 'actions', elements: [...(glass.granted === undefined ? [grant] : []), end] }]
}

/** Which rules may be lifted, and which are now. */
export const breakGlassDocument = (
  liftable: readonly string[],
  glasses: readonly BreakGlass[],
  now: number,
): Document => {
  const here = glasses.filter((glass) => holds(glass, now))
  return [
    here.length === 0
      ? text('Nothing is lifted now: every rule of the policy holds.')
      : table(
          ['Lifted', 'Where', 'Until (UTC)', 'Asked by', 'Granted by', 'Why'],
          here.map((glass) => [
            glass.rules.join(', '),
            glass.namespace === undefined ? glass.cluster : `${glass.cluster} · ${glass.namespace}`,
            glass.granted?.until.slice(11, 16) ?? '',
            glass.asked.by.name,
            glass.granted?.by.name ?? '',
            glass.reason,
          ]),
        ),
    text(liftable.length === 0 ? 'No rule may be lifted.' : `Rules that two people may lift: ${liftable.join(', ')}.`),
    note('break-glass RULE REASON -n NAMESPACE asks for one; somebody else has to grant it in the channel.'),
  ]
}
