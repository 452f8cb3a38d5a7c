import { h } from './dom.js'
import { emojiNodes } from './emoji.js'
import { codeBlock, link } from './mrkdwn.js'

/** Standard Markdown, as the markdown block carries it, as DOM nodes. */
export function markdown(text) {
  const rows = String(text).split('\n')
  const nodes = []
  let at = 0
  while (at < rows.length) {
    const [node, next] = block(rows, at)
    if (node !== undefined) nodes.push(node)
    at = next
  }
  return nodes
}

function block(rows, at) {
  const row = rows[at]
  if (row.trim() === '') return [undefined, at + 1]
  if (/^\s*```/.test(row)) return fence(rows, at)
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(row)
  if (heading !== null)
    return [h(`h${Math.min(6, heading[1].length + 2)}`, { class: 'md-heading' }, spans(heading[2])), at + 1]
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(row)) return [h('hr'), at + 1]
  if (/^\s*>/.test(row)) return quote(rows, at)
  if (isTable(rows, at)) return table(rows, at)
  if (listItem(row) !== undefined) return list(rows, at)
  return paragraph(rows, at)
}

function take(rows, at, test) {
  let end = at
  while (end < rows.length && test(rows[end], end)) end += 1
  return end
}

function fence(rows, at) {
  const end = take(rows, at + 1, (row) => !/^\s*```\s*$/.test(row))
  return [codeBlock(rows.slice(at + 1, end).join('\n')), end + 1]
}

function quote(rows, at) {
  const end = take(rows, at, (row) => /^\s*>/.test(row))
  const inner = rows.slice(at, end).map((row) => row.replace(/^\s*>\s?/, ''))
  return [h('blockquote', {}, markdown(inner.join('\n'))), end]
}

function isTable(rows, at) {
  return rows[at].includes('|') && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(rows[at + 1] ?? '')
}

function cells(row) {
  return row
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim())
}

function table(rows, at) {
  const end = take(rows, at + 2, (row) => row.includes('|'))
  const align = cells(rows[at + 1]).map((cell) =>
    /^:-+:$/.test(cell) ? 'center' : /-:$/.test(cell) ? 'right' : 'left',
  )
  const line = (row, tag) =>
    h(
      'tr',
      {},
      cells(row).map((cell, index) => h(tag, { class: `align-${align[index] ?? 'left'}` }, spans(cell))),
    )
  const body = rows.slice(at + 2, end).map((row) => line(row, 'td'))
  return [
    h(
      'div',
      { class: 'table-wrap', tabindex: '0' },
      h('table', { class: 'table' }, h('thead', {}, line(rows[at], 'th')), h('tbody', {}, body)),
    ),
    end,
  ]
}

function listItem(row) {
  const match = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/.exec(row ?? '')
  return match === null ? undefined : { indent: match[1].length, ordered: /\d/.test(match[2]), text: match[3] }
}

function list(rows, at) {
  const first = listItem(rows[at])
  const items = []
  let end = at
  while (end < rows.length) {
    const item = listItem(rows[end])
    if (item !== undefined && item.indent === first.indent) {
      items.push({ text: item.text, inner: [] })
    } else if (/^\s{2,}\S/.test(rows[end]) && items.length > 0) {
      items.at(-1).inner.push(rows[end].slice(first.indent + 2))
    } else break
    end += 1
  }
  const tag = first.ordered ? 'ol' : 'ul'
  return [
    h(
      tag,
      {},
      items.map(({ text, inner }) =>
        h('li', {}, task(text), inner.length > 0 ? markdown(inner.join('\n')) : undefined),
      ),
    ),
    end,
  ]
}

function task(text) {
  const box = /^\[([ xX])\]\s+(.*)$/.exec(text)
  if (box === null) return spans(text)
  const done = box[1] !== ' '
  return [
    h('span', { class: 'task-box', role: 'img', 'aria-label': done ? 'done' : 'open' }, done ? '☑' : '☐'),
    ' ',
    spans(box[2]),
  ]
}

function paragraph(rows, at) {
  const starts = (row, index) =>
    index > at && (/^\s*(```|#{1,6}\s|>)/.test(row) || listItem(row) !== undefined || isTable(rows, index))
  const end = take(rows, at, (row, index) => row.trim() !== '' && !starts(row, index))
  const text = rows.slice(at, end)
  return [
    h(
      'p',
      {},
      text.flatMap((row, index) => (index === 0 ? [spans(row)] : [h('br'), spans(row)])),
    ),
    end,
  ]
}

const token =
  /(`+)(.+?)\1|\[([^\]]+)\]\((\S+?)\)|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|(?<![*\w])\*([^*\s](?:[^*]*[^*\s])?)\*(?!\*)|(?<![\w_])_([^_\s](?:[^_]*[^_\s])?)_(?![\w_])|(https?:\/\/[^\s<>)]+)/g

function spans(text) {
  const nodes = []
  let last = 0
  for (const match of text.matchAll(token)) {
    if (match.index > last) nodes.push(...emojiNodes(text.slice(last, match.index)))
    nodes.push(span(match))
    last = match.index + match[0].length
  }
  if (last < text.length) nodes.push(...emojiNodes(text.slice(last)))
  return nodes
}

function span([, , code, label, target, bold, bold2, strike, italic, italic2, url]) {
  if (code !== undefined) return h('code', { class: 'inline-code' }, code)
  if (label !== undefined) return link(target, spans(label))
  if (bold !== undefined || bold2 !== undefined) return h('strong', {}, spans(bold ?? bold2))
  if (strike !== undefined) return h('s', {}, spans(strike))
  if (italic !== undefined || italic2 !== undefined) return h('em', {}, spans(italic ?? italic2))
  return link(url, url)
}
