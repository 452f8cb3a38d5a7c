import { setTimeout as sleep } from 'node:timers/promises'
import { slackChat } from '../adapters/slack/chat.ts'
import { type SlackSelf, slackClient, whoAmI } from '../adapters/slack/client.ts'
import { type Pace, slackErrorName } from '../adapters/slack/outbox.ts'
import type { SlackConfig } from '../config.ts'
import type { Log } from '../doctor/doctor.ts'
import { type Chat, type Store, StoreUnavailable } from '../ports.ts'

/** Slack, connected: who we are there, and the Chat port. `check` throws where Slack does not answer. */
export type ConnectedSlack = { readonly self: SlackSelf; readonly chat: Chat; check(): Promise<void> }

/** The bot token was refused: a mistake in the configuration, not an outage. */
export class SlackRefused extends Error {
  constructor(name: string) {
    super(`SLACK_BOT_TOKEN was refused by Slack: ${name}`)
    this.name = 'SlackRefused'
  }
}

/** Asks Slack who we are, a few times where it does not answer. Throws SlackRefused or StoreUnavailable with one line. */
export const connectSlack = async (
  config: SlackConfig,
  store: Store,
  log: Log,
  pace?: Pace,
): Promise<ConnectedSlack> => {
  const client = slackClient(config)
  const self = await patiently(() => whoAmI(client))
  const responseOrigins = [
    'https://hooks.slack.com',
    ...(config.apiUrl === undefined ? [] : [new URL(config.apiUrl).origin]),
  ]
  const chat = slackChat(client, store, {
    responseOrigins,
    ...(pace === undefined ? {} : { pace }),
    refused: (method, error) => log.error({ method, error }, 'slack refused the blocks of a message'),
  })
  return { self, chat, check: async () => void (await client.auth.test()) }
}

const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const name = slackErrorName(error)
      if (name !== undefined && name !== 'ratelimited') throw new SlackRefused(name)
      if (tries >= 4) throw new StoreUnavailable('Slack does not answer; is SLACK_API_URL right?', { cause: error })
      await sleep(500 * 2 ** tries)
    }
  }
}

/** The Chat of a process without Slack: there is no channel to write to, and whoever tries is told. */
export const noChat: Chat = {
  post: () => Promise.reject(new Error('Slack is not set up')),
  update: () => Promise.reject(new Error('Slack is not set up')),
  ephemeral: () => Promise.reject(new Error('Slack is not set up')),
  respond: () => Promise.reject(new Error('Slack is not set up')),
  permalink: async () => undefined,
  user: async () => ({ kind: 'unreadable', reason: 'not-configured', message: 'Slack is not set up' }),
  groupMembers: async () => ({ kind: 'unreadable', reason: 'not-configured', message: 'Slack is not set up' }),
  openView: () => Promise.reject(new Error('Slack is not set up')),
  publishHome: () => Promise.reject(new Error('Slack is not set up')),
}
