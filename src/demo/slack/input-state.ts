import { interactiveElements, type Placed } from './blocks/identify.ts'
import type { Json } from './model.ts'

/** What a person has filled in: block id → action id → Slack's value object. */
export type InputValues = Readonly<Record<string, Readonly<Record<string, Json>>>>

/** A raw value as a person gives it: text, an option's value, an id, or several of them. */
export type RawValue = string | number | boolean | readonly string[] | null

/** Slack's value object of an element after a person chose or typed `raw`; with what it starts with where `raw` is undefined. */
export function slackValue(element: Json, raw: RawValue | undefined): Json {
  const type = String(element['type'])
  const one = raw === undefined || raw === null ? undefined : String(raw)
  const many = raw === undefined ? undefined : Array.isArray(raw) ? raw.map(String) : one === undefined ? [] : [one]
  switch (type) {
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { type, selected_option: raw === undefined ? (element['initial_option'] ?? null) : optionOf(element, one) }
    case 'external_select':
      return { type, selected_option: raw === undefined ? (element['initial_option'] ?? null) : looseOption(one) }
    case 'multi_static_select':
    case 'checkboxes':
      return {
        type,
        selected_options: many?.map((value) => optionOf(element, value)) ?? element['initial_options'] ?? [],
      }
    case 'multi_external_select':
      return { type, selected_options: many?.map(looseOption) ?? element['initial_options'] ?? [] }
    case 'users_select':
      return { type, selected_user: one ?? element['initial_user'] ?? null }
    case 'multi_users_select':
      return { type, selected_users: many ?? element['initial_users'] ?? [] }
    case 'conversations_select':
      return { type, selected_conversation: one ?? element['initial_conversation'] ?? null }
    case 'multi_conversations_select':
      return { type, selected_conversations: many ?? element['initial_conversations'] ?? [] }
    case 'channels_select':
      return { type, selected_channel: one ?? element['initial_channel'] ?? null }
    case 'multi_channels_select':
      return { type, selected_channels: many ?? element['initial_channels'] ?? [] }
    case 'datepicker':
      return { type, selected_date: one ?? element['initial_date'] ?? null }
    case 'timepicker':
      return { type, selected_time: one ?? element['initial_time'] ?? null }
    case 'datetimepicker':
      return { type, selected_date_time: one === undefined ? (element['initial_date_time'] ?? null) : Number(one) }
    case 'rich_text_input':
      return { type, rich_text_value: one === undefined ? (element['initial_value'] ?? null) : typedRichText(one) }
    default:
      return { type, value: one === '' ? null : (one ?? element['initial_value'] ?? null) }
  }
}

function typedRichText(text: string): Json {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] }
}

function looseOption(value: string | undefined): Json | null {
  return value === undefined ? null : { text: { type: 'plain_text', text: value }, value }
}

/** The option with this value; null where there is none, so nobody selects what is not on the menu. */
function optionOf(element: Json, value: string | undefined): Json | null {
  const groups = [element['option_groups']].flat().filter(Boolean) as Json[]
  const options = [element['options'], ...groups.map((group) => group['options'])].flat().filter(Boolean) as Json[]
  return options.find((option) => option['value'] === value) ?? null
}

const buttons = new Set(['button', 'overflow', 'feedback_buttons', 'icon_button', 'workflow_button'])

/** The values of all inputs of these blocks as they start out. */
export function initialValues(blocks: readonly Json[]): InputValues {
  return interactiveElements(blocks)
    .filter((placed) => !buttons.has(String(placed.element['type'])))
    .reduce<InputValues>((values, placed) => withValue(values, placed, undefined), {})
}

/** The values after a person changed one element. */
export function withValue(values: InputValues, placed: Placed, raw: RawValue | undefined): InputValues {
  const action = String(placed.element['action_id'])
  return { ...values, [placed.blockId]: { ...values[placed.blockId], [action]: slackValue(placed.element, raw) } }
}

/** What a client says about a required or ill-formed input before it sends anything, by block id. */
export function clientErrors(blocks: readonly Json[], values: InputValues): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {}
  for (const placed of interactiveElements(blocks)) {
    if (placed.block['type'] !== 'input') continue
    const value = values[placed.blockId]?.[String(placed.element['action_id'])] ?? {}
    const message = clientError(placed, Object.entries(value).find(([name]) => name !== 'type')?.[1])
    if (message !== undefined) errors[placed.blockId] = message
  }
  return errors
}

function clientError({ element, block }: Placed, value: unknown): string | undefined {
  const empty = value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  if (empty) return block['optional'] === true ? undefined : 'Please complete this required field.'
  if (typeof value !== 'string') return undefined
  const [min, max] = [Number(element['min_length'] ?? 0), Number(element['max_length'] ?? 3000)]
  if (element['type'] === 'number_input') return numberError(element, value)
  if (element['type'] === 'email_text_input' && !/^\S+@\S+\.\S+$/.test(value)) return 'Please enter a valid email.'
  if (element['type'] === 'url_text_input' && !/^https?:\/\/\S+$/.test(value)) return 'Please enter a valid URL.'
  if (value.length < min) return `Please enter at least ${min} characters.`
  return value.length > max ? `Please enter at most ${max} characters.` : undefined
}

function numberError(element: Json, value: string): string | undefined {
  const number = Number(value)
  if (!Number.isFinite(number)) return 'Please enter a valid number.'
  if (element['is_decimal_allowed'] !== true && !Number.isInteger(number)) return 'Please enter a whole number.'
  const tooLow = element['min_value'] !== undefined && number < Number(element['min_value'])
  const tooHigh = element['max_value'] !== undefined && number > Number(element['max_value'])
  return tooLow || tooHigh ? 'Please enter a number in the allowed range.' : undefined
}
