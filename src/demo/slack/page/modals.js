import { blocks } from './blocks.js'
import { fill, h, iconButton, the, toast } from './dom.js'
import { avatar } from './messages.js'
import { closePopover } from './picker.js'
import { act, state } from './state.js'
import { textOf } from './text.js'

let shown

/** Draws the modal on top, or none. */
export function drawModals() {
  const view = state.views.at(-1)
  const dialog = the('#modal')
  if (view === undefined) {
    shown = undefined
    if (dialog.open) dialog.close()
    return
  }
  if (shown?.id === view.id && shown.hash === view.hash) return
  const before = shown?.id === view.id ? readValues(dialog) : {}
  shown = view
  closePopover()
  drawModal(dialog, view)
  restore(dialog, before)
  if (!dialog.open) dialog.showModal()
}

function drawModal(dialog, view) {
  const { content } = view
  const close = () => act('close', { view: view.id })
  dialog.oncancel = (event) => {
    event.preventDefault()
    close()
  }
  const submit =
    content.submit && h('button', { type: 'submit', class: 'button filled primary' }, textOf(content.submit))
  const form = h(
    'form',
    { method: 'dialog', novalidate: true },
    h(
      'header',
      {},
      avatar(state.bot, 'small'),
      h('h2', { id: 'modal-title' }, textOf(content.title)),
      iconButton('close', 'Close', close),
    ),
    h('div', { class: 'modal-body' }, blocks(content.blocks, { view: view.id })),
    h(
      'footer',
      {},
      h(
        'button',
        { type: 'button', class: 'button', onclick: close },
        content.close ? textOf(content.close) : submit ? 'Cancel' : 'Close',
      ),
      submit,
    ),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    submitView(dialog, view, submit)
  })
  fill(dialog, form)
}

function readValues(dialog) {
  return Object.fromEntries(
    [...dialog.querySelectorAll('[data-input]')].map((control) => [control.dataset.input, control.read()]),
  )
}

function restore(dialog, values) {
  for (const control of dialog.querySelectorAll('input[data-input], textarea[data-input]')) {
    const value = values[control.dataset.input]
    if (typeof value === 'string' && value !== '') control.value = value
  }
}

async function submitView(dialog, view, button) {
  button?.setAttribute('aria-busy', 'true')
  const result = await act('submit', { view: view.id, values: readValues(dialog) })
  button?.removeAttribute('aria-busy')
  for (const place of dialog.querySelectorAll('.input-error')) fill(place)
  if (result.ok) return
  for (const [block, message] of Object.entries(result.errors ?? {})) {
    const place = dialog.querySelector(`[data-block-id="${CSS.escape(block)}"] .input-error`)
    if (place !== null) fill(place, message)
  }
  dialog.querySelector('.input-error:not(:empty)')?.closest('.input-block')?.querySelector('[data-input]')?.focus()
  if (result.errors === undefined) toast(`We had some trouble connecting. Try again? (${result.error})`, 'error')
}
