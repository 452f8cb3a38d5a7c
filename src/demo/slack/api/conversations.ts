import type { Json, LocalChannel, LocalMessage } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { openIm } from '../workspace.ts'
import { ApiError, invalidArguments } from './api-error.ts'
import { boundedInteger, optionalFlag, optionalString, requiredString, wordList } from './arguments.ts'
import { type Call, type Method, requireScope, scopeFamily } from './context.ts'
import { channelOf, messageOf, userOf } from './lookup.ts'
import { presentChannel, presentMessage } from './present.ts'

/** The `conversations.*` methods. Which scope is needed depends on the kind of conversation. */
export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.info': { run: info },
  'conversations.list': { run: list },
  'conversations.history': { run: history },
  'conversations.replies': { run: replies },
  'conversations.members': { run: members },
  'conversations.open': { scopes: ['im:write'], run: open },
  'conversations.join': { scopes: ['channels:join'], run: join },
}

function readable({ context, args }: Call, right: 'read' | 'history'): LocalChannel {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  requireScope(context, `${scopeFamily(channel.kind)}:${right}`)
  return channel
}

function info(call: Call): Json {
  return { ok: true, channel: presentChannel(readable(call, 'read')) }
}

const kinds: Readonly<Record<string, LocalChannel['kind']>> = {
  public_channel: 'public',
  private_channel: 'private',
  im: 'im',
}

function list({ context, args }: Call): Json {
  const types = wordList(args, 'types')
  const wanted = (types.length === 0 ? ['public_channel'] : types).map((type) => {
    if (type !== 'mpim' && kinds[type] === undefined) throw new ApiError('invalid_types')
    return kinds[type]
  })
  for (const kind of wanted) if (kind !== undefined) requireScope(context, `${scopeFamily(kind)}:read`)
  const archivedToo = !optionalFlag(args, 'exclude_archived')
  const visible = [...context.workspace.channels.values()].filter(
    (channel) =>
      wanted.includes(channel.kind) &&
      (archivedToo || !channel.archived) &&
      (channel.kind === 'public' || channel.members.includes(WORKSPACE.botUser)),
  )
  const page = paged(visible, args, 100)
  return { ok: true, channels: page.items.map(presentChannel), response_metadata: { next_cursor: page.cursor } }
}

/** One page of a list; the cursor is opaque to the caller, empty on the last page. */
export function paged<T>(items: readonly T[], args: Json, standard: number): { items: readonly T[]; cursor: string } {
  const limit = boundedInteger(args, 'limit', standard, 1, 1000)
  const cursor = optionalString(args, 'cursor')
  const from = cursor === undefined ? 0 : Number(Buffer.from(cursor, 'base64').toString().replace('next:', ''))
  if (!Number.isInteger(from)) throw new ApiError('invalid_cursor')
  const more = from + limit < items.length
  return {
    items: items.slice(from, from + limit),
    cursor: more ? Buffer.from(`next:${from + limit}`).toString('base64') : '',
  }
}

function history(call: Call): Json {
  const { context, args } = call
  const channel = readable(call, 'history')
  requireMember(channel)
  const all = everyoneSees(context.workspace.messages.get(channel.id)).filter(
    (message) => (message.thread_ts === undefined || message.broadcast === true) && within(message, args),
  )
  return messagePage(call, all.toReversed())
}

function replies(call: Call): Json {
  const { context, args } = call
  const channel = readable(call, 'history')
  requireMember(channel)
  const parent = messageOf(context.workspace, channel.id, requiredString(args, 'ts'), 'thread_not_found')
  const root = parent.thread_ts ?? parent.ts
  const all = everyoneSees(context.workspace.messages.get(channel.id)).filter(
    (message) => message.ts === root || (message.thread_ts === root && within(message, args)),
  )
  return messagePage(call, all)
}

function messagePage({ context, args }: Call, messages: readonly LocalMessage[]): Json {
  const page = paged(messages, args, 100)
  return {
    ok: true,
    messages: page.items.map((message) => {
      const { metadata, ...shown } = presentMessage(context.workspace, message)
      // Slack gives metadata only to those who ask for it.
      return metadata !== undefined && optionalFlag(args, 'include_all_metadata') ? { ...shown, metadata } : shown
    }),
    has_more: page.cursor !== '',
    response_metadata: { next_cursor: page.cursor },
  }
}

function everyoneSees(messages: readonly LocalMessage[] = []): readonly LocalMessage[] {
  return messages.filter((message) => message.ephemeral_to === undefined)
}

function within(message: LocalMessage, args: Json): boolean {
  const [oldest, latest] = [optionalString(args, 'oldest'), optionalString(args, 'latest')]
  for (const bound of [oldest, latest]) {
    if (bound !== undefined && !Number.isFinite(Number(bound))) throw new ApiError('invalid_ts_oldest')
  }
  const at = Number(message.ts)
  const inclusive = optionalFlag(args, 'inclusive')
  const after = oldest === undefined || at > Number(oldest) || (inclusive && at === Number(oldest))
  const before = latest === undefined || at < Number(latest) || (inclusive && at === Number(latest))
  return after && before
}

function requireMember(channel: LocalChannel): void {
  if (!channel.members.includes(WORKSPACE.botUser)) throw new ApiError('not_in_channel')
}

function members(call: Call): Json {
  const page = paged(readable(call, 'read').members, call.args, 100)
  return { ok: true, members: page.items, response_metadata: { next_cursor: page.cursor } }
}

function open({ context, args }: Call): Json {
  const users = wordList(args, 'users')
  if (users.length !== 1) {
    if (users.length === 0) throw new ApiError('users_list_not_supplied')
    throw invalidArguments('this workspace has no group direct messages')
  }
  const user = userOf(context.workspace, users[0] ?? '')
  if (user.deleted) throw new ApiError('user_disabled')
  if (user.is_bot) throw new ApiError('cannot_dm_bot')
  const known = context.workspace.channels.has(`D0${user.id.slice(2)}`)
  return { ok: true, no_op: known, already_open: known, channel: { id: openIm(context.workspace, user.id).id } }
}

function join({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  if (channel.kind !== 'public') throw new ApiError('method_not_supported_for_channel_type')
  if (channel.archived) throw new ApiError('is_archived')
  const joined = { ...channel, members: [...new Set([...channel.members, WORKSPACE.botUser])] }
  context.workspace.channels.set(channel.id, joined)
  context.workspace.emit({ kind: 'channel', channel: joined })
  return { ok: true, channel: presentChannel(joined) }
}
