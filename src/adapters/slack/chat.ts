import type {
  ChatPostEphemeralArguments,
  ChatPostMessageArguments,
  ChatUpdateArguments,
  WebClient,
} from '@slack/web-api'
import type { Read } from '../../domain/coverage.ts'
import { redact } from '../../domain/redact.ts'
import type { Chat, ChatMessage, ChatUser, Store } from '../../ports.ts'
import { makeOutbox, mayHaveArrived, nothingToSend, type Pace, type Room, slackErrorName, slackPace } from './outbox.ts'
import { findPosted, type Mark, metadataOf, type Posted } from './posted.ts'
import { withoutSecrets } from './without-secrets.ts'

/** How long a key is remembered for the message that it was posted as, in seconds. */
const keepKeys = 30 * 86_400

/** How a message is posted, beyond its key. */
type How = Omit<NonNullable<Parameters<Chat['post']>[2]>, 'key'>

/** What is kept before a keyed message is sent: whoever finds it alone looks whether the message is there. */
type Begun = { readonly since: number }

/**
 * The Chat port on Slack's Web API. Posts and edits go through one paced queue for each channel; a message whose blocks
 * Slack refuses is sent as its text, so that nobody waits for an answer that never comes. `responseOrigins` are the only
 * places that a response URL may point to.
 */
export const slackChat = (
  client: WebClient,
  store: Store,
  options: {
    readonly responseOrigins: readonly string[]
    readonly pace?: Pace
    readonly refused?: (method: string, error: string) => void
  },
): Chat => {
  const outbox = makeOutbox(options.pace ?? slackPace, sharedRoom(store))
  const refused = options.refused ?? (() => undefined)

  const post = async (
    channel: string,
    message: ChatMessage,
    { thread, urgent = false, latest, mark }: How & { readonly mark?: Mark },
  ): Promise<Posted> => {
    const send = (body: ReturnType<typeof bodyOf>) =>
      client.chat.postMessage({
        channel,
        ...body,
        unfurl_links: false,
        unfurl_media: false,
        ...(thread === undefined ? {} : { thread_ts: thread }),
        ...(mark === undefined ? {} : { metadata: metadataOf(mark) }),
      } as ChatPostMessageArguments)
    let doubtful = mark?.doubtful === true
    const work = async () => {
      const there = doubtful && mark !== undefined ? await findPosted(client, channel, thread, mark) : undefined
      if (there !== undefined) return there
      try {
        return await orPlain(send, (await latest?.()) ?? message, 'chat.postMessage', refused)
      } catch (error) {
        doubtful ||= mayHaveArrived(error)
        throw error
      }
    }
    const answer = await outbox.send(channel, work, { urgent })
    if (answer.ts === undefined || answer.channel === undefined)
      throw new Error('Slack did not say where the message is')
    return { channel: answer.channel, ts: answer.ts }
  }

  return {
    post: async (channel, message, { key, ...how } = {}) => {
      if (key === undefined) return post(channel, message, how)
      const known = await store.get<Posted | Begun>('posted', key)
      if (known !== undefined && 'ts' in known.value) return known.value
      const since = known !== undefined && 'since' in known.value ? known.value.since : Date.now()
      if (known === undefined) await store.put<Begun>('posted', key, { since }, 0, keepKeys)
      const posted = await post(channel, message, { ...how, mark: { key, since, doubtful: known !== undefined } })
      await store.put<Posted>('posted', key, posted, known?.version ?? 1, keepKeys)
      return posted
    },
    update: async (channel, ts, message, { latest } = {}) => {
      const send = (body: ReturnType<typeof bodyOf>) =>
        client.chat.update({
          channel,
          ts,
          ...body,
          ...(body.blocks === undefined ? { blocks: [] } : {}),
        } as ChatUpdateArguments)
      const work = async () => {
        const now = latest === undefined ? message : await latest()
        return now === undefined ? nothingToSend : orPlain(send, now, 'chat.update', refused)
      }
      await outbox.send<unknown>(channel, work, { edit: `${channel}:${ts}`, patient: latest !== undefined })
    },
    ephemeral: async (channel, user, message, thread) => {
      const send = (body: ReturnType<typeof bodyOf>) =>
        client.chat.postEphemeral({
          channel,
          user,
          ...body,
          ...(thread === undefined ? {} : { thread_ts: thread }),
        } as ChatPostEphemeralArguments)
      // A person who pressed waits for this one; it is not among the messages that fill a channel.
      await outbox.send(`${channel}:${user}`, () => orPlain(send, message, 'chat.postEphemeral', refused))
    },
    respond: (url, message, respondOptions = {}) => respond(url, options.responseOrigins, message, respondOptions),
    permalink: async (channel, ts) =>
      (await client.chat.getPermalink({ channel, message_ts: ts }).catch(() => undefined))?.permalink,
    user: (id) => readUser(client, id),
    groupMembers: async (usergroup) => {
      try {
        const answer = await client.usergroups.users.list({ usergroup })
        if (!Array.isArray(answer.users)) return malformed('the members of the group')
        return { kind: 'ok', value: answer.users }
      } catch (error) {
        return slackErrorName(error) === 'no_such_subteam' ? { kind: 'absent' } : unreadable(error)
      }
    },
    openView: async (triggerId, view) => {
      await client.views.open({ trigger_id: triggerId, view: withoutSecrets(view) as never })
    },
    publishHome: async (user, view) => {
      await client.views.publish({ user_id: user, view: withoutSecrets(view) as never })
    },
  }
}

