import { formatDate } from './dates.js'
import { h } from './dom.js'
import { emojiNode } from './emoji.js'
import { withGlyphs } from './glyphs.js'
import { codeBlock, link } from './mrkdwn.js'
import { channelName, groupName, state, userName } from './state.js'

/** A rich_text block. */
export function richText(block) {
  return h('div', { class: 'rich-text' }, block.elements.map(part))
}

function part(node) {
  switch (node.type) {
    case 'rich_text_section':
      return h('div', { class: 'rich-line' }, node.elements.map(inline))
    case 'rich_text_quote':
      return h('blockquote', {}, node.elements.map(inline))
    case 'rich_text_preformatted':
      return codeBlock(
        node.elements
          .map((each) => each.text ?? each.url ?? '')
          .join('')
          .replace(/\n$/, ''),
      )
    case 'rich_text_list': {
      const tag = node.style === 'ordered' ? 'ol' : 'ul'
      const start = node.offset === undefined ? undefined : node.offset + 1
      return h(
        tag,
        { class: `indent-${Math.min(4, node.indent ?? 0)}`, start },
        node.elements.map((each) => h('li', {}, each.elements.map(inline))),
      )
    }
    default:
      return undefined
  }
}

function inline(node) {
  return styled(content(node), node.style)
}

function content(node) {
  switch (node.type) {
    case 'text':
      return node.text
        .split('\n')
        .flatMap((row, index) => (index === 0 ? withGlyphs(row) : [h('br'), ...withGlyphs(row)]))
    case 'link':
      return link(node.url, node.text ?? node.url)
    case 'emoji':
      return h('span', { class: 'emoji' }, emojiNode(node.name))
    case 'user':
      return h('span', { class: node.user_id === state.me ? 'mention me' : 'mention' }, `@${userName(node.user_id)}`)
    case 'usergroup':
      return h('span', { class: 'mention' }, `@${groupName(node.usergroup_id)}`)
    case 'channel':
      return h('span', { class: 'mention' }, `#${channelName(node.channel_id)}`)
    case 'broadcast':
      return h('span', { class: 'mention broadcast' }, `@${node.range}`)
    case 'date':
      return h('time', {}, formatDate(node.timestamp, node.format, node.fallback))
    case 'color':
      return h(
        'span',
        {},
        h('span', {
          class: 'swatch',
          style: `background:${/^#[0-9a-f]{3,8}$/i.test(node.value) ? node.value : 'none'}`,
        }),
        node.value,
      )
    default:
      return ''
  }
}

function styled(inner, style) {
  if (style === undefined) return inner
  let node = inner
  if (style.code) node = h('code', { class: 'inline-code' }, node)
  if (style.bold) node = h('strong', {}, node)
  if (style.italic) node = h('em', {}, node)
  if (style.strike) node = h('s', {}, node)
  if (style.underline) node = h('u', {}, node)
  return node
}
