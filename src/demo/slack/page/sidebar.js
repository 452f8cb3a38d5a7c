import { fill, h, icon, the } from './dom.js'
import { avatar } from './messages.js'
import { menu } from './picker.js'
import { directMessages, state, userName } from './state.js'

/** The left side: who one is, the channels, the app. `go` moves to a place, `become` changes the person. */
export function drawSidebar(go, become) {
  const channels = state.channels
    .filter((channel) => channel.kind !== 'im')
    .toSorted((a, b) => a.name.localeCompare(b.name))
  fill(
    the('#sidebar'),
    h(
      'div',
      { class: 'workspace' },
      h('span', { class: 'workspace-sign', 'aria-hidden': 'true' }, 'L'),
      h('div', {}, h('strong', {}, state.team.name), h('small', {}, 'runs on this machine')),
    ),
    identity(become),
    h(
      'nav',
      { 'aria-label': 'Conversations' },
      h('h2', { class: 'side-heading' }, 'Channels'),
      channels.map((channel) => row(channel.id, channelIcon(channel), channel.name, go, channel.archived)),
      h('h2', { class: 'side-heading' }, 'Apps'),
      row('home', avatar(state.bot, 'small'), state.app.name, go, false, state.unread.has(directMessages())),
    ),
    h('div', { class: 'sidebar-foot' }, h('kbd', {}, 'Ctrl'), h('kbd', {}, 'K'), ' jump anywhere'),
  )
}

function channelIcon(channel) {
  return icon(channel.kind === 'private' ? 'lock' : 'hash', 16)
}

function row(id, sign, name, go, archived, extraUnread = false) {
  const here = state.place === id || (id === 'home' && state.place === directMessages())
  const unread = state.unread.has(id) || extraUnread
  return h(
    'button',
    {
      type: 'button',
      class: `place${unread ? ' unread' : ''}${archived ? ' archived' : ''}`,
      'aria-current': here ? 'page' : undefined,
      onclick: () => go(id),
    },
    sign,
    h('span', { class: 'place-name' }, name),
    unread && h('span', { class: 'dot', role: 'img', 'aria-label': 'unread' }),
  )
}

/** People a demo visitor can be; bots and people who left cannot log in. */
function people() {
  return state.users.filter((user) => !user.is_bot && !user.deleted)
}

/** Opens the list of people one can be under an element. */
export function openIdentityMenu(anchor, become) {
  const items = people().map((user) => ({
    icon: avatar(user.id, 'small'),
    label: user.real_name,
    note: describe(user),
    checked: user.id === state.me,
    choose: () => become(user.id),
  }))
  menu(anchor, items)
}

function identity(become) {
  const me = state.users.find((user) => user.id === state.me)
  const props = { type: 'button', class: 'identity', 'aria-haspopup': 'menu', 'aria-expanded': 'false' }
  const control = h(
    'button',
    { ...props, title: 'Become someone else', onclick: () => openIdentityMenu(control, become) },
    avatar(state.me),
    h(
      'span',
      { class: 'identity-text' },
      h('small', {}, 'You are'),
      h('strong', {}, userName(state.me)),
      h('small', { class: 'role' }, me === undefined ? '' : describe(me)),
    ),
    icon('down', 16),
  )
  return control
}

function describe(user) {
  const groups = state.groups.filter((group) => group.users.includes(user.id)).map((group) => `@${group.handle}`)
  const kind = user.is_stranger
    ? 'from another workspace'
    : user.is_ultra_restricted
      ? 'single-channel guest'
      : user.is_restricted
        ? 'guest'
        : ''
  return [groups.join(' ') || user.profile.title, kind].filter(Boolean).join(' · ')
}
