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
  word,
} from './check.ts'
import { button, imageElement, urlSource } from './elements.ts'
import { actions, context, divider, header, image, section, video } from './layout.ts'
import { richTextBlock } from './rich-text.ts'
import { table } from './tables.ts'
import { anyText, blockId, mrkdwn, plainText } from './text.ts'

/**
 * What a container may hold. Slack's pages list rich_text, input and file as well, but its live validator refuses
 * them (slack-morphism 2.31, SlackContainerBlock), so only what both accept passes here.
 */
const containerChildren = { actions, context, divider, header, image, section, table, video }

/** A titled group of up to ten blocks that can be folded away. */
export const container: Check = object(
  {
    type,
    block_id: blockId,
    title: optional(plainText(150)),
    rich_text_title: optional(richTextBlock),
    subtitle: optional(anyText(150)),
    child_blocks: required(list(byType(containerChildren), 10)),
    width: optional(word('narrow', 'standard', 'wide', 'full')),
    icon: optional(imageElement),
    is_collapsible: optional(flag),
    default_collapsed: optional(flag),
    has_header_divider: optional(flag),
  },
  (value, pointer, run) => {
    if (value['title'] === undefined && value['rich_text_title'] === undefined) {
      complain(run, 'must define either `title` or `rich_text_title`', pointer)
    }
    if (value['default_collapsed'] === true && value['is_collapsible'] !== true) {
      complain(run, 'default_collapsed requires is_collapsible', pointer)
    }
  },
)

/** A card: a title, a body, an image and buttons, at least one of them. */
export const card: Check = object(
  {
    type,
    block_id: blockId,
    hero_image: optional(imageElement),
    icon: optional(imageElement),
    title: optional(mrkdwn(150)),
    subtitle: optional(mrkdwn(150)),
    body: optional(mrkdwn(200)),
    actions: optional(list(byType({ button }), 5)),
  },
  (value, pointer, run) => {
    if (['hero_image', 'title', 'actions', 'body'].every((name) => value[name] === undefined)) {
      complain(run, 'must define one of `hero_image`, `title`, `actions`, `body`', pointer)
    }
  },
)

export const carousel: Check = object({ type, block_id: blockId, elements: required(list(byType({ card }), 10)) })

/** One task of an agent and how far it is. */
export const taskCard: Check = object({
  type,
  block_id: blockId,
  task_id: required(characters(255)),
  title: required(characters(255)),
  status: required(word('pending', 'in_progress', 'complete', 'error')),
  details: optional(richTextBlock),
  output: optional(richTextBlock),
  sources: optional(list(urlSource, 50, 0)),
})

export const plan: Check = object({
  type,
  block_id: blockId,
  title: required(characters(255)),
  tasks: optional(list(byType({ task_card: taskCard }), 50, 0)),
})
