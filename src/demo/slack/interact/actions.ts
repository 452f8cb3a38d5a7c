import { isObject } from '../api/arguments.ts'
import { presentChannel, presentMessage, presentView } from '../api/present.ts'
import { interactiveElements, type Placed } from '../blocks/identify.ts'
import { type Core, messageKey, payloadBase, payloadChannelName } from '../core.ts'
import { failureCode } from '../deliver/delivery.ts'
import { type InputValues, initialValues, type RawValue, slackValue, withValue } from '../input-state.ts'
import type { Json, LocalMessage, LocalUser, LocalView } from '../model.ts'
import { findMessage } from '../workspace.ts'

/** How an interaction went: taken by the app, with the body of its acknowledgement, or why not. */
export type InteractionResult =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly error: string }

/** A message, by where it stands. */
export type MessagePlace = { readonly channel: string; readonly ts: string }

/** Sends an interaction payload and waits three seconds for the acknowledgement. */
export async function interact(core: Core, body: Json): Promise<InteractionResult> {
  if (!core.context.app.interactivity) return { ok: false, error: 'interactivity_not_enabled' }
  const reply = await core.delivery.send({ kind: 'interactive', body })
  const code = failureCode(reply)
  if (code !== undefined) return { ok: false, error: code }
  return { ok: true, body: reply.kind === 'ack' ? reply.body : undefined }
}

/** The message as this person sees it, or nothing where they do not see it. */
export function visibleMessage(core: Core, user: LocalUser, place: MessagePlace): LocalMessage | undefined {
  const channel = core.context.workspace.channels.get(place.channel)
  const message = findMessage(core.context.workspace, place.channel, place.ts)
  if (message === undefined || channel?.members.includes(user.id) !== true) return undefined
  return message.ephemeral_to === undefined || message.ephemeral_to === user.id ? message : undefined
}

function findPlaced(
  blocks: readonly Json[],
  actionId: string,
  value: RawValue | undefined,
  user: LocalUser,
): Placed | undefined {
  const all = interactiveElements(blocks).filter(({ element }) => {
    const only = element['visible_to_user_ids']
    return element['action_id'] === actionId && (!Array.isArray(only) || only.includes(user.id))
  })
  const exact = all.find(({ element }) => value !== undefined && element['value'] === value)
  if (exact !== undefined) return exact
  return value === undefined || all[0]?.element['type'] !== 'button' ? all[0] : undefined
}

/** The `actions` entry for an element that was pressed or changed; nothing where the choice is not on offer. */
function actionOf(core: Core, placed: Placed, value: RawValue | undefined): Json | undefined {
  const { element, blockId } = placed
  const base = {
    action_id: element['action_id'],
    block_id: blockId,
    type: element['type'],
    action_ts: core.context.workspace.nextTs(),
  }
  switch (element['type']) {
    case 'button':
    case 'icon_button':
    case 'workflow_button':
      return { ...base, text: element['text'], ...pick(element, 'value'), ...pick(element, 'style') }
    case 'feedback_buttons': {
      const options = [element['positive_button'], element['negative_button']].filter(isObject)
      const chosen = options.find((option) => option['value'] === value)
      return chosen === undefined ? undefined : { ...base, text: chosen['text'], value }
    }
    default: {
      const chosen = slackValue(element, value)
      if (value !== null && chosen['selected_option'] === null) return undefined
      return { ...base, ...chosen }
    }
  }
}

function pick(element: Json, name: string): Json {
  return element[name] === undefined ? {} : { [name]: element[name] }
}

function remember(
  core: Core,
  key: string,
  blocks: readonly Json[],
  placed: Placed,
  raw: RawValue | undefined,
): InputValues {
  const before = core.inputs.get(key) ?? initialValues(blocks)
  const known = before[placed.blockId]?.[String(placed.element['action_id'])] !== undefined
  const after = known && raw !== undefined ? withValue(before, placed, raw) : before
  core.inputs.set(key, after)
  return after
}

