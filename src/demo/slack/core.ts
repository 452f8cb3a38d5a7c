import type { ApiContext } from './api/context.ts'
import { presentMessage } from './api/present.ts'
import type { Delivery } from './deliver/delivery.ts'
import type { Events } from './deliver/events.ts'
import type { ResponseUrls } from './deliver/response-urls.ts'
import type { InputValues } from './input-state.ts'
import type { Json, LocalChannel, LocalMessage, LocalUser } from './model.ts'
import { WORKSPACE } from './seed.ts'
import type { Workspace } from './workspace.ts'

/** Everything that acting as a person needs: the workspace and the ways to the app. */
export type Core = {
  readonly context: ApiContext
  readonly delivery: Delivery
  readonly events: Events
  readonly responseUrls: ResponseUrls
  /** What each person filled in, by `messageKey` or view id. */
  readonly inputs: Map<string, InputValues>
}

/** Slack's word for the kind of conversation, as events carry it. */
export function channelType(channel: LocalChannel): 'channel' | 'group' | 'im' {
  return channel.kind === 'public' ? 'channel' : channel.kind === 'private' ? 'group' : 'im'
}

/** The event that tells an app about a message; nothing where it is not a member or did not subscribe. */
export function messageEvent(
  context: Pick<ApiContext, 'app' | 'workspace'>,
  change: 'posted' | 'changed' | 'deleted',
  message: LocalMessage,
  before?: LocalMessage,
): Json | undefined {
  const channel = context.workspace.channels.get(message.channel)
  if (channel === undefined || message.ephemeral_to !== undefined) return undefined
  const kind = channelType(channel)
  if (!context.app.events.has(`message.${kind === 'im' ? 'im' : `${kind}s`}`)) return undefined
  if (!channel.members.includes(WORKSPACE.botUser)) return undefined
  const where = { channel: channel.id, channel_type: kind }
  const shown = presentMessage(context.workspace, message)
  const now = context.workspace.nextTs()
  if (change === 'posted') return { ...shown, ...where, event_ts: message.ts }
  const hidden = { type: 'message', hidden: true, ts: now, event_ts: now, ...where }
  if (change === 'deleted') {
    return { ...hidden, subtype: 'message_deleted', deleted_ts: message.ts, previous_message: shown }
  }
  const previous = before === undefined ? {} : { previous_message: presentMessage(context.workspace, before) }
  return { ...hidden, subtype: 'message_changed', message: shown, ...previous }
}

/** The person in the form interaction payloads carry. */
export function payloadUser(user: LocalUser): Json {
  return { id: user.id, username: user.name, name: user.name, team_id: user.team_id }
}

/** Fields every interaction payload starts with. */
export function payloadBase(type: string, user: LocalUser): Json {
  return {
    type,
    user: payloadUser(user),
    api_app_id: WORKSPACE.appId,
    token: 'local-verification-token',
    team: { id: WORKSPACE.teamId, domain: WORKSPACE.teamDomain },
    enterprise: null,
    is_enterprise_install: false,
  }
}

/** The name a command or button payload gives a conversation. */
export function payloadChannelName(channel: LocalChannel): string {
  return channel.kind === 'im' ? 'directmessage' : channel.kind === 'private' ? 'privategroup' : channel.name
}

/** Under which key a person's inputs of a message are kept. */
export function messageKey(channel: string, ts: string, user: string): string {
  return `${channel}:${ts}:${user}`
}

/** A line from Slack itself that only this person sees. */
export function slackbotNote(
  workspace: Workspace,
  channel: string,
  user: string,
  text: string,
  thread?: string,
): LocalMessage {
  return {
    ts: workspace.nextTs(),
    channel,
    user: WORKSPACE.slackbot,
    text,
    blocks: [],
    attachments: [],
    reactions: [],
    files: [],
    ephemeral_to: user,
    ...(thread === undefined ? {} : { thread_ts: thread }),
  }
}
