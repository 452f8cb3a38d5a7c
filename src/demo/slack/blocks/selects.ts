import { type Check, characters, complain, type Field, flag, integer, list, object, optional, word } from './check.ts'
import { initialAmong, inputFields } from './elements.ts'
import { confirm, option, optionGroup } from './text.ts'

const id = characters(64)
const filter: Check = object({
  include: optional(list(word('im', 'mpim', 'private', 'public'), 4)),
  exclude_external_shared_channels: optional(flag),
  exclude_bot_users: optional(flag),
})

const queryLength = optional(integer(0, 100))
const conversationFields = { default_to_current_conversation: optional(flag), filter: optional(filter) }

function single(fields: Readonly<Record<string, Field>>): Check {
  return object({ ...inputFields, confirm: optional(confirm), ...fields })
}

function multi(fields: Readonly<Record<string, Field>>): Check {
  return object({
    ...inputFields,
    confirm: optional(confirm),
    max_selected_items: optional(integer(1, 1000)),
    ...fields,
  })
}

const choices = { options: optional(list(option('menu'), 100)), option_groups: optional(list(optionGroup, 100)) }

/** A static menu needs options or groups of them, not both. */
function staticMenu(check: Check): Check {
  return (value, pointer, run) => {
    check(value, pointer, run)
    const menu = value as Readonly<Record<string, unknown>>
    if ((menu['options'] === undefined) === (menu['option_groups'] === undefined)) {
      complain(run, 'must define either `options` or `option_groups`', pointer)
    }
    initialAmong(menu, pointer, run)
  }
}

/** The menus that choose one thing, by type. */
export const selects: Readonly<Record<string, Check>> = {
  static_select: staticMenu(single({ ...choices, initial_option: optional(option('menu')) })),
  external_select: single({ initial_option: optional(option('menu')), min_query_length: queryLength }),
  users_select: single({ initial_user: optional(id) }),
  conversations_select: single({
    initial_conversation: optional(id),
    response_url_enabled: optional(flag),
    ...conversationFields,
  }),
  channels_select: single({ initial_channel: optional(id), response_url_enabled: optional(flag) }),
}

/** The menus that choose several things, by type. */
export const multiSelects: Readonly<Record<string, Check>> = {
  multi_static_select: staticMenu(multi({ ...choices, initial_options: optional(list(option('menu'), 100)) })),
  multi_external_select: multi({
    initial_options: optional(list(option('menu'), 100)),
    min_query_length: queryLength,
  }),
  multi_users_select: multi({ initial_users: optional(list(id, 100)) }),
  multi_conversations_select: multi({ initial_conversations: optional(list(id, 100)), ...conversationFields }),
  multi_channels_select: multi({ initial_channels: optional(list(id, 100)) }),
}
