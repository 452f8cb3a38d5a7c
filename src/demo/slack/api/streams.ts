import type { Json, LocalMessage } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { checkedStreamBlocks, type StreamState, streamBlocks, streamText, withChunks } from '../stream.ts'
import { agentThread, putMessage, putThread } from '../workspace.ts'
import { ApiError, invalidArguments } from './api-error.ts'
import { objectList, optionalString, requiredString } from './arguments.ts'
import { botMessage, threadOf } from './chat.ts'
import type { ApiContext, Call, Method } from './context.ts'
import { channelOf, messageOf, requireWritable, userOf } from './lookup.ts'
import { presentMessage } from './present.ts'

const open = new WeakMap<ApiContext, Map<string, StreamState>>()

/** `chat.startStream`, `appendStream` and `stopStream`. A stream dies by itself after about five minutes, busy or not. */
export const streamMethods: Readonly<Record<string, Method>> = {
  'chat.startStream': { scopes: ['chat:write'], run: start },
  'chat.appendStream': { scopes: ['chat:write'], run: append },
  'chat.stopStream': { scopes: ['chat:write'], run: stop },
}

function streamsOf(context: ApiContext): Map<string, StreamState> {
  const streams = open.get(context) ?? new Map<string, StreamState>()
  open.set(context, streams)
  return streams
}

function start({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  requireWritable(channel)
  const thread = threadOf(context, channel.id, { thread_ts: requiredString(args, 'thread_ts') })
  if (channel.kind !== 'im') {
    const team = optionalString(args, 'recipient_team_id')
    const user = optionalString(args, 'recipient_user_id')
    if (team === undefined) throw new ApiError('missing_recipient_team_id')
    if (user === undefined) throw new ApiError('missing_recipient_user_id')
    if (!channel.members.includes(userOf(context.workspace, user).id)) throw new ApiError('user_not_in_channel')
  }
  const mode = optionalString(args, 'task_display_mode') ?? 'timeline'
  if (mode !== 'timeline' && mode !== 'plan') throw invalidArguments('task_display_mode must be timeline or plan')
  const base = botMessage(context, channel.id)
  const state = withChunks({ startedAt: performance.now(), mode, markdown: '', title: '', tasks: [], blocks: [] }, args)
  streamsOf(context).set(`${channel.id}:${base.ts}`, state)
  const message = putMessage(context.workspace, {
    ...base,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    text: streamText(state),
    blocks: streamBlocks(state),
    stream: 'active',
  })
  const shown = agentThread(context.workspace, channel.id, thread ?? message.ts)
  if (shown.loading !== '') putThread(context.workspace, { ...shown, loading: '' })
  return { ok: true, channel: channel.id, ts: message.ts }
}

function streaming({ context, args }: Call): { readonly message: LocalMessage; readonly state: StreamState } {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  const message = messageOf(context.workspace, channel.id, requiredString(args, 'ts'), 'message_not_found')
  if (message.bot_id !== WORKSPACE.botId) throw new ApiError('message_not_owned_by_app')
  const state = streamsOf(context).get(`${channel.id}:${message.ts}`)
  const expired = state !== undefined && performance.now() - state.startedAt > context.streamMs
  if (expired) putMessage(context.workspace, { ...message, stream: 'stopped' })
  if (state === undefined || expired || message.stream !== 'active') {
    throw new ApiError('message_not_in_streaming_state')
  }
  return { message, state }
}

function append(call: Call): Json {
  const { message, state } = streaming(call)
  const next = withChunks(state, call.args)
  if (next === state) throw new ApiError('no_text')
  streamsOf(call.context).set(`${message.channel}:${message.ts}`, next)
  putMessage(call.context.workspace, { ...message, text: streamText(next), blocks: streamBlocks(next) })
  return { ok: true, channel: message.channel, ts: message.ts }
}

function stop(call: Call): Json {
  const { context, args } = call
  const { message, state } = streaming(call)
  const final = withChunks(state, args)
  const extra = checkedStreamBlocks(objectList(args, 'blocks', 'invalid_blocks_format'))
  streamsOf(context).delete(`${message.channel}:${message.ts}`)
  const stopped = putMessage(context.workspace, {
    ...message,
    text: streamText(final),
    blocks: [...streamBlocks(final), ...extra],
    stream: 'stopped',
  })
  const status = optionalString(args, 'session_status')
  if (status !== undefined && message.thread_ts !== undefined) {
    if (status !== 'active' && status !== 'suspended' && status !== 'closed' && status !== 'processing') {
      throw invalidArguments('session_status must be processing, active, suspended or closed')
    }
    putThread(context.workspace, {
      ...agentThread(context.workspace, message.channel, message.thread_ts),
      session: status,
    })
  }
  void context.announce('posted', stopped)
  return { ok: true, channel: message.channel, ts: message.ts, message: presentMessage(context.workspace, stopped) }
}
