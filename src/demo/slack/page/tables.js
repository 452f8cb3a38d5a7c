import { fill, h } from './dom.js'
import { plain } from './mrkdwn.js'
import { richText } from './rich-text.js'

function cell(value) {
  return value.type === 'rich_text' ? richText(value) : plain(value.text)
}

/** A column is aligned as it says, or to the right where its first row below the header is a number. */
function classes(setting, sample) {
  const align = setting?.align ?? (sample?.type === 'raw_number' ? 'right' : 'left')
  return `align-${align}${setting?.is_wrapped === true ? ' wrapped' : ''}`
}

/** A table block; its first row is the header. */
export function table(block) {
  const settings = block.column_settings ?? []
  const [head, ...body] = block.rows
  const row = (values, tag) =>
    h(
      'tr',
      {},
      values.map((value, index) => h(tag, { class: classes(settings[index], body[0]?.[index]) }, cell(value))),
    )
  return h(
    'div',
    { class: 'table-wrap', tabindex: '0' },
    h(
      'table',
      { class: 'table' },
      h('thead', {}, row(head, 'th')),
      h(
        'tbody',
        {},
        body.map((values) => row(values, 'td')),
      ),
    ),
  )
}

function sortKey(value) {
  if (value.type === 'raw_number') return value.value
  if (value.type === 'raw_text') return value.text.toLowerCase()
  return value.elements
    .flatMap((each) => each.elements ?? [])
    .map((each) => each.text ?? '')
    .join('')
    .toLowerCase()
}

/** A data table: sorted by a click on a heading, filtered by typing, in pages. */
export function dataTable(block) {
  const [head, ...rows] = block.rows
  const size = block.page_size ?? 5
  const view = { sort: -1, up: true, page: 0, query: '' }
  const body = h('tbody')
  const pager = h('div', { class: 'pager' })
  const redraw = () => {
    const all = arranged(rows, view)
    const pages = Math.max(1, Math.ceil(all.length / size))
    view.page = Math.min(view.page, pages - 1)
    const shown = all.slice(view.page * size, (view.page + 1) * size)
    fill(
      body,
      shown.map((row) => dataRow(row, block.row_header_column_index ?? 0)),
    )
    const count = `${all.length} row${all.length === 1 ? '' : 's'}`
    fill(pager, pages > 1 && pageButtons(view, pages, redraw), h('span', {}, count))
    for (const [index, each] of headings.entries()) each.setAttribute('aria-sort', sortWord(view, index))
  }
  const headings = head.map((value, index) =>
    heading(value, index, view, classes(undefined, rows[0]?.[index]), () => redraw()),
  )
  redraw()
  const caption = h(
    'div',
    { class: 'caption' },
    h('strong', {}, block.caption),
    rows.length > size && filterBox(block.caption, view, redraw),
  )
  const grid = h('table', { class: 'table', 'aria-label': block.caption }, h('thead', {}, h('tr', {}, headings)), body)
  return h('div', { class: 'data-table' }, caption, h('div', { class: 'table-wrap', tabindex: '0' }, grid), pager)
}

function arranged(rows, view) {
  const found = rows.filter((row) => row.some((value) => String(sortKey(value)).includes(view.query)))
  if (view.sort < 0) return found
  const sign = view.up ? 1 : -1
  const compare = (a, b) => (a < b ? -sign : a > b ? sign : 0)
  return found.toSorted((a, b) => compare(sortKey(a[view.sort]), sortKey(b[view.sort])))
}

function sortWord(view, index) {
  if (index !== view.sort) return 'none'
  return view.up ? 'ascending' : 'descending'
}

function dataRow(row, key) {
  const cells = row.map((value, index) => {
    const props = { class: classes(undefined, value), scope: index === key ? 'row' : undefined }
    return h(index === key ? 'th' : 'td', props, cell(value))
  })
  return h('tr', {}, cells)
}

function filterBox(caption, view, redraw) {
  const filter = h('input', {
    class: 'filter',
    type: 'search',
    placeholder: 'Filter',
    'aria-label': `Filter ${caption}`,
  })
  filter.addEventListener('input', () => {
    view.query = filter.value.toLowerCase()
    view.page = 0
    redraw()
  })
  return filter
}

function heading(value, index, view, name, redraw) {
  const sort = () => {
    view.up = view.sort === index ? !view.up : true
    view.sort = index
    redraw()
  }
  return h('th', { class: name, 'aria-sort': 'none' }, h('button', { type: 'button', onclick: sort }, cell(value)))
}

function pageButtons(view, pages, redraw) {
  const go = (page) => () => {
    view.page = page
    redraw()
  }
  return h(
    'span',
    { class: 'pages' },
    h(
      'button',
      {
        type: 'button',
        class: 'page-turn',
        disabled: view.page === 0,
        onclick: go(view.page - 1),
        'aria-label': 'previous page',
      },
      '‹',
    ),
    ` ${view.page + 1} / ${pages} `,
    h(
      'button',
      {
        type: 'button',
        class: 'page-turn',
        disabled: view.page === pages - 1,
        onclick: go(view.page + 1),
        'aria-label': 'next page',
      },
      '›',
    ),
  )
}
