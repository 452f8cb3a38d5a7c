// Controls, zero-width and bidirectional characters, tags and variation selectors: what can make a text look like another.
const invisible = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Text from outside as one harmless text: nothing invisible or reordering in it, lone surrogates replaced, cut with an ellipsis. */
export const plain = (text: string, max = 3000): string => {
  const clean = text.toWellFormed().replace(/\r\n?/g, '\n').replace(invisible, '')
  return clean.length <= max ? clean : `${cutAt(clean, max - 1)}…`
}

/** The same on one line. */
export const plainLine = (text: string, max = 300): string => plain(text.replace(/\s+/g, ' ').trim(), max)

/**
 * Text from outside inside Slack's mrkdwn: it can be no mention, link or broadcast and neither begin nor end a code block.
 * At most `max` characters before escaping.
 */
export const mrkdwn = (text: string, max = 2_000): string =>
  plain(text, max).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('```', "'''")

// Never cut between the two halves of a character.
const cutAt = (text: string, length: number): string => {
  const code = text.charCodeAt(length - 1)
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length)
}
