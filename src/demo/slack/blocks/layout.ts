import {
  byType,
  type Check,
  characters,
  complain,
  flag,
  list,
  object,
  optional,
  required,
  type,
  webAddress,
  word,
} from './check.ts'
import {
  button,
  checkboxes,
  contextElement,
  datepicker,
  datetimepicker,
  feedbackButtons,
  iconButton,
  imageElement,
  oneSource,
  overflow,
  radioButtons,
  timepicker,
  workflowButton,
} from './elements.ts'
import { fileInput, inputs, richTextInput } from './inputs.ts'
import { multiSelects, selects } from './selects.ts'
import { anyText, blockId, plainText, slackFile } from './text.ts'

const choosers = {
  ...selects,
  ...multiSelects,
  checkboxes,
  datepicker,
  radio_buttons: radioButtons,
  timepicker,
}

/** A section: text or up to ten fields, and one element at its side. */
export const section: Check = object(
  {
    type,
    block_id: blockId,
    text: optional(anyText(3000)),
    fields: optional(list(anyText(2000), 10)),
    accessory: optional(
      byType({ ...choosers, button, overflow, image: imageElement, workflow_button: workflowButton }),
    ),
    expand: optional(flag),
  },
  (value, pointer, run) => {
    if (value['text'] === undefined && value['fields'] === undefined) {
      complain(run, 'must define either `text` or `fields`', pointer)
    }
  },
)

export const header: Check = object({ type, block_id: blockId, text: required(plainText(150)) })

export const divider: Check = object({ type, block_id: blockId })

export const actions: Check = object({
  type,
  block_id: blockId,
  elements: required(
    list(
      byType({
        ...choosers,
        button,
        overflow,
        datetimepicker,
        workflow_button: workflowButton,
        rich_text_input: richTextInput,
      }),
      25,
    ),
  ),
})

export const context: Check = object({ type, block_id: blockId, elements: required(list(contextElement, 10)) })

export const contextActions: Check = object({
  type,
  block_id: blockId,
  elements: required(list(byType({ feedback_buttons: feedbackButtons, icon_button: iconButton }), 5)),
})

export const image: Check = object(
  {
    type,
    block_id: blockId,
    alt_text: required(characters(2000)),
    title: optional(plainText(2000)),
    image_url: optional(webAddress(3000)),
    slack_file: optional(slackFile),
  },
  oneSource,
)

export const input: Check = object({
  type,
  block_id: blockId,
  label: required(plainText(2000)),
  hint: optional(plainText(2000)),
  optional: optional(flag),
  dispatch_action: optional(flag),
  element: required(
    byType({ ...choosers, ...inputs, datetimepicker, rich_text_input: richTextInput, file_input: fileInput }),
  ),
})

/** Standard Markdown; all of them in one payload share 12,000 characters. */
export const markdown: Check = object(
  { type, block_id: blockId, text: required(characters(12_000)) },
  (value, pointer, run) => {
    run.totals.markdown += typeof value['text'] === 'string' ? value['text'].length : 0
    if (run.totals.markdown > 12_000) {
      complain(run, 'markdown blocks must have less than 12001 characters together', pointer)
    }
  },
)

export const alert: Check = object({
  type,
  block_id: blockId,
  text: required(anyText(200)),
  level: optional(word('default', 'info', 'warning', 'error', 'success')),
})

export const video: Check = object({
  type,
  block_id: blockId,
  video_url: required(webAddress()),
  thumbnail_url: required(webAddress()),
  alt_text: required(characters(2000)),
  title: required(plainText(199)),
  title_url: optional(webAddress()),
  author_name: optional(characters(49)),
  provider_name: optional(characters(255)),
  provider_icon_url: optional(webAddress()),
  description: optional(plainText(3000)),
})
