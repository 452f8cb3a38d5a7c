import { formatDate } from './dates.js'
import { append, h } from './dom.js'
import { emojiNode, emojiNodes } from './emoji.js'
import { withGlyphs } from './glyphs.js'
import { channelName, groupName, state, userName } from './state.js'

/** Slack's mrkdwn as DOM nodes. */
export function mrkdwn(text) {
  const nodes = []
  const parts = String(text).split(/```\n?([\s\S]*?)\n?```/)
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) nodes.push(codeBlock(decode(stripLinks(part))))
    else if (part !== '') nodes.push(...paragraphs(part, index))
  }
  return nodes
}

/** Plain text with shortcodes, one line break for each newline. */
export function plain(text) {
  return lines(decode(String(text)))
}

function lines(text) {
  return text.split('\n').flatMap((line, index) => (index === 0 ? emojiNodes(line) : [h('br'), ...emojiNodes(line)]))
}

/** Undoes Slack's escaping of the three reserved characters. */
export function decode(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function stripLinks(text) {
  return text.replace(/<(https?:[^|>]+)(\|([^>]*))?>/g, (_all, url, _bar, label) => label ?? url)
}

/** A code block; one that reads like a diff gets its lines coloured, with the signs kept for those who see no colour. */
export function codeBlock(code) {
  const rows = code.split('\n')
  const signed = rows.filter((row) => /^[+-](?![+-]{2})/.test(row)).length
  const isDiff = signed > 0 && rows.every((row) => row === '' || /^[ +@\\-]|^diff |^index |^---|^\+\+\+/.test(row))
  if (!isDiff) return h('pre', { class: 'code-block', tabindex: '0' }, h('code', {}, code))
  const kind = (row) =>
    /^(---|\+\+\+|@@|diff |index )/.test(row)
      ? 'meta'
      : row.startsWith('+')
        ? 'add'
        : row.startsWith('-')
          ? 'del'
          : 'same'
  return h(
    'pre',
    { class: 'code-block diff', tabindex: '0' },
    h(
      'code',
      {},
      rows.map((row) => h('span', { class: `row ${kind(row)}` }, row === '' ? ' ' : row)),
    ),
  )
}

function paragraphs(part, index) {
  const nodes = []
  let quote = []
  const flush = () => {
    if (quote.length > 0) nodes.push(h('blockquote', {}, joined(quote)))
    quote = []
  }
  const text = part.replace(/^\n/, index === 0 ? '\n' : '').replace(/\n$/, '')
  let open = []
  const flushLines = () => {
    if (open.length > 0) nodes.push(h('span', { class: 'lines' }, joined(open)))
    open = []
  }
  for (const line of text.split('\n')) {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line)
    const bullet = /^(\s*)([•◦▪‣]|\d{1,2}[.)])\s+(.*)$/.exec(line)
    if (quoted !== null) {
      flushLines()
      quote.push(quoted[1])
      continue
    }
    flush()
    if (bullet !== null) {
      flushLines()
      const depth = Math.min(4, Math.floor(bullet[1].length / 2))
      nodes.push(
        h(
          'span',
          { class: `bullet depth-${depth}` },
          h('span', { class: 'mark' }, bullet[2]),
          h('span', {}, inline(bullet[3])),
        ),
      )
    } else open.push(line)
  }
  flush()
  flushLines()
  return nodes
}

function joined(rows) {
  return rows.flatMap((row, index) => (index === 0 ? [inline(row)] : [h('br'), inline(row)]))
}

const token =
  /(`[^`\n]+`)|<([^<>\n]+)>|:([a-z0-9_+-]+(?:::skin-tone-\d)?):|(?<![\p{L}\p{N}])\*(\S(?:[^*\n]*\S)?)\*(?![\p{L}\p{N}])|(?<![\p{L}\p{N}_])_(\S(?:[^_\n]*\S)?)_(?![\p{L}\p{N}_])|(?<![\p{L}\p{N}])~(\S(?:[^~\n]*\S)?)~(?![\p{L}\p{N}])/gu

/** One line of mrkdwn: code, bold, italic, strike, links, mentions, dates and emoji. */
export function inline(text) {
  const nodes = []
  let last = 0
  for (const match of text.matchAll(token)) {
    if (match.index > last) nodes.push(...withGlyphs(decode(text.slice(last, match.index))))
    nodes.push(tokenNode(match))
    last = match.index + match[0].length
  }
  if (last < text.length) nodes.push(...withGlyphs(decode(text.slice(last))))
  return nodes
}

function tokenNode([all, code, angle, shortcode, bold, italic, strike]) {
  if (code !== undefined) return h('code', { class: 'inline-code' }, decode(stripLinks(code.slice(1, -1))))
  if (angle !== undefined) return angled(angle, all)
  if (shortcode !== undefined) return h('span', { class: 'emoji', title: `:${shortcode}:` }, emojiNode(shortcode))
  if (bold !== undefined) return h('strong', {}, inline(bold))
  if (italic !== undefined) return h('em', {}, inline(italic))
  return h('s', {}, inline(strike))
}

function angled(body, all) {
  const [target, ...rest] = body.split('|')
  const label = rest.length > 0 ? rest.join('|') : undefined
  if (target.startsWith('@')) return mention(target.slice(1), `@${userName(target.slice(1))}`)
  if (target.startsWith('#')) return mention(target.slice(1), `#${label ?? channelName(target.slice(1))}`)
  if (target.startsWith('!date^')) return dateNode(target, label)
  if (target.startsWith('!subteam^')) return mention(target.slice(9), `@${groupName(target.slice(9))}`)
  if (target.startsWith('!')) return h('span', { class: 'mention broadcast' }, `@${target.slice(1)}`)
  if (/^(https?:|mailto:)/i.test(target)) return link(decode(target), decode(label ?? target.replace(/^mailto:/, '')))
  return decode(all)
}

function mention(id, text) {
  const mine = id === state.me || state.groups.some((group) => group.id === id && group.users.includes(state.me))
  return h('span', { class: mine ? 'mention me' : 'mention' }, text)
}

/** A link that opens beside the page and tells the target nothing. */
export function link(url, ...label) {
  const safe = /^(https?:|mailto:)/i.test(url)
  return safe ? h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, label) : append(h('span'), label)
}

function dateNode(target, fallback) {
  const [, seconds, format, url] = target.split('^')
  const shown = formatDate(Number(seconds), format, fallback)
  const time = h(
    'time',
    {
      datetime: new Date(Number(seconds) * 1000).toISOString(),
      title: formatDate(Number(seconds), '{date_long} {time_secs}'),
    },
    shown,
  )
  return url === undefined ? time : link(url, time)
}
