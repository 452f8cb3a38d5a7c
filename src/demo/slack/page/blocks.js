import { chart } from './charts.js'
import { h, icon } from './dom.js'
import { element, inputElement } from './elements.js'
import { markdown } from './markdown.js'
import { plain } from './mrkdwn.js'
import { richText } from './rich-text.js'
import { dataTable, table } from './tables.js'
import { textOf } from './text.js'

/** What a person opened or closed, so that an update of the message does not undo it. */
const opened = new Map()

/** Blocks as DOM nodes. `place` says where they stand, for the buttons: a message or a view. */
export function blocks(list, place) {
  return (list ?? []).map((block) =>
    h('div', { class: `block block-${block.type}`, data: { blockId: block.block_id ?? '' } }, draw(block, place)),
  )
}

const drawers = {
  actions: (block, place) =>
    h(
      'div',
      { class: 'actions' },
      block.elements.map((each) => element(each, block, place)),
    ),
  alert: (block) =>
    h(
      'div',
      { class: `alert ${block.level ?? 'default'}`, role: 'note' },
      icon(
        block.level === 'warning' || block.level === 'error' ? 'alert' : block.level === 'success' ? 'check' : 'info',
        18,
      ),
      h('div', {}, textOf(block.text)),
    ),
  card: (block, place) => card(block, place),
  carousel: (block, place) =>
    h(
      'div',
      { class: 'carousel', tabindex: '0' },
      block.elements.map((each) => card(each, place)),
    ),
  container,
  context: (block) =>
    h(
      'div',
      { class: 'context' },
      block.elements.map((each) =>
        each.type === 'image' ? image(each, 'context-image') : h('span', {}, textOf(each)),
      ),
    ),
  context_actions: (block, place) =>
    h(
      'div',
      { class: 'context-actions' },
      block.elements.map((each) => element(each, block, place)),
    ),
  data_table: (block) => dataTable(block),
  data_visualization: (block) => chart(block),
  divider: () => h('hr'),
  header: (block) => h('h3', { class: 'header' }, textOf(block.text)),
  image: (block) =>
    h(
      'figure',
      { class: 'image' },
      block.title && h('figcaption', {}, textOf(block.title)),
      image(block, 'block-image'),
    ),
  input: (block, place) => inputBlock(block, place),
  markdown: (block) => h('div', { class: 'markdown' }, markdown(block.text)),
  plan,
  rich_text: (block) => richText(block),
  section,
  table: (block) => table(block),
  task_card: (block) => taskCard(block),
  video: (block) =>
    h(
      'a',
      { class: 'video', href: block.title_url ?? block.video_url, target: '_blank', rel: 'noopener noreferrer' },
      image({ image_url: block.thumbnail_url, alt_text: block.alt_text }, 'block-image'),
      h('strong', {}, textOf(block.title)),
    ),
}

function draw(block, place) {
  const drawer = drawers[block.type]
  return drawer === undefined
    ? h('p', { class: 'unknown' }, `This page cannot draw a ${block.type} block.`)
    : drawer(block, place)
}

function section(block, place) {
  const accessory = block.accessory
  return h(
    'div',
    { class: accessory === undefined ? 'section' : `section with-${accessory.type}` },
    h(
      'div',
      { class: 'section-text' },
      block.text && h('div', { class: 'text' }, textOf(block.text)),
      block.fields &&
        h(
          'div',
          { class: 'fields' },
          block.fields.map((field) => h('div', { class: 'field' }, textOf(field))),
        ),
    ),
    accessory &&
      h(
        'div',
        { class: 'accessory' },
        accessory.type === 'image' ? image(accessory, 'thumbnail') : element(accessory, block, place),
      ),
  )
}

function image(source, name) {
  const file = source.slack_file
  const url = source.image_url ?? file?.url ?? (file?.id === undefined ? '' : `/files/${file.id}/image`)
  const picture = h('img', {
    class: name,
    src: url,
    alt: source.alt_text ?? '',
    loading: 'lazy',
    referrerpolicy: 'no-referrer',
  })
  picture.addEventListener('error', () =>
    picture.replaceWith(h('span', { class: 'image-missing' }, source.alt_text ?? 'image')),
  )
  return picture
}

