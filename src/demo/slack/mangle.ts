import type { Json } from './model.ts'
import type { Workspace } from './workspace.ts'

/** How typed text is changed on its way to an app. */
export type MangleOptions = {
  /** Turns @names, #channels and addresses into Slack's `<…>` forms; off for commands without should_escape. */
  readonly link: boolean
  /** Turns straight quotes and double hyphens into typographic ones, as some phone keyboards and macOS do. */
  readonly smartQuotes?: boolean
}

const topLevel = 'com|org|net|io|dev|ai|co|app|sh|so|us|de|eu|uk|me|info'
const link = new RegExp(
  `(https?:\\/\\/[^\\s<>]+[^\\s<>.,;:!?)\\]'"])|([\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+)|\\b((?:[a-z0-9-]+\\.)+(?:${topLevel}))\\b(?![\\w.-])`,
  'gi',
)

/** Text as Slack hands it to an app: `&<>` escaped, mentions, channels and addresses in angle brackets. Code is left alone. */
export function mangle(workspace: Workspace, typed: string, options: MangleOptions): string {
  return typed
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? escapeText(part) : manglePart(workspace, part, options)))
    .join('')
}

/** Escapes the three characters Slack reserves. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function manglePart(workspace: Workspace, part: string, options: MangleOptions): string {
  // A client inserts ids for what the person picked from its menu, so ids in angle brackets pass as they are.
  const kept = part.split(/(<[@#!][A-Z0-9a-z^|._-]+>)/)
  return kept.map((piece, index) => (index % 2 === 1 ? piece : manglePiece(workspace, piece, options))).join('')
}

function manglePiece(workspace: Workspace, piece: string, options: MangleOptions): string {
  const escaped = escapeText(options.smartQuotes === true ? typographic(piece) : piece)
  if (!options.link) return escaped
  return mention(
    workspace,
    escaped.replace(link, (_all, url: string, email: string, host: string) => {
      if (url !== undefined) return `<${url}>`
      if (email !== undefined) return `<mailto:${email}|${email}>`
      return `<http://${host}|${host}>`
    }),
  )
}

function mention(workspace: Workspace, text: string): string {
  const people = new Map([...workspace.users.values()].map((user) => [user.name, user.id]))
  const groups = new Map([...workspace.userGroups.values()].map((group) => [group.handle, group.id]))
  const channels = new Map([...workspace.channels.values()].map((channel) => [channel.name, channel.id]))
  return text
    .replace(/(^|[\s(])@([a-z0-9][a-z0-9._-]*)/gi, (all, before: string, name: string) => {
      const word = name.toLowerCase()
      if (word === 'here' || word === 'channel' || word === 'everyone') return `${before}<!${word}>`
      if (people.has(word)) return `${before}<@${people.get(word)}>`
      return groups.has(word) ? `${before}<!subteam^${groups.get(word)}>` : all
    })
    .replace(/(^|[\s(])#([a-z0-9][a-z0-9_-]*)/gi, (all, before: string, name: string) => {
      const id = channels.get(name.toLowerCase())
      return id === undefined ? all : `${before}<#${id}|${name.toLowerCase()}>`
    })
}

function typographic(text: string): string {
  return text
    .replace(/(^|[\s([])"/g, '$1\u201c')
    .replaceAll('"', '\u201d')
    .replace(/(^|[\s([])'/g, '$1\u2018')
    .replaceAll("'", '\u2019')
    .replaceAll('--', '\u2014')
}

/** The rich_text block a client sends along with mangled text. */
export function typedBlocks(mangled: string): readonly Json[] {
  const elements = mangled
    .split(/(<[^<>]+>)/)
    .filter((piece) => piece !== '')
    .map(richPiece)
  return [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements }] }]
}

function richPiece(piece: string): Json {
  const [, sign, body = ''] = /^<([@#!]?)([^<>]+)>$/.exec(piece) ?? []
  const [target = '', label] = body.split('|')
  if (sign === undefined) return { type: 'text', text: unescapeText(piece) }
  if (sign === '@') return { type: 'user', user_id: target }
  if (sign === '#') return { type: 'channel', channel_id: target }
  if (sign === '!' && target.startsWith('subteam^')) return { type: 'usergroup', usergroup_id: target.slice(8) }
  if (sign === '!') return { type: 'broadcast', range: target }
  return { type: 'link', url: target, ...(label === undefined ? {} : { text: label }) }
}

function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
