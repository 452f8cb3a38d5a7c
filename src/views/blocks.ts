import { plain } from '../domain/plain.ts'

/** A Block Kit block as plain data. */
export type Block = Readonly<Record<string, unknown>>

/** A message: the fallback text that carries the full sense, and its blocks. */
export type Message = { readonly text: string; readonly blocks: readonly Block[] }

// Verbatim: Slack makes no link or mention of what only looks like one; what is meant to be one is written out in <>.
const words = (text: string, max: number): Block => ({ type: 'mrkdwn', text: cut(text, max), verbatim: true })

/** A section of mrkdwn that was escaped by the caller, cut to Slack's 3,000 characters. */
export const section = (text: string): Block => ({ type: 'section', text: words(text, 3_000) })

/** Small print. */
export const context = (text: string): Block => ({
  type: 'context',
  elements: [words(text, 2_000)],
})

/** A button with an opaque value. */
export const button = (actionId: string, label: string, value: string): Block => ({
  type: 'button',
  action_id: actionId,
  text: { type: 'plain_text', text: plain(label).slice(0, 75) },
  value,
})

/** A button that opens a page. `which` tells it apart from another one of the same row, as Slack wants. */
export const openLink = (label: string, url: string, which = ''): Block => ({
  type: 'button',
  action_id: `doctor.link${which}`,
  text: { type: 'plain_text', text: plain(label).slice(0, 75) },
  url,
})

/** A time as Slack shows it in the reader's own zone, with UTC for clients that cannot. */
export const slackTime = (rfc3339: string): string => {
  const ms = Date.parse(rfc3339)
  if (!Number.isFinite(ms)) return ''
  const fallback = new Date(ms).toISOString().slice(11, 16)
  return `<!date^${Math.floor(ms / 1000)}^{time}|${fallback} UTC>`
}

const cut = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`)
