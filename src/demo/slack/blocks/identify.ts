import { randomBytes } from 'node:crypto'
import { isRecord, type Json } from './check.ts'

/** Elements that carry an action id, so one is generated where it is missing. */
const interactive = new Set([
  'button',
  'checkboxes',
  'datepicker',
  'datetimepicker',
  'email_text_input',
  'feedback_buttons',
  'file_input',
  'icon_button',
  'number_input',
  'overflow',
  'plain_text_input',
  'radio_buttons',
  'rich_text_input',
  'timepicker',
  'url_text_input',
  'workflow_button',
])

/** True for an element a person can act on. */
export function isInteractive(element: Json): boolean {
  const type = String(element['type'])
  return interactive.has(type) || type.endsWith('_select')
}

/** Blocks with the `block_id`s and `action_id`s that Slack makes up where the app gave none. */
export function withIds(blocks: readonly Json[]): readonly Json[] {
  return blocks.map((block) => identifyBlock(block))
}

function shortId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5)
}

function identifyBlock(block: Json): Json {
  const identified: Record<string, unknown> = { ...block, block_id: block['block_id'] ?? shortId() }
  for (const name of ['accessory', 'element']) {
    const element = block[name]
    if (isRecord(element)) identified[name] = identifyElement(element)
  }
  for (const name of ['elements', 'actions', 'child_blocks', 'tasks']) {
    const children = block[name]
    if (Array.isArray(children)) identified[name] = children.map((child) => identifyChild(child, name))
  }
  return identified
}

function identifyChild(child: unknown, name: string): unknown {
  if (!isRecord(child)) return child
  if (name === 'child_blocks' || name === 'tasks' || child['type'] === 'card') return identifyBlock(child)
  return identifyElement(child)
}

function identifyElement(element: Json): Json {
  return isInteractive(element) ? { ...element, action_id: element['action_id'] ?? shortId() } : element
}

/** An element a person can act on, and the block it stands in. */
export type Placed = { readonly blockId: string; readonly element: Json; readonly block: Json }

/** Every element of these blocks a person can act on, in reading order. */
export function interactiveElements(blocks: readonly Json[]): readonly Placed[] {
  return blocks.flatMap((block) => {
    const blockId = String(block['block_id'])
    const own = [block['accessory'], block['element'], block['elements'], block['actions']].flat().filter(isRecord)
    const here = own.filter(isInteractive).map((element) => ({ blockId, element, block }))
    const children = [block['child_blocks']].flat().filter(isRecord)
    const cards = own.filter((element) => element['type'] === 'card')
    return [...here, ...interactiveElements([...children, ...cards])]
  })
}
