import { ApiError, invalidArguments } from './api/api-error.ts'
import { isObject, objectList, optionalString } from './api/arguments.ts'
import { checkedBlocks } from './api/content.ts'
import { withIds } from './blocks/identify.ts'
import type { Json } from './model.ts'

/** What has been streamed into a message so far. `startedAt` is monotonic, in ms. */
export type StreamState = {
  readonly startedAt: number
  readonly mode: 'timeline' | 'plan'
  readonly markdown: string
  readonly title: string
  readonly tasks: readonly Json[]
  readonly blocks: readonly Json[]
}

const statuses = new Set(['pending', 'in_progress', 'complete', 'error'])

/** The state after the `markdown_text` or `chunks` of a call; the same object where there are none. */
export function withChunks(state: StreamState, args: Json): StreamState {
  const markdown = optionalString(args, 'markdown_text')
  const chunks = objectList(args, 'chunks', 'invalid_chunks')
  if (markdown !== undefined && chunks.length > 0) throw invalidArguments('markdown_text and chunks exclude each other')
  const all = markdown === undefined ? chunks : [{ type: 'markdown_text', text: markdown }]
  return all.reduce(withChunk, state)
}

function withChunk(state: StreamState, chunk: Json): StreamState {
  switch (chunk['type']) {
    case 'markdown_text': {
      const text = textField(chunk, 'text')
      if (text.length > 12_000) throw new ApiError('msg_too_long')
      return { ...state, markdown: state.markdown + text }
    }
    case 'plan_update':
      return { ...state, title: textField(chunk, 'title') }
    case 'task_update':
      return { ...state, tasks: withTask(state.tasks, chunk) }
    case 'blocks': {
      const blocks = objectList(chunk, 'blocks', 'invalid_chunks')
      return { ...state, blocks: [...state.blocks, ...checkedStreamBlocks(blocks)] }
    }
    default:
      throw new ApiError('invalid_chunks', {
        response_metadata: { messages: [`[ERROR] unsupported chunk type: ${String(chunk['type'])}`] },
      })
  }
}

/** Blocks that a stream carries, checked; at most 50 in one call. */
export function checkedStreamBlocks(blocks: readonly Json[]): readonly Json[] {
  return checkedBlocks(blocks, 50)
}

function textField(chunk: Json, name: string): string {
  const value = chunk[name]
  if (typeof value !== 'string') throw new ApiError('invalid_chunks')
  return value
}

function withTask(tasks: readonly Json[], chunk: Json): readonly Json[] {
  const id = textField(chunk, 'id')
  if (!statuses.has(textField(chunk, 'status'))) throw new ApiError('invalid_chunks')
  const task: Json = {
    type: 'task_card',
    task_id: id,
    title: textField(chunk, 'title'),
    status: chunk['status'],
    ...(typeof chunk['details'] === 'string' ? { details: richText(chunk['details']) } : {}),
    ...(typeof chunk['output'] === 'string' ? { output: richText(chunk['output']) } : {}),
    ...(Array.isArray(chunk['sources']) ? { sources: chunk['sources'].filter(isObject) } : {}),
  }
  const index = tasks.findIndex((each) => each['task_id'] === id)
  return index < 0 ? [...tasks, task] : tasks.with(index, { ...tasks[index], ...task })
}

function richText(text: string): Json {
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] }
}

/** The blocks a reader sees: the tasks first, then the text, then streamed blocks. */
export function streamBlocks(state: StreamState): readonly Json[] {
  const tasks =
    state.mode === 'plan' && state.tasks.length > 0
      ? [{ type: 'plan', title: state.title || 'Working on it', tasks: state.tasks }]
      : state.tasks
  const text = state.markdown === '' ? [] : [{ type: 'markdown', text: state.markdown }]
  return withIds([...tasks, ...text, ...state.blocks])
}

/** The plain fallback of what has been streamed. */
export function streamText(state: StreamState): string {
  return state.markdown || state.title
}