/** Replicas share what Slack takes: so many in each span of time. While the store is away each keeps its own pace. */
const sharedRoom =
  (store: Pick<Store, 'count'>): Room =>
  async (lane, { burst, everyMs }) => {
    const span = burst * everyMs
    const key = `turns-${lane}-${Math.floor(Date.now() / span)}`
    return store.count(key, Math.ceil(span / 1_000) + 1).then(
      (used) => used <= burst,
      () => true,
    )
  }

const maxText = 12_000

const bodyOf = (message: ChatMessage): { readonly text: string; readonly blocks?: readonly unknown[] } => ({
  text: redact(message.text).slice(0, maxText),
  ...(message.blocks === undefined ? {} : { blocks: withoutSecrets(message.blocks) }),
})

const aboutBlocks = new Set(['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long'])

const orPlain = async <T>(
  send: (body: ReturnType<typeof bodyOf>) => Promise<T>,
  message: ChatMessage,
  method: string,
  refused: (method: string, error: string) => void,
): Promise<T> => {
  try {
    return await send(bodyOf(message))
  } catch (error) {
    const name = slackErrorName(error)
    if (message.blocks === undefined || name === undefined || !aboutBlocks.has(name)) throw error
    refused(method, `${name} ${JSON.stringify((error as { data?: unknown }).data).slice(0, 500)}`)
    return send({ text: redact(message.text).slice(0, 3_500) })
  }
}

const respond = async (
  url: string,
  origins: readonly string[],
  message: ChatMessage,
  options: { readonly inChannel?: boolean; readonly replaceOriginal?: boolean },
): Promise<void> => {
  const origin = URL.canParse(url) ? new URL(url).origin : ''
  if (!origins.includes(origin)) throw new Error('a response URL that is not one of Slack’s')
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(5_000),
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({
      ...bodyOf(message),
      response_type: options.inChannel === true ? 'in_channel' : 'ephemeral',
      replace_original: options.replaceOriginal === true,
    }),
  })
  await response.text()
  if (!response.ok) throw new Error(`the response URL answered ${response.status}`)
}

const readUser = async (client: WebClient, id: string): Promise<Read<ChatUser>> => {
  if (!/^[UW][A-Z0-9]{2,20}$/.test(id)) return { kind: 'absent' }
  try {
    const { user } = await client.users.info({ user: id })
    if (user?.id === undefined || user.team_id === undefined) return malformed('the user')
    const email = user.profile?.email
    const stranger = (user as { is_stranger?: unknown }).is_stranger === true
    return {
      kind: 'ok',
      value: {
        id: user.id,
        name: user.profile?.display_name || user.real_name || user.name || user.id,
        ...(email === undefined ? {} : { email }),
        deleted: user.deleted === true,
        bot: user.is_bot === true || user.id === 'USLACKBOT',
        guest: user.is_restricted === true || user.is_ultra_restricted === true,
        stranger,
        team: user.team_id,
      },
    }
  } catch (error) {
    const name = slackErrorName(error)
    return name === 'user_not_found' || name === 'user_not_visible' ? { kind: 'absent' } : unreadable(error)
  }
}

const malformed = (what: string) =>
  ({
    kind: 'unreadable',
    reason: 'malformed',
    message: `Slack's answer about ${what} has not the expected shape`,
  }) as const

const unreadable = (error: unknown) => {
  const name = slackErrorName(error)
  const reason = name === 'missing_scope' || name === 'not_allowed_token_type' ? 'forbidden' : 'unreachable'
  return { kind: 'unreadable', reason, message: name ?? (error instanceof Error ? error.message : 'unknown') } as const
}
