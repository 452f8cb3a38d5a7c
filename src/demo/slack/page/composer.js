import { h, icon, toast } from './dom.js'
import { act, state } from './state.js'

const refusals = {
  account_inactive: 'This account is deactivated.',
  channel_not_found: 'You cannot see this conversation.',
  is_archived: 'This channel is archived.',
  messages_tab_disabled: 'Sending messages to this app is turned off.',
  not_in_channel: 'You are not a member of this channel.',
}

/** A box to write in. `where()` gives the channel and thread it belongs to. */
export function composer(where, label) {
  const input = h('textarea', { rows: '1', 'aria-label': label, placeholder: label, spellcheck: 'true' })
  const list = h('div', { class: 'completions', role: 'listbox', hidden: true })
  const sendButton = h(
    'button',
    { type: 'submit', class: 'send', 'aria-label': 'Send', title: 'Send (Enter)' },
    icon('send', 18),
  )
  const form = h('form', { class: 'composer' }, list, h('div', { class: 'writing' }, input, sendButton))
  const completion = complete(input, list)
  const grow = () => {
    input.style.height = 'auto'
    input.style.height = `${Math.min(220, input.scrollHeight)}px`
    form.classList.toggle('filled', input.value.trim() !== '')
    form.classList.toggle('command', input.value.startsWith('/'))
  }
  input.addEventListener('input', () => {
    grow()
    completion.update()
  })
  input.addEventListener('keydown', (event) => {
    if (completion.key(event)) return
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })
  input.addEventListener('blur', () =>
    setTimeout(() => {
      if (document.activeElement !== input) completion.close()
    }, 150),
  )
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const text = input.value
    if (text.trim() === '') return
    input.value = ''
    completion.close()
    grow()
    if (!(await send(where(), text))) {
      input.value = text
      grow()
    }
  })
  return { element: form, focus: () => input.focus(), set: (text) => insert(input, text) }
}

function insert(input, text) {
  input.value = text
  input.dispatchEvent(new Event('input'))
  input.focus()
}

async function send({ channel, thread }, text) {
  const isCommand = text.startsWith('/')
  if (isCommand && thread !== undefined) {
    toast(`${text.split(' ')[0]} is not supported in threads. Sorry! Mention the app instead.`, 'error')
    return false
  }
  const result = isCommand ? await act('command', { channel, text }) : await act('say', { channel, thread, text })
  if (result.ok || isCommand) return true
  toast(refusals[result.error] ?? `Not sent: ${result.error}`, 'error')
  return false
}

/** What could follow what is typed: commands and their verbs, people, groups, channels. */
function suggestions(text, caret) {
  const before = text.slice(0, caret)
  if (before.startsWith('/') && !before.includes('\n')) {
    const commands = state.commands.map((each) => ({
      text: each.command,
      description: each.description,
      hint: each.usageHint,
    }))
    const all = [...commands, ...state.completions]
    return {
      from: 0,
      items: all.filter((each) => each.text.startsWith(before.trimEnd()) && each.text !== before.trimEnd()),
    }
  }
  const mention = /(?:^|\s)([@#])([\w.-]*)$/.exec(before)
  if (mention === null) return { from: 0, items: [] }
  const [, sign, typed] = mention
  const people = [
    ...state.users
      .filter((user) => !user.deleted && user.id !== 'USLACKBOT')
      .map((user) => ({
        text: `@${user.name}`,
        name: user.name,
        description: user.id === state.bot ? state.app.name : user.real_name,
      })),
    ...state.groups.map((group) => ({ text: `@${group.handle}`, name: group.handle, description: group.name })),
  ]
  const channels = state.channels
    .filter((channel) => channel.kind !== 'im')
    .map((channel) => ({ text: `#${channel.name}`, name: channel.name, description: channel.topic }))
  const items = (sign === '@' ? people : channels).filter((each) =>
    `${each.name} ${each.description}`.toLowerCase().includes(typed.toLowerCase()),
  )
  return { from: caret - typed.length - 1, items: items.slice(0, 8) }
}

function complete(input, list) {
  let open = []
  let from = 0
  let at = 0
  const draw = () => {
    list.hidden = open.length === 0
    list.replaceChildren(
      ...open.map((item, index) =>
        h(
          'div',
          {
            class: 'completion',
            role: 'option',
            'aria-selected': String(index === at),
            onpointerdown: (event) => choose(event, index),
          },
          h('strong', {}, item.text),
          h('span', {}, item.description || item.hint || ''),
        ),
      ),
    )
    list.children[at]?.scrollIntoView({ block: 'nearest' })
  }
  const close = () => {
    open = []
    draw()
  }
  const choose = (event, index) => {
    event.preventDefault()
    const rest = input.value.slice(input.selectionStart)
    const start = `${input.value.slice(0, from)}${open[index].text} `
    input.value = start + rest
    input.setSelectionRange(start.length, start.length)
    close()
    input.dispatchEvent(new Event('input'))
    input.focus()
  }
  const moves = { ArrowDown: 1, ArrowUp: -1 }
  return {
    close,
    update() {
      const found = suggestions(input.value, input.selectionStart)
      open = found.items
      from = found.from
      at = 0
      draw()
    },
    /** True where the key was for the list. */
    key(event) {
      if (open.length === 0) return false
      if (moves[event.key] !== undefined) {
        event.preventDefault()
        at = (at + moves[event.key] + open.length) % open.length
        draw()
        return true
      }
      if (event.key === 'Escape') {
        event.stopPropagation()
        close()
        return true
      }
      if (event.key === 'Tab' || (event.key === 'Enter' && !exact(input.value, open[at]))) {
        choose(event, at)
        return true
      }
      return false
    },
  }
}

/** A command typed in full is sent by Enter, not completed again. */
function exact(text, item) {
  return text.startsWith('/') && (text.includes(' ') || text.trim() === item.text)
}
