import { type App, type Receiver, SocketModeReceiver } from '@slack/bolt'
import type { Store } from '../../ports.ts'
import { clientOptions, quiet, type SlackAccess, type SlackSelf } from './client.ts'
import { admit } from './gate.ts'
import { awaySentence, type ReceiverHooks } from './receiver.ts'

/** Bolt's Socket Mode receiver behind the same gate as HTTP: our app and workspace only, each request once. */
export const socketReceiver = (
  appToken: string,
  access: Pick<SlackAccess, 'apiUrl'>,
  store: Store,
  self: SlackSelf,
  hooks: ReceiverHooks,
): Receiver => {
  const { logger: _, logLevel: __, ...options } = clientOptions(access)
  const inner = new SocketModeReceiver({ appToken, logger: quiet, installerOptions: { clientOptions: options } })
  return {
    init: (app) => inner.init(gated(app, store, self, hooks)),
    start: () => inner.start(),
    stop: () => inner.stop(),
  }
}

/** The same app, whose events pass the gate first. */
const gated = (app: App, store: Store, self: SlackSelf, hooks: ReceiverHooks): App => {
  const processEvent: App['processEvent'] = async (event) => {
    const begin = Date.now()
    const admission = await admit(store, self, event.body)
    if (admission.kind === 'foreign') {
      hooks.rejected('another app or workspace')
      return event.ack()
    }
    if (admission.kind === 'duplicate') return event.ack()
    const command = typeof event.body['command'] === 'string'
    if (admission.kind === 'store-away') {
      // Without an ack Slack sends an event again; a person is told at once.
      return command ? event.ack({ response_type: 'ephemeral', text: awaySentence }) : undefined
    }
    const isEvent = event.body['type'] === 'event_callback'
    const ack: typeof event.ack = async (response) => {
      if (isEvent) return
      hooks.acked(command ? 'command' : String(event.body['type']), Date.now() - begin)
      await event.ack(response)
    }
    try {
      await app.processEvent({ ...event, ack })
      // Bolt acks events before its listeners ran; ours enqueue, and only what is enqueued may be acked.
      if (isEvent) await event.ack()
    } catch (error) {
      hooks.fault(error)
      await admission.release()
      throw error
    }
  }
  return new Proxy(app, {
    get: (target, name) => (name === 'processEvent' ? processEvent : Reflect.get(target, name, target)),
  })
}
