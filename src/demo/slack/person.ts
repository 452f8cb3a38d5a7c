import { withReaction } from './api/extras.ts'
import { presentView } from './api/present.ts'
import { withIds } from './blocks/identify.ts'
import type { Core } from './core.ts'
import type { AppReply } from './deliver/delivery.ts'
import type { RawValue } from './input-state.ts'
import { type InteractionResult, press, pressInView, suggest } from './interact/actions.ts'
import { type CommandResult, runCommand } from './interact/commands.ts'
import { closeView, type SubmitResult, submit } from './interact/modals.ts'
import { messageShortcut } from './interact/shortcuts.ts'
import { mangle, typedBlocks } from './mangle.ts'
import type { Json, LocalChannel, LocalMessage, LocalUser } from './model.ts'
import { WORKSPACE } from './seed.ts'
import { findMessage, openIm, putMessage } from './workspace.ts'

/** Why the client would not even let a person do this. */
export type ClientRefusal = { readonly ok: false; readonly error: string }

/** A message that was said, or why it could not be. */
export type SayResult =
  | { readonly ok: true; readonly message: LocalMessage; readonly delivered: readonly AppReply[] }
  | ClientRefusal

/** What a person can do in the workspace; each goes to the app exactly as Slack sends it. */
export type Person = {
  /** Types a slash command into a channel's composer. Threads have no commands. */
  command(text: string, channel: string): Promise<CommandResult>
  /** Posts text as typed; it reaches the app mangled as Slack mangles it. Resolves after the app got its first chance. */
  say(text: string, channel: string, threadTs?: string): Promise<SayResult>
  /** The same with the bot mentioned in front. */
  mention(text: string, channel: string, threadTs?: string): Promise<SayResult>
  /** Presses a button or picks from a menu of a message. `value` chooses the option, or among buttons with one action id. */
  press(messageTs: string, channel: string, actionId: string, value?: RawValue): Promise<InteractionResult>
  /** The same inside a modal or the Home tab. */
  pressInView(viewId: string, actionId: string, value?: RawValue): Promise<InteractionResult>
  /** Asks the app for the options of an external menu. */
  suggest(
    where: { readonly view: string } | { readonly channel: string; readonly ts: string },
    actionId: string,
    query: string,
  ): Promise<InteractionResult>
  /** Submits the top modal; values by action id or block id. */
  submit(viewId: string, values: Readonly<Record<string, RawValue>>): Promise<SubmitResult>
  /** Closes a modal with its close button. */
  close(viewId: string): Promise<InteractionResult>
  openHome(tab?: 'home' | 'messages'): Promise<void>
  react(messageTs: string, channel: string, name: string): Promise<void>
  messageShortcut(callbackId: string, channel: string, messageTs: string): Promise<InteractionResult>
  /** Presses the native Stop button of a working agent session. */
  stopAgent(channel: string, threadTs: string): Promise<void>
}

/** Acts as a user. Throws where the id is not of this workspace. */
export function actAs(core: Core, userId: string): Person {
  const user = core.context.workspace.users.get(userId)
  if (user === undefined) throw new Error(`no such user: ${userId}`)
  return {
    command: (text, channel) => runCommand(core, user, text, channel),
    say: (text, channel, threadTs) => say(core, user, text, channel, threadTs),
    mention: (text, channel, threadTs) => say(core, user, `<@${WORKSPACE.botUser}> ${text}`, channel, threadTs),
    press: (ts, channel, actionId, value) => press(core, user, { channel, ts }, actionId, value),
    pressInView: (viewId, actionId, value) => pressInView(core, user, viewId, actionId, value),
    suggest: (where, actionId, query) => suggest(core, user, where, actionId, query),
    submit: (viewId, values) => submit(core, user, viewId, values),
    close: (viewId) => closeView(core, user, viewId),
    openHome: (tab = 'home') => openHome(core, user, tab),
    react: (ts, channel, name) => react(core, user, ts, channel, name),
    messageShortcut: (callbackId, channel, ts) => messageShortcut(core, user, callbackId, channel, ts),
    stopAgent: (channel, threadTs) => stopAgent(core, user, channel, threadTs),
  }
}

