import {
  byType,
  type Check,
  characters,
  complain,
  flag,
  integer,
  type Json,
  list,
  object,
  optional,
  pattern,
  type Run,
  required,
  type,
  webAddress,
  word,
} from './check.ts'
import { actionId, anyText, confirm, option, plainText, slackFile } from './text.ts'

/** Only one element of a view may take the focus. */
const focus = optional((value, pointer, run) => {
  flag(value, pointer, run)
  if (value !== true) return
  run.totals.focused += 1
  if (run.totals.focused > 1) complain(run, 'only one element can set focus_on_load', pointer)
})

const placeholder = optional(plainText(150))

/** Fields several input elements share. */
export const inputFields = { type, action_id: actionId, focus_on_load: focus, placeholder }

const label = optional(characters(75))

export const button: Check = object({
  type,
  action_id: actionId,
  text: required(plainText(75)),
  value: optional(characters(2000, 0)),
  url: optional(webAddress(3000)),
  style: optional(word('primary', 'danger')),
  confirm: optional(confirm),
  accessibility_label: label,
})

export const workflowButton: Check = object({
  type,
  action_id: actionId,
  text: required(plainText(75)),
  workflow: required(
    object({
      trigger: required(
        object({
          url: required(webAddress()),
          customizable_input_parameters: optional(
            list(object({ name: required(characters(255)), value: required(characters(3000, 0)) }), 100, 0),
          ),
        }),
      ),
    }),
  ),
  style: optional(word('primary', 'danger')),
  confirm: optional(confirm),
  accessibility_label: label,
})

export const overflow: Check = object({
  type,
  action_id: actionId,
  options: required(list(option('overflow'), 5)),
  confirm: optional(confirm),
})

export const checkboxes: Check = object(
  {
    type,
    action_id: actionId,
    options: required(list(option('box'), 10)),
    initial_options: optional(list(option('box'), 10)),
    confirm: optional(confirm),
    focus_on_load: focus,
  },
  initialAmong,
)

export const radioButtons: Check = object(
  {
    type,
    action_id: actionId,
    options: required(list(option('box'), 10)),
    initial_option: optional(option('box')),
    confirm: optional(confirm),
    focus_on_load: focus,
  },
  initialAmong,
)

/** What is selected at first must be one of the options, letter for letter. */
export function initialAmong(element: Json, pointer: string, run: Run): void {
  const groups = Array.isArray(element['option_groups']) ? (element['option_groups'] as Json[]) : []
  const options = [element['options'], ...groups.map((group) => group['options'])].flat()
  const known = new Set(options.map((each) => JSON.stringify(each)))
  const initial = element['initial_option'] ?? element['initial_options']
  for (const each of [initial].flat()) {
    if (each !== undefined && each !== null && !known.has(JSON.stringify(each))) {
      complain(run, 'initial option does not match any of the options', pointer)
    }
  }
}

export const datepicker: Check = object({
  ...inputFields,
  initial_date: optional(pattern(/^\d{4}-\d{2}-\d{2}$/, 'must be a date in the format YYYY-MM-DD')),
  confirm: optional(confirm),
})

export const timepicker: Check = object({
  ...inputFields,
  initial_time: optional(pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time in the format HH:mm')),
  timezone: optional(characters(64)),
  confirm: optional(confirm),
})

export const datetimepicker: Check = object({
  type,
  action_id: actionId,
  initial_date_time: optional(integer(1_000_000_000, 9_999_999_999)),
  confirm: optional(confirm),
  focus_on_load: focus,
})

/** An image with its alternative text; the source is one of `image_url` and `slack_file`. */
export const imageElement: Check = byType({
  image: object(
    {
      type,
      alt_text: required(characters(2000)),
      image_url: optional(webAddress(3000)),
      slack_file: optional(slackFile),
    },
    oneSource,
  ),
})

/** Refuses an image without a source, and one with two. */
export function oneSource(image: Json, pointer: string, run: Run): void {
  if ((image['image_url'] === undefined) === (image['slack_file'] === undefined)) {
    complain(run, 'must define either `image_url` or `slack_file`', pointer)
  }
}

const feedbackButton: Check = object({
  text: required(plainText(75)),
  value: required(characters(2000)),
  accessibility_label: label,
})

export const feedbackButtons: Check = object({
  type,
  action_id: actionId,
  positive_button: required(feedbackButton),
  negative_button: required(feedbackButton),
})

export const iconButton: Check = object({
  type,
  action_id: actionId,
  icon: required(word('trash')),
  text: required(plainText(75)),
  value: optional(characters(2000, 0)),
  confirm: optional(confirm),
  accessibility_label: label,
  visible_to_user_ids: optional(list(characters(32), 100, 0)),
})

/** An image or a text object, as context blocks hold them. */
export const contextElement: Check = (value, pointer, run) => {
  const isImage = typeof value === 'object' && value !== null && (value as Json)['type'] === 'image'
  const check = isImage ? imageElement : anyText(3000)
  check(value, pointer, run)
}

/** The url source of a task card. */
export const urlSource: Check = byType({
  url: object({ type, url: required(webAddress(3000)), text: required(characters(255)) }),
})
