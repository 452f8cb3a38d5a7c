import { plain } from '../domain/plain.ts'

/**
 * Text from outside made inert for Slack's mrkdwn: `&`, `<` and `>` escaped, so that it can be no mention, link or broadcast,
 * can neither begin nor end a code block, and nothing invisible in it. At most `max` characters before escaping.
 */
export const mrkdwn = (text: string, max = 2_000): string =>
  plain(text, max).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('```', "'''")
