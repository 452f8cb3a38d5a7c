import { h } from './dom.js'
import { state } from './state.js'

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

const moves = { ArrowDown: 1, ArrowUp: -1 }

/** Completion of what is typed into a box: `update` after each change, `key` before a key is used, `close` when done. */
export function completion(input, list) {
  const found = { items: [], from: 0, at: 0 }
  const draw = () => drawList(list, found, choose)
  const close = () => {
    found.items = []
    draw()
  }
  const choose = (event, index) => {
    event.preventDefault()
    const rest = input.value.slice(input.selectionStart)
    const start = `${input.value.slice(0, found.from)}${found.items[index].text} `
    input.value = start + rest
    input.setSelectionRange(start.length, start.length)
    close()
    input.dispatchEvent(new Event('input'))
    input.focus()
  }
  const update = () => {
    Object.assign(found, suggestions(input.value, input.selectionStart), { at: 0 })
    draw()
  }
  /** True where the key was for the list. */
  const key = (event) => {
    if (found.items.length === 0) return false
    const move = moves[event.key]
    if (move !== undefined) {
      event.preventDefault()
      found.at = (found.at + move + found.items.length) % found.items.length
      draw()
      return true
    }
    if (event.key === 'Escape') {
      event.stopPropagation()
      close()
      return true
    }
    if (event.key !== 'Tab' && (event.key !== 'Enter' || exact(input.value, found.items[found.at]))) return false
    choose(event, found.at)
    return true
  }
  return { close, update, key }
}

function drawList(list, found, choose) {
  list.hidden = found.items.length === 0
  const rows = found.items.map((item, index) =>
    h(
      'div',
      {
        class: 'completion',
        role: 'option',
        'aria-selected': String(index === found.at),
        onpointerdown: (event) => choose(event, index),
      },
      h('strong', {}, item.text),
      h('span', {}, item.description || item.hint || ''),
    ),
  )
  list.replaceChildren(...rows)
  rows[found.at]?.scrollIntoView({ block: 'nearest' })
}

/** A command typed in full is sent by Enter, not completed again. */
function exact(text, item) {
  return text.startsWith('/') && (text.includes(' ') || text.trim() === item.text)
}
