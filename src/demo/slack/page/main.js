import { composer } from './composer.js'
import { fill, h, icon, iconButton, the, toast } from './dom.js'
import { avatar, drawMessages } from './messages.js'
import { drawModals } from './modals.js'
import { link } from './mrkdwn.js'
import { drawPanel } from './panel.js'
import { about, homeView, intro } from './places.js'
import { drawSidebar, openIdentityMenu } from './sidebar.js'
import { act, channelName, directMessages, load, messagesOf, onChange, state, userName } from './state.js'
import { openSwitcher } from './switcher.js'
import { setTheme, toggleTheme } from './theme.js'

const channelComposer = composer(() => ({ channel: state.place }), 'Write a message, or / for commands')
const threadComposer = composer(() => ({ channel: state.place, thread: state.thread }), 'Reply in this thread')
const homeTabs = { home: 'Home', messages: 'Messages', about: 'About' }
let homeTab = 'home'

function go(place) {
  state.place = place === 'home' && homeTab === 'messages' ? directMessages() : place
  state.thread = null
  state.unread.delete(state.place)
  document.body.classList.remove('show-sidebar', 'thread-open')
  if (state.place === 'home') act('home', { tab: 'home' })
  remember()
  drawAll()
  if (window.innerWidth > 800) channelComposer.focus()
}

function openThread(ts) {
  state.thread = ts
  document.body.classList.add('thread-open')
  remember()
  drawAll()
  threadComposer.focus()
}

function closeThread() {
  state.thread = null
  document.body.classList.remove('thread-open')
  remember()
  drawAll()
}

async function become(userId) {
  localStorage.setItem('local-slack.user', userId)
  await load(userId)
  const visible = state.place === 'home' || state.channels.some((channel) => channel.id === state.place)
  if (!visible) go(firstPlace())
  else drawAll()
  if (state.place === 'home') act('home', { tab: 'home' })
}

function firstPlace() {
  return state.channels.find((channel) => channel.name.includes('oncall'))?.id ?? state.channels[0]?.id ?? 'home'
}

function remember() {
  const hash = state.thread === null ? `#${state.place}` : `#${state.place}/${state.thread}`
  if (location.hash !== hash) history.replaceState(null, '', hash)
}

function followHash() {
  const [place, ts] = location.hash.slice(1).split('/')
  if (place === '') return go(firstPlace())
  go(
    place === directMessages() || state.channels.some((channel) => channel.id === place) || place === 'home'
      ? place
      : firstPlace(),
  )
  const message = messagesOf(state.place).find((each) => each.ts === ts)
  if (message !== undefined) openThread(message.thread_ts ?? message.ts)
}

function drawAll() {
  drawSidebar(go, become)
  drawHeader()
  drawMain()
  drawThread()
  drawModals()
  drawPanel()
  drawTitle()
}

function drawTitle() {
  const count = state.unread.size
  const place = state.place === 'home' ? state.app.name : channelName(state.place)
  document.title = `${count > 0 ? `(${count}) ` : ''}${place} · ${state.team.name}`
}

function isApp() {
  return state.place === 'home' || state.place === directMessages()
}

/** On a phone the side is folded away, so who one is also stands in the header. */
function phoneIdentity() {
  const props = {
    type: 'button',
    class: 'icon-button only-phone',
    'aria-label': `You are ${userName(state.me)}. Become someone else`,
  }
  const control = h('button', { ...props, onclick: () => openIdentityMenu(control, become) }, avatar(state.me, 'small'))
  return control
}

function drawHeader() {
  const channel = state.channels.find((each) => each.id === state.place)
  const title = isApp()
    ? [avatar(state.bot, 'small'), h('h1', {}, state.app.name)]
    : [icon(channel?.kind === 'private' ? 'lock' : 'hash', 18), h('h1', {}, channel?.name ?? '')]
  const marks = state.bookmarks[state.place] ?? []
  fill(
    the('#header'),
    h(
      'div',
      { class: 'title' },
      iconButton('menu', 'Conversations', () => document.body.classList.add('show-sidebar'), {
        class: 'icon-button only-phone',
      }),
      title,
      channel?.kind !== 'im' && channel?.topic && h('span', { class: 'topic' }, channel.topic),
      h('span', { class: 'spacer' }),
      phoneIdentity(),
      channel !== undefined &&
        channel.kind !== 'im' &&
        h(
          'span',
          { class: 'members', title: `${channel.members.length} members` },
          icon('users', 16),
          channel.members.length,
        ),
      iconButton('search', 'Jump (Ctrl+K)', () => openSwitcher(go, become)),
      iconButton(document.documentElement.dataset.theme === 'dark' ? 'sun' : 'moon', 'Light or dark', () =>
        toggleTheme(drawHeader),
      ),
      state.hasPanel &&
        iconButton('lab', 'Lab panel', () => document.body.classList.toggle('panel-open'), {
          class: 'icon-button not-phone',
        }),
    ),
    isApp() &&
      h(
        'div',
        { class: 'tabs', role: 'tablist' },
        Object.entries(homeTabs)
          .filter(([name]) => name !== 'home' || state.app.home)
          .map(([name, label]) =>
            h(
              'button',
              { type: 'button', role: 'tab', 'aria-selected': String(name === homeTab), onclick: () => openTab(name) },
              label,
            ),
          ),
      ),
    marks.length > 0 &&
      h(
        'div',
        { class: 'bookmarks' },
        marks.map((mark) => link(mark.link, mark.title)),
      ),
  )
}