/** The conversation a person may write in, or why not. */
function writable(core: Core, user: LocalUser, id: string): LocalChannel | ClientRefusal {
  const { workspace } = core.context
  const channel = id === WORKSPACE.botUser ? openIm(workspace, user.id) : workspace.channels.get(id)
  if (user.deleted) return { ok: false, error: 'account_inactive' }
  if (channel === undefined || (channel.kind !== 'public' && !channel.members.includes(user.id))) {
    return { ok: false, error: 'channel_not_found' }
  }
  if (channel.archived) return { ok: false, error: 'is_archived' }
  if (!channel.members.includes(user.id)) return { ok: false, error: 'not_in_channel' }
  if (channel.kind === 'im' && !core.context.app.messagesTab) return { ok: false, error: 'messages_tab_disabled' }
  return channel
}

async function say(
  core: Core,
  user: LocalUser,
  typed: string,
  channelId: string,
  threadTs?: string,
): Promise<SayResult> {
  const { workspace, app } = core.context
  const channel = writable(core, user, channelId)
  if ('ok' in channel) return channel
  if (typed.trim() === '') return { ok: false, error: 'no_text' }
  const parent = threadTs === undefined ? undefined : findMessage(workspace, channel.id, threadTs)
  if (threadTs !== undefined && parent === undefined) return { ok: false, error: 'thread_not_found' }
  const text = mangle(workspace, typed, { link: true })
  const message = putMessage(workspace, {
    ts: workspace.nextTs(),
    channel: channel.id,
    user: user.id,
    text,
    blocks: withIds(typedBlocks(text)),
    attachments: [],
    reactions: [],
    files: [],
    client_msg_id: crypto.randomUUID(),
    ...(parent === undefined ? {} : { thread_ts: parent.thread_ts ?? parent.ts }),
  })
  const heard = core.context.announce('posted', message)
  const member = channel.members.includes(WORKSPACE.botUser)
  const mentions = member && mentionsBot(text) && app.events.has('app_mention') && channel.kind !== 'im'
  const delivered = await Promise.all([heard, mentions ? core.events.send(mentionEvent(message)) : undefined])
  return { ok: true, message, delivered: delivered.filter((reply) => reply !== undefined) }
}

function mentionsBot(text: string): boolean {
  return new RegExp(`<@${WORKSPACE.botUser}(\\|[^>]*)?>`).test(text)
}

function mentionEvent(message: LocalMessage): Json {
  return {
    type: 'app_mention',
    user: message.user,
    text: message.text,
    ts: message.ts,
    channel: message.channel,
    client_msg_id: message.client_msg_id,
    team: WORKSPACE.teamId,
    blocks: message.blocks,
    ...(message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts }),
    event_ts: message.ts,
  }
}

async function openHome(core: Core, user: LocalUser, tab: 'home' | 'messages'): Promise<void> {
  const { workspace, app } = core.context
  if (!app.events.has('app_home_opened')) return
  const view = workspace.homes.get(user.id)
  await core.events.send({
    type: 'app_home_opened',
    user: user.id,
    channel: openIm(workspace, user.id).id,
    tab,
    event_ts: workspace.nextTs(),
    ...(view === undefined || tab !== 'home' ? {} : { view: presentView(view) }),
  })
}

async function react(core: Core, user: LocalUser, ts: string, channel: string, name: string): Promise<void> {
  const { workspace, app } = core.context
  const message = findMessage(workspace, channel, ts)
  if (message === undefined) return
  const had = message.reactions.find((each) => each.name === name)?.users.includes(user.id) ?? false
  putMessage(workspace, withReaction(message, name, user.id, !had))
  const type = had ? 'reaction_removed' : 'reaction_added'
  if (!app.events.has(type) || message.ephemeral_to !== undefined) return
  await core.events.send({
    type,
    user: user.id,
    reaction: name,
    item_user: message.user,
    item: { type: 'message', channel, ts },
    event_ts: workspace.nextTs(),
  })
}

async function stopAgent(core: Core, user: LocalUser, channel: string, threadTs: string): Promise<void> {
  const { workspace, app } = core.context
  if (!app.events.has('agent_session_stopped')) return
  const streaming = (workspace.messages.get(channel) ?? []).filter(
    (message) => message.thread_ts === threadTs && message.stream === 'active',
  )
  await core.events.send({
    type: 'agent_session_stopped',
    channel,
    user: user.id,
    thread_ts: threadTs,
    streaming_message_ts: streaming.map((message) => message.ts),
    event_ts: workspace.nextTs(),
  })
}
