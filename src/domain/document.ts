/**
 * An answer as plain data: one text for the terminal, Markdown and Slack alike, so that they never disagree. Text is plain;
 * views escape it for their medium. Names in `code` stand between backticks in text.
 */
export type Block =
  | { readonly kind: 'title'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  /** Short facts side by side. */
  | { readonly kind: 'fields'; readonly fields: readonly (readonly [label: string, value: string])[] }
  | {
      readonly kind: 'table'
      readonly columns: readonly string[]
      readonly rows: readonly (readonly string[])[]
      readonly more?: number
    }
  | { readonly kind: 'code'; readonly text: string; readonly language?: 'diff' | 'log' | 'yaml' | 'shell' }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** A place to go to. The address is one that Slack or a Git host gave us, never text from a cluster. */
  | { readonly kind: 'link'; readonly text: string; readonly url: string }
  /** A button, where there are buttons; elsewhere it is left out. `action` is one that the app hears. */
  | { readonly kind: 'button'; readonly label: string; readonly action: string; readonly value: string }
  /** Small print: which cluster was read, how old the data is, what could not be read. */
  | { readonly kind: 'note'; readonly text: string }

/** An answer: its blocks in reading order. */
export type Document = readonly Block[]

/** How an answer went: it decides the exit code of the command line. */
export type AnswerStatus = 'ok' | 'not-found' | 'could-not-tell' | 'usage'

/** What a verb answers. `shared` answers are posted for all; others only the person who asked sees. */
export type Answer = { readonly status: AnswerStatus; readonly document: Document; readonly shared?: boolean }

/** A heading. */
export const title = (text: string): Block => ({ kind: 'title', text })
/** A paragraph. */
export const text = (value: string): Block => ({ kind: 'text', text: value })
/** A place to go to, or plain text where the address is not one that can be followed. */
export const link = (value: string, url: string): Block =>
  /^https?:\/\/[^\s<>|"]{1,500}$/.test(url) ? { kind: 'link', text: value, url } : text(`${value}: ${url}`)
/** Small print. */
export const note = (value: string): Block => ({ kind: 'note', text: value })

/** A table of at most `limit` rows; what is left out is counted, never silently dropped. */
export const table = (columns: readonly string[], rows: readonly (readonly string[])[], limit = 100): Block => ({
  kind: 'table',
  columns,
  rows: rows.slice(0, limit),
  ...(rows.length > limit ? { more: rows.length - limit } : {}),
})
