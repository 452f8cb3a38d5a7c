import { fill, h, icon } from './dom.js'
import { withEmoji } from './emoji.js'
import { state } from './state.js'

let openPopover

/** Closes whatever menu is open. */
export function closePopover() {
  openPopover?.close()
}

/** Puts a box under an element and closes it again on Escape or a click elsewhere. */
function popover(anchor, content, role) {
  closePopover()
  const box = h('div', { class: 'popover', role }, content)
  ;(anchor.closest('dialog') ?? document.body).append(box)
  const place = anchor.getBoundingClientRect()
  const below = place.bottom + box.offsetHeight + 8 < window.innerHeight
  box.style.left = `${Math.max(8, Math.min(place.left, window.innerWidth - box.offsetWidth - 8))}px`
  box.style.top = `${below ? place.bottom + 4 : Math.max(8, place.top - box.offsetHeight - 4)}px`
  const outside = (event) => {
    if (!box.contains(event.target) && !anchor.contains(event.target)) close()
  }
  const key = (event) => {
    if (event.key !== 'Escape') return
    event.preventDefault()
    event.stopPropagation()
    close()
    anchor.focus()
  }
  const close = () => {
    box.remove()
    document.removeEventListener('pointerdown', outside, true)
    document.removeEventListener('keydown', key, true)
    anchor.setAttribute('aria-expanded', 'false')
    openPopover = undefined
  }
  document.addEventListener('pointerdown', outside, true)
  document.addEventListener('keydown', key, true)
  anchor.setAttribute('aria-expanded', 'true')
  openPopover = { close }
  return box
}

/** A menu of actions under a button, moved through with the arrow keys. */
export function menu(anchor, items) {
  const rows = items.map((item) =>
    h(
      'button',
      {
        type: 'button',
        class: 'menu-item',
        role: item.checked === undefined ? 'menuitem' : 'menuitemradio',
        'aria-checked': item.checked === undefined ? undefined : String(item.checked),
        onclick: () => {
          closePopover()
          item.choose()
        },
      },
      item.icon,
      h('span', { class: 'menu-label' }, item.label, item.note && h('small', {}, item.note)),
      item.checked === true && icon('check', 16),
    ),
  )
  const box = popover(anchor, rows, 'menu')
  box.addEventListener('keydown', (event) => step(event, rows))
  rows[0]?.focus()
}

function step(event, rows) {
  const delta = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (delta === undefined) return
  event.preventDefault()
  const at = rows.indexOf(document.activeElement)
  rows[(at + delta + rows.length) % rows.length]?.focus()
}

/** What a menu offers: its own options, people, or conversations. */
function optionsOf(spec) {
  if (spec.type.endsWith('users_select')) {
    return state.users
      .filter((user) => !user.deleted && !user.is_bot)
      .map((user) => ({ value: user.id, label: user.real_name, note: `@${user.name}` }))
  }
  if (spec.type.endsWith('channels_select') || spec.type.endsWith('conversations_select')) {
    return state.channels
      .filter((channel) => channel.kind !== 'im')
      .map((channel) => ({ value: channel.id, label: `#${channel.name}` }))
  }
  const plain = spec.options ?? []
  const groups = (spec.option_groups ?? []).flatMap((group) =>
    group.options.map((option) => ({ ...option, group: group.label.text })),
  )
  return [...plain, ...groups].map(shape)
}

function shape(option) {
  const text = withEmoji(option.text.text)
  return { value: option.value, label: text, note: option.description?.text, group: option.group }
}

function initialOf(spec) {
  const value =
    spec.initial_option ??
    spec.initial_options ??
    spec.initial_user ??
    spec.initial_users ??
    spec.initial_channel ??
    spec.initial_channels ??
    spec.initial_conversation ??
    spec.initial_conversations ??
    []
  return [value].flat().map((each) => (typeof each === 'string' ? { value: each } : shape(each)))
}

/** A select menu of any kind: one or several choices, filtered by typing, or fetched from the app. */
export function picker(spec, search, changed) {
  const many = spec.type.startsWith('multi_')
  const external = spec.type.includes('external')
  let chosen = initialOf(spec).map((each) => optionsOf(spec).find((option) => option.value === each.value) ?? each)
  const label = h('span', { class: 'picker-label' })
  const control = h(
    'button',
    {
      type: 'button',
      class: 'picker',
      'aria-haspopup': 'listbox',
      'aria-expanded': 'false',
      data: { action: spec.action_id },
    },
    label,
    icon('down', 16),
  )
  const show = () => {
    const text = chosen.map((each) => each.label ?? each.value).join(', ')
    fill(label, text === '' ? h('span', { class: 'placeholder' }, spec.placeholder?.text ?? 'Choose') : text)
  }
  const toggle = (option) => {
    const had = chosen.some((each) => each.value === option.value)
    const limit = spec.max_selected_items ?? 1000
    if (!many) chosen = [option]
    else if (had) chosen = chosen.filter((each) => each.value !== option.value)
    else if (chosen.length < limit) chosen = [...chosen, option]
    show()
    changed(control.read())
  }
  control.read = () => (many ? chosen.map((each) => each.value) : (chosen[0]?.value ?? null))
  control.addEventListener('click', () =>
    openList(control, {
      many,
      toggle,
      isChosen: (option) => chosen.some((each) => each.value === option.value),
      load: external ? async (text) => (await search(text)).map(shape) : async () => optionsOf(spec),
    }),
  )
  show()
  return control
}

function openList(control, { many, toggle, isChosen, load }) {
  const list = h('div', { class: 'options', role: 'listbox', 'aria-multiselectable': String(many) })
  const filter = h('input', { type: 'search', class: 'filter', placeholder: 'Search', 'aria-label': 'Search options' })
  const draw = async () => {
    const text = filter.value.trim().toLowerCase()
    const options = (await load(text)).filter((option) =>
      `${option.label} ${option.note ?? ''}`.toLowerCase().includes(text),
    )
    let group
    fill(
      list,
      options.length === 0 && h('div', { class: 'empty' }, 'Nothing found'),
      options.map((option) => {
        const heading =
          option.group !== group && option.group !== undefined && h('div', { class: 'option-group' }, option.group)
        group = option.group
        return [heading, row(option)]
      }),
    )
  }
  const row = (option) =>
    h(
      'button',
      {
        type: 'button',
        class: 'menu-item',
        role: 'option',
        'aria-selected': String(isChosen(option)),
        onclick: () => {
          toggle(option)
          if (many) draw()
          else {
            closePopover()
            control.focus()
          }
        },
      },
      h('span', { class: 'menu-label' }, option.label, option.note && h('small', {}, option.note)),
      isChosen(option) && icon('check', 16),
    )
  filter.addEventListener('input', draw)
  const box = popover(control, [filter, list], 'dialog')
  box.addEventListener('keydown', (event) => step(event, [...list.querySelectorAll('button')]))
  draw().then(() => filter.focus())
}