function openTab(name) {
  homeTab = name
  state.place = name === 'messages' ? directMessages() : 'home'
  state.unread.delete(state.place)
  state.thread = null
  document.body.classList.remove('thread-open')
  act('home', { tab: name === 'messages' ? 'messages' : 'home' })
  remember()
  drawAll()
}

function drawMain() {
  const list = the('#messages')
  const foot = the('#composer')
  the('#main').classList.toggle('is-home', state.place === 'home')
  if (state.place === 'home') {
    fill(foot)
    fill(list, homeTab === 'about' ? about() : homeView())
    list.dataset.place = 'home'
    return
  }
  const channel = state.channels.find((each) => each.id === state.place)
  const shown = messagesOf(state.place).filter((each) => each.thread_ts === undefined || each.broadcast === true)
  drawMessages(list, shown, { key: `${state.me}:${state.place}`, openThread, intro: intro(channel, shown) })
  if (channel?.archived) fill(foot, h('p', { class: 'archived-note' }, 'This channel is archived.'))
  else if (foot.firstChild !== channelComposer.element) fill(foot, channelComposer.element)
}

function drawThread() {
  const pane = the('#thread')
  if (state.thread === null) {
    fill(pane)
    return
  }
  const list = messagesOf(state.place).filter((each) => each.ts === state.thread || each.thread_ts === state.thread)
  if (pane.dataset.ts !== state.thread || pane.firstChild === null) {
    fill(
      pane,
      h(
        'header',
        { class: 'title' },
        iconButton('back', 'Back to the channel', closeThread, { class: 'icon-button only-phone' }),
        h('h2', {}, 'Thread'),
        h('span', { class: 'topic', id: 'thread-title' }),
        h('span', { class: 'spacer' }),
        h('span', { id: 'thread-session' }),
        iconButton('close', 'Close thread (Esc)', closeThread),
      ),
      h('div', { class: 'scroll', id: 'thread-messages', role: 'log', 'aria-label': 'Thread', tabindex: '0' }),
      h('div', { class: 'foot' }, threadComposer.element),
    )
    pane.dataset.ts = state.thread
  }
  const agent = state.threads[`${state.place}:${state.thread}`]
  fill(the('#thread-title'), agent?.title || (isApp() ? '' : `#${channelName(state.place)}`))
  fill(the('#thread-session'), session(agent))
  drawMessages(the('#thread-messages'), list, {
    key: `${state.me}:${state.thread}`,
    inThread: true,
    days: false,
    parent: state.thread,
    outro:
      agent?.loading &&
      h('div', { class: 'loading in-thread' }, avatar(state.bot, 'small'), `${state.app.name} ${agent.loading}`),
  })
}

const sessionWords = { processing: 'working', active: 'ready', suspended: 'waiting for a decision', closed: 'done' }

function session(agent) {
  if (agent?.session === undefined) return undefined
  const stop = () => act('stop', { channel: agent.channel, ts: agent.thread_ts })
  return h(
    'span',
    { class: `session ${agent.session}` },
    sessionWords[agent.session],
    agent.session === 'processing' && iconButton('stop', 'Stop', stop),
  )
}

function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    if (!the('#switcher').open && !the('#modal').open) openSwitcher(go, become)
  }
  if (event.key === 'Escape' && document.querySelector('dialog[open], .popover') === null) {
    if (document.body.classList.contains('show-sidebar')) document.body.classList.remove('show-sidebar')
    else if (state.thread !== null) closeThread()
  }
}

const redraws = {
  all: drawAll,
  channels: () => {
    drawSidebar(go, become)
    drawHeader()
    drawTitle()
  },
  home: drawMain,
  messages: (channel) => {
    if (channel !== state.place) return
    drawMain()
    drawThread()
  },
  panel: drawPanel,
  'thread-state': () => {
    if (state.place !== 'home') drawMain()
    drawThread()
  },
  views: drawModals,
  connection: (up) => document.body.classList.toggle('offline', !up),
}

async function start() {
  setTheme()
  document.addEventListener('keydown', keys)
  the('#scrim').addEventListener('click', () => document.body.classList.remove('show-sidebar', 'panel-open'))
  for (const [id, turn] of [
    ['#tab-places', () => document.body.classList.toggle('show-sidebar')],
    ['#tab-lab', () => document.body.classList.toggle('panel-open')],
  ])
    the(id).addEventListener('click', turn)
  const asked = new URLSearchParams(location.search).get('user')
  await load(asked ?? localStorage.getItem('local-slack.user') ?? 'U0ANA')
  if (state.users.every((user) => user.id !== state.me)) await load('U0ANA')
  onChange((what, detail) => redraws[what]?.(detail))
  if (state.hasPanel && window.innerWidth >= 1200) document.body.classList.add('panel-open')
  document.body.classList.toggle('has-panel', state.hasPanel)
  followHash()
  addEventListener('hashchange', followHash)
}

start().catch((error) => toast(`The page could not start: ${error.message}`, 'error'))
