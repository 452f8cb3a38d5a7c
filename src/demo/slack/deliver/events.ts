import type { Json } from '../model.ts'
import { WORKSPACE } from '../seed.ts'
import { newId } from '../workspace.ts'
import { type AppReply, type Delivery, retryReason } from './delivery.ts'

/** Sends Events API events, again where the app did not take them. */
export type Events = {
  /** Sends an event; resolves with the answer to the first attempt. Retries go on behind it. */
  send(event: Json): Promise<AppReply>
  /** Events sent so far, retries included. */
  readonly sent: readonly { readonly event: Json; readonly retry: number; readonly reply: AppReply }[]
  close(): void
}

/** Delays before the three retries, in ms. Slack: nearly at once, after a minute, after five. */
export const slackRetryDelays: readonly number[] = [1000, 60_000, 300_000]

/** Events over a delivery. Events keep their `event_id` through all retries, which is what an app dedupes by. */
export function createEvents(delivery: Delivery, delays: readonly number[] = slackRetryDelays): Events {
  const sent: { event: Json; retry: number; reply: AppReply }[] = []
  const timers = new Set<NodeJS.Timeout>()

  const attempt = async (body: Json, retry: number, reason: string): Promise<AppReply> => {
    const again = retry > 0 ? { retry: { num: retry, reason } } : {}
    const reply = await delivery.send({ kind: 'events_api', body, ...again })
    sent.push({ event: body['event'] as Json, retry, reply })
    const refusesRetry = reply.kind === 'http-error' && reply.noRetry
    const delay = delays[retry]
    if (reply.kind !== 'ack' && !refusesRetry && delay !== undefined) {
      const timer = setTimeout(() => {
        timers.delete(timer)
        void attempt(body, retry + 1, retryReason(reply))
      }, delay)
      timer.unref()
      timers.add(timer)
    }
    return reply
  }

  return {
    sent,
    send: (event) => attempt(envelope(event), 0, ''),
    close() {
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

function envelope(event: Json): Json {
  return {
    token: 'local-verification-token',
    team_id: WORKSPACE.teamId,
    api_app_id: WORKSPACE.appId,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: WORKSPACE.teamId,
        user_id: WORKSPACE.botUser,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
    event_context: newId('4-'),
  }
}
