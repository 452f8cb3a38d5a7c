import { App } from '@slack/bolt'
import type { SlackHandlers } from '../../domain/chat-input.ts'
import type { Store } from '../../ports.ts'
import type { Route } from '../http/listener.ts'
import { clientOptions, quiet, type SlackAccess, type SlackSelf } from './client.ts'
import { listen } from './listeners.ts'
import { httpReceiver, type ReceiverHooks } from './receiver.ts'
import { socketReceiver } from './socket.ts'

/** A connected Slack app: `route` is there in HTTP mode. */
export type SlackApp = { readonly route?: Route; start(): Promise<void>; stop(): Promise<void> }

/** Bolt over our listener or over Socket Mode, with every listener of ours. */
export const slackApp = (
  access: SlackAccess & { readonly signingSecret?: string; readonly appToken?: string },
  self: SlackSelf,
  store: Store,
  handlers: SlackHandlers,
  hooks: ReceiverHooks,
): SlackApp => {
  const http = access.appToken === undefined ? httpReceiver(access.signingSecret ?? '', store, self, hooks) : undefined
  const receiver = http ?? socketReceiver(access.appToken ?? '', access, store, self, hooks)
  const app = new App({
    receiver,
    // Slack was asked at the start; asking again before each first event would make it wait.
    authorize: async () => ({
      botToken: access.botToken,
      botId: self.botId,
      botUserId: self.botUser,
      teamId: self.team,
    }),
    clientOptions: clientOptions(access),
    convoStore: false,
    logger: quiet,
  })
  listen(app, self, handlers, hooks.fault)
  return {
    ...(http === undefined ? {} : { route: http.route }),
    start: async () => {
      await receiver.start()
    },
    stop: async () => {
      await receiver.stop().catch(() => undefined)
    },
  }
}
