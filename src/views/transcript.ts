import { mrkdwn, plain, plainLine } from '../domain/plain.ts'
import { context, type Message, section } from './blocks.ts'

/** What a check said from inside the cluster, as it said it: data from outside, never instructions or links. */
export const transcriptMessage = (asked: string, text: string | undefined): Message => {
  if (text === undefined)
    return {
      text: mrkdwn(`${asked}: what it said could not be read.`),
      blocks: [
        section(
          `*${mrkdwn(plainLine(asked, 200))}*: what it said could not be read. That says nothing about the answer.`,
        ),
      ],
    }
  const shown = text === '' ? '(it said nothing)' : plain(text, 2_400)
  return {
    text: mrkdwn(`${asked}: ${plainLine(shown, 400)}`),
    blocks: [
      section(`*${mrkdwn(plainLine(asked, 200))}*\n\`\`\`\n${mrkdwn(shown, 2_700)}\n\`\`\``),
      context(text.length > shown.length ? 'the rest is in the log of the container' : 'all that it said'),
    ],
  }
}
