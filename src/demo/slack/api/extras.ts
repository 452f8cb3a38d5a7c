import type { Json, LocalFile, LocalMessage } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { newId, putMessage } from '../workspace.ts'
import { ApiError, invalidArguments } from './api-error.ts'
import { boundedInteger, objectList, optionalString, requiredString } from './arguments.ts'
import { post, threadOf } from './chat.ts'
import { checkedBlocks } from './content.ts'
import type { ApiContext, Call, Method } from './context.ts'
import { channelOf, destinationOf, messageOf, requireWritable } from './lookup.ts'

/** Reactions, pins, bookmarks and file uploads. */
export const extraMethods: Readonly<Record<string, Method>> = {
  'reactions.add': { scopes: ['reactions:write'], run: (call) => react(call, true) },
  'reactions.remove': { scopes: ['reactions:write'], run: (call) => react(call, false) },
  'pins.add': { scopes: ['pins:write'], run: pin },
  'bookmarks.add': { scopes: ['bookmarks:write'], run: addBookmark },
  'bookmarks.edit': { scopes: ['bookmarks:write'], run: editBookmark },
  'bookmarks.remove': { scopes: ['bookmarks:write'], run: removeBookmark },
  'bookmarks.list': { scopes: ['bookmarks:read'], run: listBookmarks },
  'files.getUploadURLExternal': { scopes: ['files:write'], run: uploadUrl },
  'files.completeUploadExternal': { scopes: ['files:write'], run: completeUpload },
}

