import { blocks } from './blocks.js'
import { dayOf, formatDate, timeOf } from './dates.js'
import { arrange, h, icon, iconButton } from './dom.js'
import { emojiNode, quickReactions } from './emoji.js'
import { mrkdwn } from './mrkdwn.js'
import { menu } from './picker.js'
import { act, messagesOf, state, userName } from './state.js'

/** A rounded square with a person's initials, or the app's sign. */
export function avatar(userId, size = '') {
  if (userId === state.bot)
    return h('span', { class: `avatar bot ${size}`, 'aria-hidden': 'true' }, icon('pulse', size === 'small' ? 14 : 22))
  const name = userName(userId)
  const initials = name
    .split(' ')
    .map((word) => word[0])
    .join('')
    .slice(0, 2)
  const hue = [...userId].reduce((sum, letter) => sum + letter.charCodeAt(0) * 47, 0) % 360
  return h('span', { class: `avatar ${size}`, style: `--hue:${hue}`, 'aria-hidden': 'true' }, initials)
}

/** Messages drawn before, by ts, with what they looked like; an unchanged one keeps its element. */
function createCache() {
  return new Map()
}

const caches = new WeakMap()

/** Draws a list of messages into a scrolling element, keeping its place unless it was at the end. */
export function drawMessages(target, list, options) {
  const cache = caches.get(target)?.key === options.key ? caches.get(target).map : createCache()
  const fresh = caches.get(target)?.key !== options.key
  caches.set(target, { key: options.key, map: cache })
  const atEnd = fresh || target.scrollHeight - target.scrollTop - target.clientHeight < 80
  const nodes = []
  let before
  for (const message of list) {
    const newDay = before === undefined || dayOf(before.ts) !== dayOf(message.ts)
    if (newDay && options.days !== false) nodes.push(dayLine(message.ts))
    const follows = !newDay && sameAuthor(before, message) && options.compact !== false
    nodes.push(cached(cache, message, follows, options))
    before = message
    if (options.parent === message.ts) {
      nodes.push(replyCount(list.length - 1))
      before = undefined
    }
  }
  arrange(target, [options.intro, nodes, options.outro])
  if (atEnd) target.scrollTop = target.scrollHeight
}

function sameAuthor(before, message) {
  const near = Number(message.ts) - Number(before.ts) < 300
  return near && before.user === message.user && before.ephemeral_to === message.ephemeral_to
}

function dayLine(ts) {
  return h('div', { class: 'day', role: 'separator' }, h('span', {}, dayOf(ts)))
}

function replyCount(count) {
  return count === 0 ? undefined : h('div', { class: 'reply-count' }, `${count} ${count === 1 ? 'reply' : 'replies'}`)
}

function cached(cache, message, follows, options) {
  const replies = options.inThread ? [] : repliesOf(message)
  const working = state.threads[`${message.channel}:${message.ts}`]
  const look = JSON.stringify([
    message,
    follows,
    replies.length,
    replies.at(-1)?.ts,
    options.inThread ? '' : working,
    state.me,
  ])
  const known = cache.get(message.ts)
  if (known?.look === look) return known.node
  const node = draw(message, follows, replies, working, options)
  if (known !== undefined) node.classList.add('changed')
  else if (Date.now() / 1000 - Number(message.ts) < 3) node.classList.add('arrived')
  cache.set(message.ts, { look, node })
  return node
}

/** The replies of a message that this person sees. */
export function repliesOf(message) {
  return messagesOf(message.channel).filter((each) => each.thread_ts === message.ts)
}

function draw(message, follows, replies, working, options) {
  const hidden = message.ephemeral_to !== undefined
  const place = { channel: message.channel, ts: message.ts }
  const name = userName(message.user)
  return h(
    'article',
    {
      class: `message${follows ? ' follows' : ''}${hidden ? ' ephemeral' : ''}${message.stream === 'active' ? ' streaming' : ''}`,
      data: { ts: message.ts },
      'aria-label': `${name}, ${timeOf(message.ts)}${hidden ? ', only visible to you' : ''}`,
    },
    h(
      'div',
      { class: 'gutter' },
      follows ? h('time', { class: 'side-time' }, timeOf(message.ts)) : avatar(message.user),
    ),
    h(
      'div',
      { class: 'content' },
      hidden && h('div', { class: 'only-you' }, icon('eye', 14), 'Only visible to you'),
      message.broadcast &&
        options.inThread !== true &&
        h('div', { class: 'only-you' }, icon('reply', 14), 'replied to a thread'),
      !follows && head(message, name),
      body(message, place),
      message.reactions.length > 0 && reactions(message),
      replies.length > 0 && threadBar(message, replies, options),
      replies.length === 0 &&
        working?.loading &&
        !options.inThread &&
        h('div', { class: 'loading' }, `${state.app.name} ${working.loading}`),
    ),
    !hidden && toolbar(message, options),
  )
}

