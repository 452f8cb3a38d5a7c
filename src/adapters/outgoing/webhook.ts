import { createHmac } from 'node:crypto'
import type { Place } from '../../ports/places.ts'
import { ask, refusal } from './send.ts'

/**
 * A webhook of somebody's own: each state of an incident as JSON. `X-Doctor-Signature` is `v1=` and the hex HMAC-SHA256 of
 * `TIMESTAMP.BODY`, with the seconds of `X-Doctor-Timestamp`; `X-Doctor-Delivery` is equal when the same is sent again.
 */
export const outgoingWebhook = (config: { readonly url: string; readonly secret: string }): Place => ({
  tell: async (news, { signal }) => {
    const body = JSON.stringify(news)
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const signature = createHmac('sha256', config.secret).update(`${timestamp}.${body}`).digest('hex')
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'cluster-doctor',
      'x-doctor-delivery': news.id,
      'x-doctor-timestamp': timestamp,
      'x-doctor-signature': `v1=${signature}`,
    }
    const answer = await ask('the webhook', config.url, { method: 'POST', headers, body }, signal)
    return answer.status >= 200 && answer.status < 300 ? { kind: 'done' } : refusal('the webhook', answer)
  },
})
