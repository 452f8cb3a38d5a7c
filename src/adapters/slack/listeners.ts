import type { App, BlockAction } from '@slack/bolt'
import type { Press, Said, SlackHandlers } from '../../domain/chat-input.ts'
import { StoreUnavailable } from '../../ports.ts'
import type { SlackSelf } from './client.ts'
import { awaySentence } from './receiver.ts'

/** Our name in a message that is not a mention; a thread of an incident is full of talk that is not for us. */
const addressed = /^(?:\/?doctor|cluster-doctor)[\s,:]+/i

/** Registers everything the app hears. Each listener acks at once; what takes long is only enqueued. */
export const listen = (app: App, self: SlackSelf, handlers: SlackHandlers, fault: (error: unknown) => void): void => {
  hearCommands(app, handlers)
  hearMessages(app, self, handlers)
  hearButtons(app, handlers, fault)
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab === 'home') void handlers.home(event.user).catch(fault)
  })
  app.error(async (error) => {
    fault(error)
    // Bolt would swallow it; the receiver must know, so that Slack sends the event again.
    throw error
  })
}

const hearCommands = (app: App, handlers: SlackHandlers): void => {
  app.command('/doctor', async ({ command, ack }) => {
    const said: Said = {
      text: command.text ?? '',
      user: { id: command.user_id, name: command.user_name },
      channel: command.channel_id,
      responseUrl: command.response_url,
    }
    const answer = await handlers.said(said).catch((error: unknown) => {
      if (error instanceof StoreUnavailable) return awaySentence
      throw error
    })
    await ack(answer === undefined ? undefined : { response_type: 'ephemeral', text: answer })
  })
}

const hearMessages = (app: App, self: SlackSelf, handlers: SlackHandlers): void => {
  const mention = `<@${self.botUser}>`
  app.event('app_mention', async ({ event }) => {
    if (event.user === undefined || event.bot_id !== undefined) return
    await handlers.said({
      text: event.text.replace(mention, ' ').trim(),
      user: { id: event.user, name: event.user },
      channel: event.channel,
      thread: event.thread_ts ?? event.ts,
      ts: event.ts,
    })
  })
  app.event('message', async ({ event }) => {
    // Edits, deletions, joins and bots' words have a subtype or a bot id; none of them is a person asking.
    if (event.subtype !== undefined || event.bot_id !== undefined) return
    const { text = '', user, channel, ts, thread_ts: thread } = event
    const direct = event.channel_type === 'im'
    // In a channel a mention comes as its own event as well.
    if (user === undefined || (!direct && text.includes(mention))) return
    if (!direct && (thread === undefined || !addressed.test(text))) return
    await handlers.said({
      text: text.replace(mention, ' ').trim().replace(addressed, '').trim(),
      user: { id: user, name: user },
      channel,
      thread: thread ?? ts,
      ts,
    })
  })
}

const hearButtons = (app: App, handlers: SlackHandlers, fault: (error: unknown) => void): void => {
  app.action({ type: 'block_actions' }, async ({ ack, body }) => {
    await ack()
    const press = pressOf(body)
    if (press !== undefined) await handlers.pressed(press).catch(fault)
  })
  app.view(/^doctor\./, async ({ ack, view, body }) => {
    await ack()
    const values = Object.entries(view.state.values).flatMap(([block, inputs]) => {
      const value = Object.values(inputs)[0]?.value
      return typeof value === 'string' ? [[block, value] as const] : []
    })
    await handlers
      .submitted({
        view: view.callback_id,
        metadata: view.private_metadata,
        values: Object.fromEntries(values),
        user: { id: body.user.id, name: body.user.name ?? body.user.id },
      })
      .catch(fault)
  })
}

/** The press, where it is of a button of ours on a message of a channel; a button in a modal or a link is nothing to do. */
const pressOf = (body: BlockAction): Press | undefined => {
  const action = body.actions[0]
  const { channel, message, container } = body
  if (action?.type !== 'button' || /^doctor\.link(?:\.|$)/.test(action.action_id) || channel === undefined)
    return undefined
  const ts = message?.ts ?? (container as { message_ts?: string })['message_ts']
  if (ts === undefined) return undefined
  const thread = (message as { thread_ts?: string } | undefined)?.thread_ts
  return {
    action: action.action_id,
    value: action.value ?? '',
    user: { id: body.user.id, name: (body.user as { name?: string; username?: string }).name ?? body.user.id },
    channel: channel.id,
    message: ts,
    ...(thread === undefined ? {} : { thread }),
    ...(body.trigger_id === undefined ? {} : { trigger: body.trigger_id }),
  }
}
