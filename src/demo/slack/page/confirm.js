import { h } from './dom.js'
import { withEmoji } from './emoji.js'
import { textOf } from './text.js'

/** Shows a confirmation dialog; true once the person confirms. */
export function confirmFirst(confirm) {
  return new Promise((resolve) => {
    const close = (answer) => () => {
      dialog.close()
      dialog.remove()
      resolve(answer)
    }
    const yes = h(
      'button',
      { type: 'button', class: `button filled ${confirm.style ?? 'primary'}`, onclick: close(true) },
      withEmoji(confirm.confirm?.text ?? 'Yes'),
    )
    const no = h(
      'button',
      { type: 'button', class: 'button', onclick: close(false) },
      withEmoji(confirm.deny?.text ?? 'Cancel'),
    )
    const dialog = h(
      'dialog',
      { class: 'modal confirm', 'aria-label': confirm.title?.text ?? 'Are you sure?' },
      h('header', {}, h('h2', {}, withEmoji(confirm.title?.text ?? 'Are you sure?'))),
      h('div', { class: 'modal-body' }, textOf(confirm.text)),
      h('footer', {}, no, yes),
    )
    dialog.addEventListener('cancel', close(false))
    document.body.append(dialog)
    dialog.showModal()
    yes.focus()
  })
}
