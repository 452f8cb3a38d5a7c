import type { Citation } from '../domain/consultation.ts'
import { plain } from '../domain/plain.ts'
import { redact } from '../domain/redact.ts'

/** One thing that was shown to the model, under the id by which it may cite it. */
export type Shown = { readonly id: string; readonly title: string; readonly text: string }

/**
 * Everything a model was shown in one consultation. What is added is redacted once more, made harmless and bounded, and exactly
 * that text is what a citation is checked against.
 */
export type EvidenceBook = {
  /** Adds a text under an id, or under the next `t…`. Returns what the model may be shown of it. */
  add(title: string, text: string, id?: string): Shown
  /** Whether these words stand in that item. White space is taken as equal. */
  holds(citation: Citation): boolean
  get(id: string): Shown | undefined
}

/** The most characters of one item. */
export const mostText = 7_000

/** An empty book. */
export const createBook = (): EvidenceBook => {
  const items = new Map<string, Shown & { readonly flat: string }>()
  let read = 0
  return {
    add: (title, text, id) => {
      if (id === undefined) read += 1
      const own = id ?? `t${read}`
      const shown = { id: own, title: harmless(redact(title)).slice(0, 200), text: fitting(harmless(redact(text))) }
      items.set(own, { ...shown, flat: flat(shown.text) })
      return shown
    },
    holds: ({ id, quote }) => {
      const words = flat(quote)
      return /\w.*\w/.test(words) && items.get(id)?.flat.includes(words) === true
    },
    get: (id) => items.get(id),
  }
}

/** An item as it stands in a message: data between marks that its text cannot write. */
export const evidenceText = ({ id, title, text }: Shown): string =>
  `<evidence id="${id}" source="${title.replaceAll('"', "'").replaceAll('\n', ' ')}">\n${text}\n</evidence>`

// Text from a cluster must not be able to end its own quotation, nor show a model what no person would see.
const harmless = (text: string): string => plain(text, Infinity).replace(/<(?=\/?\s{0,4}evidence)/gi, '‹')

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** The beginning and the end, which in logs is what matters; cut between lines where there are lines. */
const fitting = (text: string): string => {
  if (text.length <= mostText) return text
  const head = text.slice(0, 2_500).replace(/[^\n]{0,400}$/, '')
  const tail = text.slice(-(mostText - 2_700)).replace(/^[^\n]{0,400}\n/, '')
  return `${head}\n[… ${text.length - head.length - tail.length} characters left out …]\n${tail}`
}
