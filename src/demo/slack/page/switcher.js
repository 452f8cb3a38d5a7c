import { fill, h, icon, the } from './dom.js'
import { avatar } from './messages.js'
import { state } from './state.js'

/** The Ctrl+K box: type a few letters, move with the arrows, Enter goes there. */
export function openSwitcher(go, become) {
  const dialog = the('#switcher')
  const input = h('input', {
    type: 'search',
    placeholder: 'Jump to a channel or become someone',
    'aria-label': 'Jump to',
    class: 'filter',
  })
  const list = h('div', { class: 'options', role: 'listbox' })
  let rows = []
  let at = 0
  const choose = (index) => {
    dialog.close()
    rows[index]?.go()
  }
  const draw = () => {
    const text = input.value.toLowerCase()
    rows = destinations(go, become).filter((each) => each.search.includes(text))
    at = Math.min(at, Math.max(0, rows.length - 1))
    fill(
      list,
      rows.map((row, index) =>
        h(
          'div',
          { class: 'menu-item', role: 'option', 'aria-selected': String(index === at), onclick: () => choose(index) },
          row.sign,
          h('span', { class: 'menu-label' }, row.label, h('small', {}, row.note)),
        ),
      ),
    )
  }
  input.addEventListener('input', () => {
    at = 0
    draw()
  })
  input.addEventListener('keydown', (event) => {
    const delta = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (delta !== undefined) {
      event.preventDefault()
      at = (at + delta + rows.length) % Math.max(1, rows.length)
      draw()
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      choose(at)
    }
  })
  fill(dialog, input, list)
  draw()
  dialog.showModal()
  input.focus()
}

function destinations(go, become) {
  const channels = state.channels
    .filter((channel) => channel.kind !== 'im')
    .map((channel) => ({
      sign: icon(channel.kind === 'private' ? 'lock' : 'hash', 16),
      label: channel.name,
      note: channel.topic,
      search: channel.name.toLowerCase(),
      go: () => go(channel.id),
    }))
  const app = {
    sign: avatar(state.bot, 'small'),
    label: state.app.name,
    note: 'App Home and messages',
    search: state.app.name.toLowerCase(),
    go: () => go('home'),
  }
  const people = state.users
    .filter((user) => !user.is_bot && !user.deleted && user.id !== state.me)
    .map((user) => ({
      sign: avatar(user.id, 'small'),
      label: `Become ${user.real_name}`,
      note: user.profile.title,
      search: `become ${user.real_name}`.toLowerCase(),
      go: () => become(user.id),
    }))
  return [...channels, app, ...people]
}
