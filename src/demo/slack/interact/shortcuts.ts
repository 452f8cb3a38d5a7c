import { presentMessage } from '../api/present.ts'
import { type Core, payloadBase, payloadChannelName } from '../core.ts'
import type { LocalUser } from '../model.ts'
import { type InteractionResult, interact, visibleMessage } from './actions.ts'

/** Uses a message shortcut from a message's menu. */
export async function messageShortcut(
  core: Core,
  user: LocalUser,
  callbackId: string,
  channelId: string,
  ts: string,
): Promise<InteractionResult> {
  const { app, workspace, triggers } = core.context
  const known = app.shortcuts.some((shortcut) => shortcut.type === 'message' && shortcut.callbackId === callbackId)
  if (!known) return { ok: false, error: 'shortcut_not_found' }
  const message = visibleMessage(core, user, { channel: channelId, ts })
  const channel = workspace.channels.get(channelId)
  if (message === undefined || channel === undefined || message.ephemeral_to !== undefined) {
    return { ok: false, error: 'message_not_found' }
  }
  return interact(core, {
    ...payloadBase('message_action', user),
    callback_id: callbackId,
    trigger_id: triggers.issue(user.id),
    response_url: core.responseUrls.issue({ user: user.id, channel: channelId, message: ts }),
    channel: { id: channelId, name: payloadChannelName(channel) },
    message_ts: ts,
    message: presentMessage(workspace, message),
  })
}
