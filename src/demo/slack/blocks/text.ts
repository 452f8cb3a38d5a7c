import {
  byType,
  type Check,
  characters,
  flag,
  list,
  object,
  optional,
  required,
  type,
  webAddress,
  word,
} from './check.ts'

/** A plain_text object. `emoji` exists here only, `verbatim` only on mrkdwn. */
export function plainText(max: number, min = 1): Check {
  return byType({ plain_text: object({ type, text: required(characters(max, min)), emoji: optional(flag) }) })
}

/** A mrkdwn object. */
export function mrkdwn(max: number): Check {
  return byType({ mrkdwn: object({ type, text: required(characters(max)), verbatim: optional(flag) }) })
}

/** Either kind of text object. */
export function anyText(max: number): Check {
  return byType({
    plain_text: object({ type, text: required(characters(max)), emoji: optional(flag) }),
    mrkdwn: object({ type, text: required(characters(max)), verbatim: optional(flag) }),
  })
}

/** A confirmation dialog. */
export const confirm: Check = object({
  title: optional(plainText(100)),
  text: required(anyText(300)),
  confirm: optional(plainText(30)),
  deny: optional(plainText(30)),
  style: optional(word('primary', 'danger')),
})

/** An option of a menu or of radio buttons and checkboxes. `url` exists in overflow menus only. */
export function option(kind: 'menu' | 'box' | 'overflow'): Check {
  const text = kind === 'box' ? anyText(75) : plainText(75)
  const fields = {
    text: required(text),
    value: optional(characters(150, 0)),
    description: optional(kind === 'box' ? anyText(75) : plainText(75)),
  }
  return object(kind === 'overflow' ? { ...fields, url: optional(webAddress(3000)) } : fields)
}

/** A titled group of options. */
export const optionGroup: Check = object({
  label: required(plainText(75)),
  options: required(list(option('menu'), 100)),
})

/** When an input dispatches `block_actions`. */
export const dispatchConfig: Check = object({
  trigger_actions_on: optional(list(word('on_enter_pressed', 'on_character_entered'), 2)),
})

/** A file that was uploaded to the workspace, by id or by URL. */
export const slackFile: Check = object({ id: optional(characters(64)), url: optional(webAddress()) })

/** An action id; generated where it is left out. */
export const actionId = optional(characters(255))

/** A block id; generated where it is left out. */
export const blockId = optional(characters(255))
