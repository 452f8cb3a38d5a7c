import type { Problem } from '../blocks/check.ts'
import { withIds } from '../blocks/identify.ts'
import { blocksTooLong, describeProblem, tooManyTables, validateMessage } from '../blocks/validate.ts'
import type { Json } from '../model.ts'
import { ApiError } from './api-error.ts'
import { isObject, objectList, optionalJson, optionalString } from './arguments.ts'

/** What a message says: text, blocks and attachments, checked as Slack checks them. */
export type Content = {
  readonly text: string
  readonly blocks: readonly Json[]
  readonly attachments: readonly Json[]
  readonly metadata?: Json
}

const MAX_TEXT = 40_000
const MAX_MARKDOWN = 12_000

/** Reads and checks the content arguments of `chat.*` and of `response_url` bodies. Throws ApiError with Slack's code. */
export function readContent(args: Json): Content {
  const blocks = checkedBlocks(objectList(args, 'blocks', 'invalid_blocks_format'))
  const attachments = objectList(args, 'attachments', 'invalid_attachments')
  const text = optionalString(args, 'text') ?? ''
  const markdown = optionalString(args, 'markdown_text')
  if (text.length > MAX_TEXT) throw new ApiError('msg_too_long')
  if (attachments.length > 100) throw new ApiError('too_many_attachments')
  if (markdown !== undefined) {
    if (text !== '' || blocks.length > 0) throw new ApiError('markdown_text_conflict')
    if (markdown.length > MAX_MARKDOWN) throw new ApiError('msg_too_long')
    return { text: markdown, blocks: withIds([{ type: 'markdown', text: markdown }]), attachments, ...metadataOf(args) }
  }
  if (text.trim() === '' && blocks.length === 0 && attachments.length === 0) throw new ApiError('no_text')
  for (const attachment of attachments) checkedBlocks(objectList(attachment, 'blocks', 'invalid_blocks_format'))
  return { text, blocks, attachments, ...metadataOf(args) }
}

/** Blocks with ids, once nothing is wrong with them. Throws `invalid_blocks` with every complaint otherwise. */
export function checkedBlocks(blocks: readonly Json[], max = 50): readonly Json[] {
  if (blocks.length === 0) return []
  const problems = validateMessage(blocks, max)
  if (problems.length > 0) throw refusedBlocks('invalid_blocks', problems)
  if (tooManyTables(blocks)) {
    const message = 'only_one_table_allowed'
    throw new ApiError('invalid_attachments', { errors: [message], response_metadata: { messages: [message] } })
  }
  if (blocksTooLong(blocks)) throw new ApiError('msg_blocks_too_long')
  return withIds(blocks)
}

/** Slack's answer to bad blocks: the complaints twice, once as `errors`, once as `[ERROR]` messages. */
export function refusedBlocks(code: string, problems: readonly Problem[]): ApiError {
  const errors = problems.map(describeProblem)
  return new ApiError(code, { errors, response_metadata: { messages: errors.map((each) => `[ERROR] ${each}`) } })
}

function metadataOf(args: Json): { readonly metadata?: Json } {
  const value = optionalJson(args, 'metadata', 'invalid_metadata_format')
  if (value === undefined) return {}
  if (!isObject(value)) throw new ApiError('invalid_metadata_format')
  if (
    value['entities'] === undefined &&
    (typeof value['event_type'] !== 'string' || !isObject(value['event_payload']))
  ) {
    throw new ApiError('metadata_must_be_sent_with_event_type_and_payload')
  }
  return { metadata: value }
}
