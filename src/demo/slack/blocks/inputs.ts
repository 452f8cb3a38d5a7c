import {
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
} from './check.ts'
import { inputFields } from './elements.ts'
import { richTextBlock } from './rich-text.ts'
import { actionId, dispatchConfig } from './text.ts'

const dispatch = { dispatch_action_config: optional(dispatchConfig) }
const decimal = optional(pattern(/^-?\d+(\.\d+)?$/, 'must be a number', 64))

/** The elements a person types into, by type. */
export const inputs: Readonly<Record<string, Check>> = {
  plain_text_input: object(
    {
      ...inputFields,
      ...dispatch,
      initial_value: optional(characters(3000, 0)),
      multiline: optional(flag),
      min_length: optional(integer(0, 3000)),
      max_length: optional(integer(1, 3000)),
    },
    (input, pointer, run) => ordered(input, 'min_length', 'max_length', pointer, run),
  ),
  number_input: object(
    {
      ...inputFields,
      ...dispatch,
      is_decimal_allowed: required(flag),
      initial_value: decimal,
      min_value: decimal,
      max_value: decimal,
    },
    (input, pointer, run) => ordered(input, 'min_value', 'max_value', pointer, run),
  ),
  email_text_input: object({ ...inputFields, ...dispatch, initial_value: optional(characters(3000, 0)) }),
  url_text_input: object({ ...inputFields, ...dispatch, initial_value: optional(characters(3000, 0)) }),
}

function ordered(input: Json, low: string, high: string, pointer: string, run: Run): void {
  const [min, max] = [input[low], input[high]]
  if (min !== undefined && max !== undefined && Number(min) > Number(max)) {
    complain(run, `${low} cannot be greater than ${high}`, pointer)
  }
}

export const richTextInput: Check = object({
  ...inputFields,
  ...dispatch,
  initial_value: optional(richTextBlock),
  min_lines: optional(integer(1, 100)),
  max_lines: optional(integer(1, 100)),
})

/** Uploads exist in modals only. */
export const fileInput: Check = (value, pointer, run) => {
  object({
    type,
    action_id: actionId,
    filetypes: optional(list(characters(32), 100)),
    max_files: optional(integer(1, 10)),
  })(value, pointer, run)
  if (run.surface !== 'modal') complain(run, 'file_input is only available in modals', pointer)
}
