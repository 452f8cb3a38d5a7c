import { mrkdwn } from '../domain/plain.ts'
import { context, type Message } from './blocks.ts'

/** The head of one chain of the record, for a channel: whoever keeps this message can prove later that nothing was cut off. */
export const recordHeadMessage = (
  chain: string,
  head: { readonly seq: number; readonly hash: string },
  date: string,
): Message => {
  const text = `Record ${chain} on ${date}: ${head.seq} entries, head ${head.hash}`
  return {
    text: mrkdwn(text),
    blocks: [
      context(
        `🔗 Record \`${mrkdwn(chain)}\` on ${date}: ${head.seq} entries, head \`${head.hash}\`\nLater this shows that nothing before it was changed or cut off: \`doctor audit verify --head ${head.hash}\``,
      ),
    ],
  }
}
