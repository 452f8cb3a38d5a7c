import { confirmFirst } from './confirm.js'
import { h, icon, toast } from './dom.js'
import { glyph } from './glyphs.js'
import { menu, picker } from './picker.js'
import { act, state } from './state.js'
import { textOf } from './text.js'

/** Sends an element's action; the control shows that it works on it, and what went wrong. */
async function send(control, element, place, value) {
  if (place.quiet === true) return
  if (element.confirm !== undefined && !(await confirmFirst(element.confirm))) return
  control.setAttribute('aria-busy', 'true')
  const where = place.view === undefined ? { channel: place.channel, ts: place.ts } : { view: place.view }
  const result = await act('press', { ...where, action: element.action_id, value })
  control.removeAttribute('aria-busy')
  control.classList.toggle('failed', !result.ok)
  if (result.ok) return
  control.title = `The app did not answer: ${result.error}`
  toast(`The app did not take that (${result.error}).`, 'error')
}

/** An interactive element of an actions, section, card or context_actions block. */
export function element(spec, block, place) {
  const drawer = drawers[spec.type] ?? (spec.type.endsWith('_select') ? selectMenu : undefined)
  return drawer === undefined ? h('span', { class: 'unknown' }, spec.type) : drawer(spec, block, place)
}

const drawers = {
  button,
  checkboxes: (spec, block, place) => boxes(spec, block, place, 'checkbox'),
  datepicker: (spec, block, place) => dated(spec, block, place, 'date', spec.initial_date),
  datetimepicker: (spec, block, place) => dated(spec, block, place, 'datetime-local', spec.initial_date_time),
  feedback_buttons: feedback,
  icon_button: iconAction,
  overflow,
  radio_buttons: (spec, block, place) => boxes(spec, block, place, 'radio'),
  timepicker: (spec, block, place) => dated(spec, block, place, 'time', spec.initial_time),
  workflow_button: button,
}

function button(spec, _block, place) {
  const label = spec.accessibility_label
  const press = async () => {
    if (spec.url !== undefined) window.open(spec.url, '_blank', 'noopener,noreferrer')
    await send(control, spec, place, spec.value)
  }
  const control = h(
    'button',
    {
      type: 'button',
      class: `button ${spec.style ?? ''}`,
      'aria-label': label,
      onclick: press,
      data: { action: spec.action_id },
    },
    h('span', {}, textOf(spec.text)),
    spec.url !== undefined && h('span', { class: 'out', 'aria-hidden': 'true' }, '↗'),
  )
  return control
}

function iconAction(spec, _block, place) {
  if (Array.isArray(spec.visible_to_user_ids) && !spec.visible_to_user_ids.includes(state.me)) return undefined
  const control = h(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      title: spec.text.text,
      'aria-label': spec.accessibility_label ?? spec.text.text,
      onclick: () => send(control, spec, place, spec.value),
    },
    icon(spec.icon),
  )
  return control
}

function feedback(spec, _block, place) {
  const choice = (which, sign) => {
    const option = spec[which]
    const press = async () => {
      await send(control, spec, place, option.value)
      for (const other of group.children) other.setAttribute('aria-pressed', String(other === control))
    }
    const control = h(
      'button',
      {
        type: 'button',
        class: 'feedback',
        'aria-pressed': 'false',
        'aria-label': option.accessibility_label ?? option.text.text,
        title: option.text.text,
        onclick: press,
      },
      sign,
    )
    return control
  }
  const group = h(
    'span',
    { class: 'feedback-group', role: 'group' },
    choice('positive_button', glyph('👍')),
    choice('negative_button', glyph('👎')),
  )
  return group
}

function overflow(spec, _block, place) {
  const choose = (option) => {
    if (option.url !== undefined) window.open(option.url, '_blank', 'noopener,noreferrer')
    send(control, spec, place, option.value)
  }
  const open = () =>
    menu(
      control,
      spec.options.map((option) => ({
        label: textOf(option.text),
        note: option.description?.text,
        choose: () => choose(option),
      })),
    )
  const control = h(
    'button',
    { type: 'button', class: 'button overflow', 'aria-label': 'More actions', 'aria-haspopup': 'menu', onclick: open },
    icon('more'),
  )
  return control
}

function optionLabel(option) {
  return h(
    'span',
    { class: 'option-text' },
    textOf(option.text),
    option.description && h('small', {}, textOf(option.description)),
  )
}

function boxes(spec, block, place, type) {
  const initial = [spec.initial_option ?? spec.initial_options ?? []].flat().map((option) => option.value)
  const group = h(
    'div',
    { class: 'boxes', role: type === 'radio' ? 'radiogroup' : 'group', data: { action: spec.action_id } },
    spec.options.map((option) => {
      const input = h('input', {
        type,
        name: `${block.block_id}-${spec.action_id}`,
        value: option.value,
        checked: initial.includes(option.value),
      })
      return h('label', { class: 'box' }, input, optionLabel(option))
    }),
  )
  const value = () => {
    const chosen = [...group.querySelectorAll('input:checked')].map((input) => input.value)
    return type === 'radio' ? (chosen[0] ?? null) : chosen
  }
  group.addEventListener('change', () => send(group, spec, place, value()))
  group.read = value
  return group
}

function dated(spec, _block, place, type, initial) {
  const start =
    type === 'datetime-local' && initial !== undefined ? new Date(initial * 1000).toISOString().slice(0, 16) : initial
  const input = h('input', {
    type,
    value: start ?? '',
    class: 'field-input',
    'aria-label': spec.placeholder?.text ?? type,
  })
  input.read = () =>
    input.value === ''
      ? null
      : type === 'datetime-local'
        ? Math.floor(new Date(input.value).getTime() / 1000)
        : input.value
  input.addEventListener('change', () => send(input, spec, place, input.read()))
  return input
}

function selectMenu(spec, _block, place) {
  const where = place.view === undefined ? { channel: place.channel, ts: place.ts } : { view: place.view }
  const search = async (text) => {
    const answer = await act('suggest', { ...where, action: spec.action_id, text })
    return answer.ok
      ? (answer.body?.options ?? (answer.body?.option_groups ?? []).flatMap((group) => group.options))
      : []
  }
  const control = picker(spec, search, (value) => send(control, spec, place, value))
  return control
}

/** The element of an input block. It keeps its value until the view is submitted; `read()` gives it. */
export function inputElement(spec, block, place, id) {
  const quiet = block.dispatch_action !== true
  if (drawers[spec.type] !== undefined || spec.type.endsWith('_select')) {
    const control = element(spec, block, quiet ? { ...place, quiet: true } : place)
    control.id = id
    return mark(control, spec, block)
  }
  const types = { email_text_input: 'email', number_input: 'number', url_text_input: 'url' }
  const long = spec.multiline === true || spec.type === 'rich_text_input'
  const initial = typeof spec.initial_value === 'string' ? spec.initial_value : ''
  const control = h(long ? 'textarea' : 'input', {
    id,
    class: 'field-input',
    type: long ? undefined : (types[spec.type] ?? 'text'),
    rows: long ? '4' : undefined,
    value: initial,
    placeholder: spec.placeholder?.text,
    minlength: spec.min_length,
    maxlength: spec.max_length ?? 3000,
    step: spec.is_decimal_allowed === true ? 'any' : undefined,
    'aria-describedby': `${id}-error`,
    autofocus: spec.focus_on_load,
  })
  control.read = () => control.value
  return mark(control, spec, block)
}

function mark(control, spec, block) {
  control.dataset.input = spec.action_id
  control.dataset.block = block.block_id
  return control
}
