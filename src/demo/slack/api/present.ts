import type { Json, LocalChannel, LocalMessage, LocalUserGroup, LocalView } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import type { Workspace } from '../workspace.ts'

/** A message in the form `conversations.history` and events carry; never for an ephemeral one. */
export function presentMessage(workspace: Workspace, message: LocalMessage): Json {
  const replies = message.thread_ts === undefined ? repliesOf(workspace, message) : []
  return {
    type: 'message',
    ...(message.subtype === undefined ? {} : { subtype: message.subtype }),
    user: message.user,
    ts: message.ts,
    ...(message.bot_id === undefined
      ? { client_msg_id: message.client_msg_id }
      : {
          bot_id: message.bot_id,
          app_id: message.app_id,
          bot_profile: { id: message.bot_id, name: 'Cluster Doctor' },
        }),
    text: message.text,
    team: workspace.users.get(message.user)?.team_id ?? WORKSPACE.teamId,
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.files.length > 0 ? { files: message.files } : {}),
    ...(message.edited === undefined ? {} : { edited: message.edited }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.thread_ts === undefined
      ? {}
      : { thread_ts: message.thread_ts, parent_user_id: parentUser(workspace, message) }),
    ...(replies.length > 0 ? threadSummary(message, replies) : {}),
    ...(message.reactions.length > 0
      ? { reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })) }
      : {}),
  }
}

function threadSummary(parent: LocalMessage, replies: readonly LocalMessage[]): Json {
  const users = [...new Set(replies.map((reply) => reply.user))]
  return {
    thread_ts: parent.ts,
    reply_count: replies.length,
    reply_users: users,
    reply_users_count: users.length,
    latest_reply: replies.at(-1)?.ts,
  }
}

function repliesOf(workspace: Workspace, parent: LocalMessage): readonly LocalMessage[] {
  return (workspace.messages.get(parent.channel) ?? []).filter(
    (message) => message.thread_ts === parent.ts && message.ephemeral_to === undefined,
  )
}

function parentUser(workspace: Workspace, reply: LocalMessage): string | undefined {
  return workspace.messages.get(reply.channel)?.find((message) => message.ts === reply.thread_ts)?.user
}

/** A conversation as `conversations.info` returns it to the bot. */
export function presentChannel(channel: LocalChannel): Json {
  const base = { id: channel.id, created: channel.created, is_archived: channel.archived, is_org_shared: false }
  if (channel.kind === 'im') return { ...base, is_im: true, user: channel.creator }
  return {
    ...base,
    name: channel.name,
    name_normalized: channel.name,
    creator: channel.creator,
    is_channel: channel.kind === 'public',
    is_group: channel.kind === 'private',
    is_im: false,
    is_mpim: false,
    is_private: channel.kind === 'private',
    is_general: channel.name === 'general',
    is_member: channel.members.includes(WORKSPACE.botUser),
    is_ext_shared: false,
    is_shared: false,
    topic: { value: channel.topic, creator: channel.creator, last_set: channel.created },
    purpose: { value: channel.purpose, creator: channel.creator, last_set: channel.created },
    num_members: channel.members.length,
  }
}

/** A view as `views.open` returns it and interaction payloads carry it. */
export function presentView(view: LocalView, state: Json = {}): Json {
  return {
    id: view.id,
    team_id: WORKSPACE.teamId,
    ...view.content,
    private_metadata: view.content['private_metadata'] ?? '',
    callback_id: view.content['callback_id'] ?? '',
    state: { values: state },
    hash: view.hash,
    root_view_id: view.root_view_id,
    previous_view_id: view.previous_view_id ?? null,
    app_id: WORKSPACE.appId,
    app_installed_team_id: WORKSPACE.teamId,
    external_id: view.content['external_id'] ?? '',
    bot_id: WORKSPACE.botId,
  }
}

/** A user group as `usergroups.list` returns it. */
export function presentUserGroup(group: LocalUserGroup, withUsers: boolean): Json {
  return {
    id: group.id,
    team_id: WORKSPACE.teamId,
    is_usergroup: true,
    is_external: false,
    name: group.name,
    handle: group.handle,
    description: group.description,
    date_delete: 0,
    user_count: group.users.length,
    ...(withUsers ? { users: group.users } : {}),
  }
}
