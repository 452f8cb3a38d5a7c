import type { Json, LocalMessage } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { dropMessage, findMessage, putMessage, putThread } from '../workspace.ts'
import { ApiError } from './api-error.ts'
import { optionalFlag, optionalString, requiredString } from './arguments.ts'
import { type Content, readContent } from './content.ts'
import { type ApiContext, type Call, type Method, requireScope } from './context.ts'
import { channelOf, destinationOf, messageOf, requireWritable, userOf } from './lookup.ts'
import { presentMessage } from './present.ts'

/** The `chat.*` methods except streaming. */
export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': { scopes: ['chat:write'], run: postMessage },
  'chat.postEphemeral': { scopes: ['chat:write'], run: postEphemeral },
  'chat.update': { scopes: ['chat:write'], run: update },
  'chat.delete': { scopes: ['chat:write'], run: remove },
  'chat.getPermalink': { run: permalink },
}

/** A message by the bot, without the content. */
export function botMessage(context: ApiContext, channel: string): LocalMessage {
  return {
    ts: context.workspace.nextTs(),
    channel,
    user: WORKSPACE.botUser,
    bot_id: WORKSPACE.botId,
    app_id: WORKSPACE.appId,
    text: '',
    blocks: [],
    attachments: [],
    reactions: [],
    files: [],
  }
}

/** The parent of a thread reply; a reply's own ts leads to its parent, as in Slack. */
export function threadOf(context: ApiContext, channel: string, args: Json): string | undefined {
  const ts = optionalString(args, 'thread_ts')
  if (ts === undefined) return undefined
  const parent = findMessage(context.workspace, channel, ts)
  if (parent === undefined || parent.ephemeral_to !== undefined) throw new ApiError('thread_not_found')
  return parent.thread_ts ?? parent.ts
}

function postMessage({ context, args }: Call): Json {
  const channel = destinationOf(context.workspace, requiredString(args, 'channel'))
  if (args['username'] !== undefined || args['icon_emoji'] !== undefined || args['icon_url'] !== undefined) {
    requireScope(context, 'chat:write.customize')
  }
  const openToAll = channel.kind === 'public' && context.app.scopes.has('chat:write.public')
  if (!openToAll || channel.archived) requireWritable(channel)
  const content = readContent(args)
  const thread = threadOf(context, channel.id, args)
  const message = post(context, channel.id, content, thread, optionalFlag(args, 'reply_broadcast'))
  const bare = content.text === '' ? { warning: 'missing_text_in_message' } : {}
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    message: presentMessage(context.workspace, message),
    ...bare,
  }
}

/** Posts as the bot; a reply ends the loading text of its thread. */
export function post(
  context: ApiContext,
  channel: string,
  content: Content,
  thread: string | undefined,
  broadcast = false,
): LocalMessage {
  const message = putMessage(context.workspace, {
    ...botMessage(context, channel),
    ...content,
    ...(thread === undefined ? {} : { thread_ts: thread, broadcast }),
  })
  stopLoading(context, channel, thread)
  void context.announce('posted', message)
  return message
}

function stopLoading(context: ApiContext, channel: string, thread: string | undefined): void {
  const state = context.workspace.threads.get(`${channel}:${thread}`)
  if (state !== undefined && state.loading !== '') putThread(context.workspace, { ...state, loading: '' })
}

function postEphemeral({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  requireWritable(channel)
  const user = userOf(context.workspace, requiredString(args, 'user'))
  if (!channel.members.includes(user.id) || user.deleted) throw new ApiError('user_not_in_channel')
  const content = readContent(args)
  const thread = threadOf(context, channel.id, args)
  const message = putMessage(context.workspace, {
    ...botMessage(context, channel.id),
    ...content,
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ephemeral_to: user.id,
  })
  return { ok: true, message_ts: message.ts }
}

function update({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  requireWritable(channel)
  const before = messageOf(context.workspace, channel.id, requiredString(args, 'ts'), 'message_not_found')
  if (before.bot_id !== WORKSPACE.botId) throw new ApiError('cant_update_message')
  if (before.stream === 'active') throw new ApiError('streaming_state_conflict')
  const content = readContent(args)
  // Slack keeps the blocks and attachments that an update does not mention; an empty array takes them away.
  const keepsBlocks = args['blocks'] === undefined && args['markdown_text'] === undefined
  const message = putMessage(context.workspace, {
    ...before,
    ...content,
    ...(keepsBlocks ? { blocks: before.blocks } : {}),
    ...(args['attachments'] === undefined ? { attachments: before.attachments } : {}),
    edited: { user: WORKSPACE.botUser, ts: context.workspace.nextTs() },
  })
  void context.announce('changed', message, before)
  return {
    ok: true,
    channel: channel.id,
    ts: message.ts,
    text: message.text,
    message: presentMessage(context.workspace, message),
  }
}

function remove({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  const message = messageOf(context.workspace, channel.id, requiredString(args, 'ts'), 'message_not_found')
  if (message.bot_id !== WORKSPACE.botId) throw new ApiError('cant_delete_message')
  dropMessage(context.workspace, channel.id, message.ts)
  void context.announce('deleted', message)
  return { ok: true, channel: channel.id, ts: message.ts }
}

function permalink({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  const message = messageOf(context.workspace, channel.id, requiredString(args, 'message_ts'), 'message_not_found')
  const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`
  return {
    ok: true,
    channel: channel.id,
    permalink: `${context.origin()}/archives/${channel.id}/p${message.ts.replace('.', '')}${thread}`,
  }
}