function card(block, place) {
  return h(
    'div',
    { class: 'card' },
    block.hero_image && image(block.hero_image, 'hero'),
    h(
      'div',
      { class: 'card-head' },
      block.icon && image(block.icon, 'card-icon'),
      h(
        'div',
        {},
        block.title && h('div', { class: 'card-title' }, textOf(block.title)),
        block.subtitle && h('div', { class: 'card-subtitle' }, textOf(block.subtitle)),
      ),
    ),
    block.body && h('div', { class: 'card-body' }, textOf(block.body)),
    block.actions &&
      h(
        'div',
        { class: 'actions' },
        block.actions.map((each) => element(each, block, place)),
      ),
  )
}

function container(block, place) {
  const title = block.rich_text_title === undefined ? textOf(block.title) : richText(block.rich_text_title)
  const heading = [
    block.icon && image(block.icon, 'card-icon'),
    h('span', { class: 'container-title' }, title),
    block.subtitle && h('span', { class: 'container-subtitle' }, textOf(block.subtitle)),
  ]
  const body = h('div', { class: 'container-body' }, blocks(block.child_blocks, place))
  const name = `container ${block.width ?? 'standard'}`
  if (block.is_collapsible !== true) {
    const divider = block.has_header_divider === true ? ' divided' : ''
    return h('section', { class: name + divider }, h('div', { class: 'container-head' }, heading), body)
  }
  const key = `${place.ts ?? place.view}:${block.block_id}`
  const open = opened.get(key) ?? block.default_collapsed !== true
  const details = h(
    'details',
    { class: name, open },
    h('summary', { class: 'container-head' }, icon('down', 16), heading),
    body,
  )
  details.addEventListener('toggle', () => opened.set(key, details.open))
  return details
}

const taskSigns = { pending: '○', in_progress: '', complete: '✓', error: '!' }
const taskWords = { pending: 'waiting', in_progress: 'working', complete: 'done', error: 'failed' }

function taskCard(block) {
  const inner = [
    block.details && richText(block.details),
    block.output && richText(block.output),
    sources(block.sources),
  ].filter(Boolean)
  const head = [
    h(
      'span',
      { class: `task-sign ${block.status}`, role: 'img', 'aria-label': taskWords[block.status] },
      taskSigns[block.status],
    ),
    h('span', { class: 'task-title' }, plain(block.title)),
  ]
  if (inner.length === 0) return h('div', { class: 'task' }, h('div', { class: 'task-head' }, head))
  const open = block.status === 'in_progress' || block.status === 'error'
  return h(
    'details',
    { class: 'task', open },
    h('summary', { class: 'task-head' }, head),
    h('div', { class: 'task-body' }, inner),
  )
}

function sources(list) {
  if (!Array.isArray(list) || list.length === 0) return undefined
  return h(
    'div',
    { class: 'sources' },
    list.map((each) =>
      h('a', { href: each.url, target: '_blank', rel: 'noopener noreferrer' }, icon('link', 13), each.text),
    ),
  )
}

function plan(block) {
  const tasks = block.tasks ?? []
  const done = tasks.filter((task) => task.status === 'complete').length
  return h(
    'section',
    { class: 'plan' },
    h(
      'div',
      { class: 'plan-head' },
      h('strong', {}, plain(block.title)),
      h('span', { class: 'plan-count' }, `${done} of ${tasks.length}`),
    ),
    tasks.map(taskCard),
  )
}

function inputBlock(block, place) {
  const id = `in-${block.block_id}`
  return h(
    'div',
    { class: 'input-block' },
    h(
      'label',
      { for: id },
      textOf(block.label),
      block.optional === true && h('span', { class: 'optional' }, ' (optional)'),
    ),
    inputElement(block.element, block, place, id),
    block.hint && h('div', { class: 'hint' }, textOf(block.hint)),
    h('div', { class: 'input-error', id: `${id}-error`, role: 'alert' }),
  )
}
