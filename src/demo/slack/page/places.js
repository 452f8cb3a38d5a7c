import { blocks } from './blocks.js'
import { h } from './dom.js'
import { avatar } from './messages.js'
import { act, state } from './state.js'

/** The Home tab the app published for this person. */
export function homeView() {
  if (state.home === null)
    return h('div', { class: 'home empty' }, h('p', {}, `${state.app.name} has not set up its Home yet.`))
  return h('div', { class: 'home' }, blocks(state.home.content.blocks, { view: state.home.id }))
}

/** What the app says about itself. */
export function about() {
  return h(
    'div',
    { class: 'home' },
    h('h3', { class: 'header' }, state.app.name),
    h('p', {}, state.app.description),
    h('h4', {}, 'Commands'),
    h(
      'ul',
      {},
      state.commands.map((each) =>
        h('li', {}, h('code', { class: 'inline-code' }, each.command), ` ${each.description}`),
      ),
    ),
  )
}

/** The top of a conversation: its topic, or the app and the prompts it offers. */
export function intro(channel, shown) {
  if (channel === undefined) return undefined
  if (channel.kind !== 'im') {
    return h(
      'div',
      { class: 'intro' },
      h('h2', {}, `#${channel.name}`),
      h('p', {}, channel.topic || 'The beginning of this channel.'),
      !channel.members.includes(state.bot) &&
        h('p', { class: 'hint' }, `${state.app.name} is not a member here: it hears nothing, and cannot post.`),
    )
  }
  const prompts = state.threads[`${channel.id}:`]?.prompts ?? []
  const offered = prompts.length > 0 ? prompts : state.app.prompts
  return h(
    'div',
    { class: 'intro' },
    avatar(state.bot),
    h('h2', {}, state.app.name),
    h('p', {}, state.app.description),
    shown.length === 0 &&
      h(
        'div',
        { class: 'prompts' },
        offered.map((each) =>
          h(
            'button',
            { type: 'button', class: 'prompt', onclick: () => act('say', { channel: channel.id, text: each.message }) },
            each.title,
          ),
        ),
      ),
  )
}
