/** What the page knows. Only `load` and `apply` change it; views read it and redraw. */
export const state = {
  me: '',
  bot: '',
  team: { name: '' },
  app: { name: '', description: '', home: false, prompts: [] },
  commands: [],
  completions: [],
  users: [],
  groups: [],
  channels: [],
  messages: {},
  threads: {},
  pins: {},
  bookmarks: {},
  home: null,
  views: [],
  hasPanel: false,
  panel: null,
  /** Where the person is: a channel id or `home`, and the open thread. */
  place: '',
  thread: null,
  unread: new Set(),
}

const listeners = new Set()
let stream

/** Calls the listener with the name of what changed after every change. */
export function onChange(listener) {
  listeners.add(listener)
}

/** Tells every view that something changed. */
export function changed(what, detail) {
  for (const listener of listeners) listener(what, detail)
}

/** Becomes this person: fetches all they may see and listens for what comes. */
export async function load(userId) {
  stream?.close()
  const answer = await fetch(`/local/state?user=${encodeURIComponent(userId)}`)
  const fresh = await answer.json()
  Object.assign(state, fresh, {
    threads: Object.fromEntries(fresh.threads.map((thread) => [`${thread.channel}:${thread.thread_ts}`, thread])),
    unread: new Set(),
  })
  if (fresh.hasPanel) state.panel = await (await fetch('/panel/state')).json()
  listen(userId)
  changed('all')
}

function listen(userId) {
  let broken = false
  stream = new EventSource(`/local/stream?user=${encodeURIComponent(userId)}`)
  stream.addEventListener('change', (event) => apply(JSON.parse(event.data)))
  stream.addEventListener('panel', (event) => {
    state.panel = JSON.parse(event.data)
    changed('panel')
  })
  stream.addEventListener('error', () => {
    broken = true
    changed('connection', false)
  })
  // What happened while the line was down is not sent again, so everything is fetched anew.
  stream.addEventListener('open', () => {
    changed('connection', true)
    if (broken) load(userId)
  })
}

function apply(change) {
  switch (change.kind) {
    case 'message':
      return applyMessage(change.message)
    case 'message_deleted':
      state.messages[change.channel] = messagesOf(change.channel).filter((each) => each.ts !== change.ts)
      return changed('messages', change.channel)
    case 'channel':
      state.channels = [...state.channels.filter((each) => each.id !== change.channel.id), change.channel]
      return changed('channels')
    case 'view':
      state.views = [
        ...state.views.filter((each) => each.id !== change.view.id && each.root_view_id === change.view.root_view_id),
        change.view,
      ]
      return changed('views')
    case 'view_closed':
      state.views = state.views.filter((each) => !change.viewIds.includes(each.id))
      return changed('views')
    case 'home':
      state.home = change.view
      return changed('home')
    case 'thread':
      state.threads[`${change.thread.channel}:${change.thread.thread_ts}`] = change.thread
      return changed('thread-state', change.thread.channel)
    default:
      state[change.kind][change.channel] = change[change.kind]
      return changed('channels')
  }
}

function applyMessage(message) {
  const list = messagesOf(message.channel)
  const index = list.findIndex((each) => each.ts === message.ts)
  state.messages[message.channel] = index < 0 ? [...list, message] : list.with(index, message)
  if (index < 0 && message.channel !== state.place && message.user !== state.me) {
    state.unread.add(message.channel)
    changed('channels')
  }
  changed('messages', message.channel)
}

/** The messages of a channel this person sees. */
export function messagesOf(channel) {
  return state.messages[channel] ?? []
}

/** Sends what the person did; the answer says how it went. */
export async function act(verb, body) {
  const response = await fetch(`/local/${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: state.me, ...body }),
  })
  return response.ok ? await response.json() : { ok: false, error: `http_${response.status}` }
}

/** The name people call someone by. */
export function userName(id) {
  const user = state.users.find((each) => each.id === id)
  if (user === undefined) return id
  return id === state.bot ? state.app.name : user.real_name
}

export function channelName(id) {
  return state.channels.find((channel) => channel.id === id)?.name ?? id
}

export function groupName(id) {
  return state.groups.find((group) => group.id === id)?.handle ?? id
}

/** The direct messages of this person with the app. */
export function directMessages() {
  return state.channels.find((channel) => channel.kind === 'im')?.id ?? ''
}
