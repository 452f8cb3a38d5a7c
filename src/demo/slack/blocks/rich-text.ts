import {
  byType,
  type Check,
  characters,
  flag,
  integer,
  list,
  object,
  optional,
  pattern,
  required,
  type,
  webAddress,
  word,
} from './check.ts'
import { blockId } from './text.ts'

const style = optional(
  object({
    bold: optional(flag),
    italic: optional(flag),
    strike: optional(flag),
    code: optional(flag),
    underline: optional(flag),
    highlight: optional(flag),
    client_highlight: optional(flag),
    unlink: optional(flag),
  }),
)
const border = optional(integer(0, 1))
const id = required(characters(64))

const text = object({ type, text: required(characters(40_000)), style })
const link = object({
  type,
  url: required(webAddress(3000)),
  text: optional(characters(3000, 0)),
  unsafe: optional(flag),
  style,
})

/** What a line of rich text is made of. */
const inline = byType({
  text,
  link,
  emoji: object({
    type,
    name: required(characters(100)),
    unicode: optional(characters(64)),
    url: optional(webAddress()),
    skin_tone: optional(integer(1, 6)),
    style,
  }),
  user: object({ type, user_id: id, style }),
  usergroup: object({ type, usergroup_id: id, style }),
  channel: object({ type, channel_id: id, style }),
  team: object({ type, team_id: id, style }),
  broadcast: object({ type, range: required(word('here', 'channel', 'everyone')), style }),
  color: object({ type, value: required(pattern(/^#[0-9a-f]{3,8}$/i, 'must be a hex color')), style }),
  date: object({
    type,
    timestamp: required(integer(0, 99_999_999_999)),
    format: required(pattern(/\{[a-z_]+\}/, 'must contain a date token')),
    url: optional(webAddress()),
    fallback: optional(characters(3000, 0)),
    style,
  }),
})

const section = object({ type, elements: required(list(inline, 1000, 0)) })

/** The parts a rich_text block may hold. */
const part = byType({
  rich_text_section: section,
  rich_text_list: object({
    type,
    style: required(word('bullet', 'ordered')),
    elements: required(list(byType({ rich_text_section: section }), 1000)),
    indent: optional(integer(0, 8)),
    offset: optional(integer(0, 100_000)),
    border,
  }),
  rich_text_quote: object({ type, elements: required(list(inline, 1000, 0)), border }),
  rich_text_preformatted: object({
    type,
    elements: required(list(byType({ text, link }), 1000, 0)),
    border,
    language: optional(characters(64)),
  }),
})

/** A whole rich_text block, also where another block holds one. */
export const richTextBlock: Check = byType({
  rich_text: object({ type, block_id: blockId, elements: required(list(part, 1000)) }),
})
