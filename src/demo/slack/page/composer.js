import { completion as completionFor } from './completion.js'
import { h, icon, toast } from './dom.js'
import { act } from './state.js'

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
  const completion = completionFor(input, list)
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