/** Presses a button or changes a menu of a message. */
export async function press(
  core: Core,
  user: LocalUser,
  place: MessagePlace,
  actionId: string,
  value?: RawValue,
): Promise<InteractionResult> {
  const message = visibleMessage(core, user, place)
  if (message === undefined) return { ok: false, error: 'message_not_found' }
  const attached = message.attachments.flatMap((each) =>
    Array.isArray(each['blocks']) ? (each['blocks'] as Json[]) : [],
  )
  const blocks = [...message.blocks, ...attached]
  const placed = findPlaced(blocks, actionId, value, user)
  const action = placed === undefined ? undefined : actionOf(core, placed, value)
  if (placed === undefined || action === undefined) return { ok: false, error: 'action_not_found' }
  const values = remember(core, messageKey(place.channel, place.ts, user.id), blocks, placed, value)
  return interact(core, { ...messagePayload(core, user, message), state: { values }, actions: [action] })
}

/** The payload of an interaction with a message, without the actions. An ephemeral one carries no `message`. */
function messagePayload(core: Core, user: LocalUser, message: LocalMessage): Json {
  const { workspace, triggers } = core.context
  const channel = workspace.channels.get(message.channel)
  const hidden = message.ephemeral_to !== undefined
  const thread = message.thread_ts
  return {
    ...payloadBase('block_actions', user),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: hidden,
      ...(thread === undefined ? {} : { thread_ts: thread }),
    },
    trigger_id: triggers.issue(user.id),
    channel: { id: message.channel, name: channel === undefined ? '' : payloadChannelName(channel) },
    ...(hidden ? {} : { message: presentMessage(workspace, message) }),
    response_url: core.responseUrls.issue({
      user: user.id,
      channel: message.channel,
      message: message.ts,
      ...(thread === undefined ? {} : { thread }),
    }),
  }
}

/** The modal or Home tab with this id, if this person has it open. */
export function openView(core: Core, user: LocalUser, viewId: string): LocalView | undefined {
  const home = core.context.workspace.homes.get(user.id)
  const view = home?.id === viewId ? home : core.context.workspace.views.get(viewId)
  return view?.user === user.id ? view : undefined
}

/** The blocks of a view. */
export function viewBlocks(view: LocalView): readonly Json[] {
  return Array.isArray(view.content['blocks']) ? (view.content['blocks'] as Json[]) : []
}

/** Presses a button or changes a menu of a view. */
export async function pressInView(
  core: Core,
  user: LocalUser,
  viewId: string,
  actionId: string,
  value?: RawValue,
): Promise<InteractionResult> {
  const view = openView(core, user, viewId)
  if (view === undefined) return { ok: false, error: 'view_not_found' }
  const blocks = viewBlocks(view)
  const placed = findPlaced(blocks, actionId, value, user)
  const action = placed === undefined ? undefined : actionOf(core, placed, value)
  if (placed === undefined || action === undefined) return { ok: false, error: 'action_not_found' }
  const values = remember(core, view.id, blocks, placed, value)
  // An input only tells the app about changes when it was asked to.
  if (placed.block['type'] === 'input' && placed.block['dispatch_action'] !== true) return { ok: true, body: '' }
  return interact(core, {
    ...payloadBase('block_actions', user),
    container: { type: 'view', view_id: view.id },
    trigger_id: core.context.triggers.issue(user.id),
    view: presentView(view, values),
    actions: [action],
  })
}

/** Asks the app for the options of an external menu; the body holds `options` or `option_groups`. */
export async function suggest(
  core: Core,
  user: LocalUser,
  where: { readonly view: string } | MessagePlace,
  actionId: string,
  query: string,
): Promise<InteractionResult> {
  const view = 'view' in where ? openView(core, user, where.view) : undefined
  const message = 'view' in where ? undefined : visibleMessage(core, user, where)
  const placed = findPlaced(view === undefined ? (message?.blocks ?? []) : viewBlocks(view), actionId, undefined, user)
  if (placed === undefined) return { ok: false, error: 'action_not_found' }
  const channel = message === undefined ? undefined : core.context.workspace.channels.get(message.channel)
  return interact(core, {
    ...payloadBase('block_suggestion', user),
    container:
      view === undefined
        ? { type: 'message', message_ts: message?.ts, channel_id: message?.channel }
        : { type: 'view', view_id: view.id },
    action_id: actionId,
    block_id: placed.blockId,
    value: query,
    ...(view === undefined ? {} : { view: presentView(view, core.inputs.get(view.id) ?? {}) }),
    ...(message === undefined ? {} : { message: presentMessage(core.context.workspace, message) }),
    ...(channel === undefined ? {} : { channel: presentChannel(channel) }),
  })
}