function react({ context, args }: Call, add: boolean): Json {
  const name = requiredString(args, 'name').replaceAll(':', '')
  if (!/^[a-z0-9_+'-]+(::skin-tone-[2-6])?$/.test(name)) throw new ApiError('invalid_name')
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  requireWritable(channel)
  const message = messageOf(context.workspace, channel.id, requiredString(args, 'timestamp'), 'message_not_found')
  const mine = message.reactions.find((each) => each.name === name)?.users.includes(WORKSPACE.botUser) ?? false
  if (add && mine) throw new ApiError('already_reacted')
  if (!add && !mine) throw new ApiError('no_reaction')
  putMessage(context.workspace, withReaction(message, name, WORKSPACE.botUser, add))
  return { ok: true }
}

/** The message with a person's reaction added or taken away. */
export function withReaction(message: LocalMessage, name: string, user: string, add: boolean): LocalMessage {
  const others = message.reactions.find((each) => each.name === name)?.users.filter((each) => each !== user) ?? []
  const users = add ? [...others, user] : others
  const known = message.reactions.some((each) => each.name === name)
  const reactions = known
    ? message.reactions.map((each) => (each.name === name ? { name, users } : each))
    : [...message.reactions, { name, users }]
  return { ...message, reactions: reactions.filter((each) => each.users.length > 0) }
}

function pin({ context, args }: Call): Json {
  const channel = channelOf(context.workspace, requiredString(args, 'channel'))
  requireWritable(channel)
  const message = messageOf(context.workspace, channel.id, requiredString(args, 'timestamp'), 'message_not_found')
  const pins = context.workspace.pins.get(channel.id) ?? []
  if (pins.includes(message.ts)) throw new ApiError('already_pinned')
  context.workspace.pins.set(channel.id, [...pins, message.ts])
  context.workspace.emit({ kind: 'pins', channel: channel.id, pins: [...pins, message.ts] })
  return { ok: true }
}

function keepBookmarks(context: ApiContext, channel: string, bookmarks: Json[]): void {
  context.workspace.bookmarks.set(channel, bookmarks)
  context.workspace.emit({ kind: 'bookmarks', channel, bookmarks })
}

function bookmarksOf({ context, args }: Call): { readonly channel: string; readonly bookmarks: readonly Json[] } {
  const channel = channelOf(context.workspace, requiredString(args, 'channel_id'))
  requireWritable(channel)
  return { channel: channel.id, bookmarks: context.workspace.bookmarks.get(channel.id) ?? [] }
}

function addBookmark(call: Call): Json {
  const { channel, bookmarks } = bookmarksOf(call)
  if (requiredString(call.args, 'type') !== 'link') throw new ApiError('invalid_bookmark_type')
  if (bookmarks.length >= 100) throw new ApiError('too_many_bookmarks')
  const link = requiredString(call.args, 'link')
  if (!/^https?:\/\//.test(link)) throw new ApiError('invalid_link')
  const emoji = optionalString(call.args, 'emoji')
  const bookmark = {
    id: newId('Bk'),
    channel_id: channel,
    title: requiredString(call.args, 'title'),
    link,
    type: 'link',
    ...(emoji === undefined ? {} : { emoji }),
  }
  keepBookmarks(call.context, channel, [...bookmarks, bookmark])
  return { ok: true, bookmark }
}

function editBookmark(call: Call): Json {
  const { channel, bookmarks } = bookmarksOf(call)
  const id = requiredString(call.args, 'bookmark_id')
  const found = bookmarks.find((bookmark) => bookmark['id'] === id)
  if (found === undefined) throw new ApiError('bookmark_not_found')
  const [title, link] = [optionalString(call.args, 'title'), optionalString(call.args, 'link')]
  const bookmark = { ...found, ...(title === undefined ? {} : { title }), ...(link === undefined ? {} : { link }) }
  const next = bookmarks.map((each) => (each === found ? bookmark : each))
  keepBookmarks(call.context, channel, next)
  return { ok: true, bookmark }
}

function removeBookmark(call: Call): Json {
  const { channel, bookmarks } = bookmarksOf(call)
  const id = requiredString(call.args, 'bookmark_id')
  const next = bookmarks.filter((bookmark) => bookmark['id'] !== id)
  if (next.length === bookmarks.length) throw new ApiError('bookmark_not_found')
  keepBookmarks(call.context, channel, next)
  return { ok: true }
}

function listBookmarks(call: Call): Json {
  return { ok: true, bookmarks: bookmarksOf(call).bookmarks }
}

const types: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
}

function uploadUrl({ context, args }: Call): Json {
  const name = requiredString(args, 'filename')
  const size = boundedInteger(args, 'length', 0, 1, 1_000_000_000)
  if (size === 0) throw invalidArguments('missing required field: length')
  const id = newId('F')
  const extension = name.split('.').at(-1)?.toLowerCase() ?? ''
  const file: LocalFile = {
    id,
    name,
    title: name,
    mimetype: types[extension] ?? 'application/octet-stream',
    size,
    url_private: `${context.origin()}/files/${id}/${encodeURIComponent(name)}`,
  }
  context.workspace.files.set(id, { file, bytes: new Uint8Array() })
  return { ok: true, upload_url: `${context.origin()}/upload/${id}`, file_id: id }
}

function completeUpload({ context, args }: Call): Json {
  const asked = objectList(args, 'files', 'invalid_arguments')
  if (asked.length === 0) throw invalidArguments('missing required field: files')
  const files = asked.map((each) => {
    const known = context.workspace.files.get(String(each['id']))
    if (known === undefined || known.bytes.length === 0) throw new ApiError('file_not_found')
    return { ...known.file, title: optionalString(each, 'title') ?? known.file.title }
  })
  const target = optionalString(args, 'channel_id') ?? optionalString(args, 'channels')
  if (target !== undefined) shareFiles(context, target, files, args)
  return { ok: true, files }
}

function shareFiles(context: ApiContext, target: string, files: readonly LocalFile[], args: Json): void {
  const channel = destinationOf(context.workspace, target)
  requireWritable(channel)
  const text = optionalString(args, 'initial_comment') ?? ''
  const blocks = text === '' ? checkedBlocks(objectList(args, 'blocks', 'invalid_blocks_format')) : []
  const message = post(context, channel.id, { text, blocks, attachments: [] }, threadOf(context, channel.id, args))
  putMessage(context.workspace, { ...message, files, subtype: 'file_share' })
}