function head(message, name) {
  const bot = state.users.find((user) => user.id === message.user)?.is_bot === true
  return h(
    'div',
    { class: 'head' },
    h('strong', { class: 'author' }, name),
    bot && h('span', { class: 'app-badge' }, 'APP'),
    h('time', { title: formatDate(Number(message.ts), '{date_long} {time_secs}') }, timeOf(message.ts)),
  )
}

function body(message, place) {
  const edited =
    message.edited &&
    h('span', { class: 'edited', title: `Edited ${formatDate(Number(message.edited.ts), '{time_secs}')}` }, '(edited)')
  const fromApp = message.bot_id !== undefined || message.user === 'USLACKBOT'
  const useText = message.blocks.length === 0 || !fromApp
  return [
    h(
      'div',
      { class: 'body' },
      useText && message.text !== ''
        ? h('div', { class: 'text' }, mrkdwn(message.text), edited)
        : [blocks(message.blocks, place), edited],
    ),
    message.attachments.map((each) =>
      h(
        'div',
        {
          class: 'attachment',
          style: `--bar:${/^#[0-9a-f]{3,8}$/i.test(each.color ?? '') ? each.color : 'var(--line-strong)'}`,
        },
        each.pretext && h('div', {}, mrkdwn(each.pretext)),
        each.title && h('strong', {}, each.title),
        each.text && h('div', { class: 'text' }, mrkdwn(each.text)),
        blocks(each.blocks, place),
      ),
    ),
    message.files.length > 0 && h('div', { class: 'files' }, message.files.map(file)),
  ]
}

function file(each) {
  if (!each.mimetype.startsWith('image/')) {
    return h(
      'a',
      { class: 'file', href: each.url_private, target: '_blank', rel: 'noopener' },
      h('strong', {}, each.title),
      h('small', {}, `${each.mimetype} · ${Math.ceil(each.size / 1024)} KB`),
    )
  }
  return h(
    'figure',
    { class: 'image' },
    h('figcaption', {}, each.title),
    h('img', { class: 'block-image', src: each.url_private, alt: each.title }),
  )
}

function reactions(message) {
  return h(
    'div',
    { class: 'reactions' },
    message.reactions.map((each) => {
      const mine = each.users.includes(state.me)
      const title = `${each.users.map(userName).join(', ')} reacted with :${each.name}:`
      return h(
        'button',
        {
          type: 'button',
          class: 'reaction',
          'aria-pressed': String(mine),
          title,
          'aria-label': title,
          onclick: () => act('react', { channel: message.channel, ts: message.ts, text: each.name }),
        },
        emojiNode(each.name),
        h('span', {}, each.users.length),
      )
    }),
  )
}

function threadBar(message, replies, options) {
  const people = [...new Set(replies.map((each) => each.user))].slice(0, 4)
  const working = state.threads[`${message.channel}:${message.ts}`]?.loading
  return h(
    'button',
    { type: 'button', class: 'thread-bar', onclick: () => options.openThread?.(message.ts) },
    h(
      'span',
      { class: 'faces' },
      people.map((user) => avatar(user, 'small')),
    ),
    h('strong', {}, `${replies.length} ${replies.length === 1 ? 'reply' : 'replies'}`),
    working
      ? h('span', { class: 'loading' }, `${state.app.name} ${working}`)
      : h('span', { class: 'last' }, `Last reply ${formatDate(Number(replies.at(-1).ts), '{ago}')}`),
  )
}

function toolbar(message, options) {
  const react = (name) => act('react', { channel: message.channel, ts: message.ts, text: name })
  const more = iconButton('smile', 'Add reaction', () =>
    menu(
      more,
      [...quickReactions, 'red_circle', 'rocket', 'bug', 'thinking_face'].map((name) => ({
        icon: h('span', { class: 'emoji' }, emojiNode(name)),
        label: `:${name}:`,
        choose: () => react(name),
      })),
    ),
  )
  return h(
    'div',
    { class: 'toolbar', role: 'toolbar', 'aria-label': 'Message actions' },
    quickReactions.slice(0, 2).map((name) =>
      h(
        'button',
        {
          type: 'button',
          class: 'icon-button',
          title: `:${name}:`,
          'aria-label': `React with ${name}`,
          onclick: () => react(name),
        },
        emojiNode(name),
      ),
    ),
    more,
    options.openThread &&
      iconButton('reply', 'Reply in thread', () => options.openThread(message.thread_ts ?? message.ts)),
  )
}
