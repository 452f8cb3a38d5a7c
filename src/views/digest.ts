import type { Digest } from '../domain/digest.ts'
import type { PlanRequest } from '../domain/job.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn } from '../domain/plain.ts'
import { count } from '../domain/words.ts'
import { context, type Message, section } from './blocks.ts'

const shown = 15

/** The one message of what is held back in a channel, so that nobody is flooded into pressing without reading. */
export const digestMessage = ({ held, dropped }: Digest): Message => {
  if (held.length === 0)
    return { text: 'No proposal is held back any more.', blocks: [section('⚪ No proposal is held back any more.')] }
  const all = held.length + dropped
  const head = `${count(all, 'more proposal')} ${all === 1 ? 'waits' : 'wait'} until one of the open cards is decided`
  const lines = held
    .slice(0, shown)
    .map(
      ({ request }) => `• ${mrkdwn(request.action)} on ${mrkdwn(refText(request.target))} (${mrkdwn(request.cluster)})`,
    )
  const rest = all - Math.min(held.length, shown)
  const more = rest > 0 ? `\n…and ${rest} more` : ''
  const lost =
    dropped > 0
      ? ` ${count(dropped, 'proposal')} of them ${dropped === 1 ? 'is' : 'are'} not kept; ask in the incident’s thread.`
      : ''
  return {
    text: mrkdwn(
      `${head}. ${held
        .slice(0, 3)
        .map(({ request }) => `${request.action} on ${refText(request.target)}`)
        .join('; ')}`,
    ),
    blocks: [
      section(`🗂 *${head}*\n${lines.join('\n')}${more}`),
      context(`Each gets its own card, planned afresh, as soon as there is room.${lost}`),
    ],
  }
}

/** Said in the thread of a trouble whose fix is held back. */
export const heldMessage = ({ action, target }: PlanRequest): Message => {
  const text = `A fix is known (${action} on ${refText(target)}); its card comes here as soon as one of the open cards in this channel is decided.`
  return { text: mrkdwn(text), blocks: [section(mrkdwn(text))] }
}
