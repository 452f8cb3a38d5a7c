import { ApiError } from '../api/api-error.ts'
import { isObject } from '../api/arguments.ts'
import { type Core, payloadChannelName, slackbotNote } from '../core.ts'
import { failureCode } from '../deliver/delivery.ts'
import { mangle } from '../mangle.ts'
import type { Json, LocalMessage, LocalUser } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { putMessage } from '../workspace.ts'

/** What became of a slash command: the message its acknowledgement carried, or Slack's error as the person reads it. */
export type CommandResult =
  | { readonly ok: true; readonly reply?: LocalMessage }
  | { readonly ok: false; readonly error: string; readonly shown: string }

/** Runs a slash command typed into a channel, with the three-second deadline for the answer. */
export async function runCommand(
  core: Core,
  user: LocalUser,
  typed: string,
  channelId: string,
): Promise<CommandResult> {
  const { workspace, app } = core.context
  const [, word = '', rest = ''] = /^(\/\S*)\s*([\s\S]*)$/.exec(typed.trim()) ?? []
  const channel = workspace.channels.get(channelId)
  if (channel === undefined || !channel.members.includes(user.id)) {
    return { ok: false, error: 'channel_not_found', shown: 'You are not in this conversation.' }
  }
  const command = app.commands.find((each) => each.command === word)
  if (command === undefined) {
    return fail(core, user, channelId, 'unknown_command', `${word} is not a valid command.`)
  }
  if (user.deleted) return { ok: false, error: 'account_inactive', shown: 'This account is deactivated.' }
  const origin = { user: user.id, channel: channelId }
  const reply = await core.delivery.send({
    kind: 'slash_commands',
    body: {
      token: 'local-verification-token',
      team_id: WORKSPACE.teamId,
      team_domain: WORKSPACE.teamDomain,
      channel_id: channelId,
      channel_name: payloadChannelName(channel),
      user_id: user.id,
      user_name: user.name,
      command: word,
      text: mangle(workspace, rest.trim(), { link: command.shouldEscape }),
      api_app_id: WORKSPACE.appId,
      is_enterprise_install: 'false',
      response_url: core.responseUrls.issue(origin),
      trigger_id: core.context.triggers.issue(user.id),
    },
  })
  const code = failureCode(reply)
  if (code !== undefined) return fail(core, user, channelId, code, `${word} failed with the error "${code}"`)
  return acknowledge(core, user, channelId, word, reply.kind === 'ack' ? reply.body : '')
}

function acknowledge(core: Core, user: LocalUser, channel: string, word: string, body: unknown): CommandResult {
  const content: Json | undefined = isObject(body)
    ? body
    : typeof body === 'string' && body !== ''
      ? { text: body }
      : undefined
  if (content === undefined || Object.keys(content).length === 0) return { ok: true }
  try {
    const message = core.responseUrls.respond({ user: user.id, channel }, content)
    return message === undefined ? { ok: true } : { ok: true, reply: message }
  } catch (error) {
    if (error instanceof ApiError) {
      return fail(core, user, channel, error.code, `${word} failed with the error "${error.code}"`)
    }
    throw error
  }
}

function fail(core: Core, user: LocalUser, channel: string, error: string, shown: string): CommandResult {
  putMessage(core.context.workspace, slackbotNote(core.context.workspace, channel, user.id, shown))
  return { ok: false, error, shown }
}
