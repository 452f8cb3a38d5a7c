import type { LocalChannel, LocalMessage, LocalUser } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { findMessage, openIm, type Workspace } from '../workspace.ts'
import { ApiError } from './api-error.ts'

/** The conversation the bot may know of; a private one it is not in does not exist for it. */
export function channelOf(workspace: Workspace, id: string): LocalChannel {
  const channel = workspace.channels.get(id)
  if (channel === undefined) throw new ApiError('channel_not_found')
  const member = channel.members.includes(WORKSPACE.botUser)
  if (channel.kind !== 'public' && !member) throw new ApiError('channel_not_found')
  return channel
}

/** The conversation a message goes to: an id, `#name`, or a user id for a direct message. */
export function destinationOf(workspace: Workspace, target: string): LocalChannel {
  if (workspace.users.has(target)) return openIm(workspace, userOf(workspace, target).id)
  const name = target.replace(/^#/, '')
  const named = [...workspace.channels.values()].find((channel) => channel.kind !== 'im' && channel.name === name)
  return channelOf(workspace, named?.id ?? target)
}

/** Refuses to write where the bot is not a member or the conversation is archived. */
export function requireWritable(channel: LocalChannel): void {
  if (channel.archived) throw new ApiError('is_archived')
  if (!channel.members.includes(WORKSPACE.botUser)) throw new ApiError('not_in_channel')
}

/** A person by id, also a deleted one, as `users.info` shows. */
export function userOf(workspace: Workspace, id: string): LocalUser {
  const user = workspace.users.get(id)
  if (user === undefined) throw new ApiError('user_not_found')
  return user
}

/** A message everyone sees; ephemeral ones cannot be found again, exactly as in Slack. */
export function messageOf(workspace: Workspace, channel: string, ts: string, missing: string): LocalMessage {
  const message = findMessage(workspace, channel, ts)
  if (message === undefined || message.ephemeral_to !== undefined) throw new ApiError(missing)
  return message
}
