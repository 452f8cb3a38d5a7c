import { createHmac, randomUUID } from 'node:crypto'
import { type Happened, personReference, wireEvent } from './model.ts'

/** Where webhooks go and with which secret they are signed. */
export type Subscription = { readonly url: string; readonly secret: string }

/** One webhook and what became of it. */
export type WebhookRecord = { readonly id: string; readonly event: string; readonly statuses: number[] }

/** Pauses before the second and later tries, in ms; PagerDuty gives up after a while, and so does this. */
const pauses = [500, 1_000, 2_000, 4_000, 8_000, 16_000]

/** Delivers V3 webhooks one after the other, as signed bytes; a 5xx or no answer is tried again with the same event id. */
export type Deliveries = {
  readonly sent: readonly WebhookRecord[]
  send(happened: Happened, at: string): void
  to(subscription: Subscription): void
  close(): void
}

/** Deliveries with nowhere to go yet; `origin` is where the links in them lead. */
export const createDeliveries = (origin: () => string): Deliveries => {
  const sent: WebhookRecord[] = []
  const stop = new AbortController()
  let subscription: Subscription | undefined
  let queue = Promise.resolve()
  return {
    sent,
    to: (next) => {
      subscription = next
    },
    send: (happened, at) => {
      const target = subscription
      if (target === undefined) return
      const record: WebhookRecord = { id: randomUUID(), event: `incident.${happened.type}`, statuses: [] }
      sent.push(record)
      const body = JSON.stringify({ event: eventOf(record, happened, at, origin()) })
      queue = queue.then(() => deliver(target, record, body, stop.signal))
    },
    close: () => stop.abort(),
  }
}

const eventOf = (record: WebhookRecord, happened: Happened, at: string, origin: string) => ({
  id: record.id,
  event_type: record.event,
  resource_type: 'incident',
  occurred_at: at,
  agent: personReference(happened.by),
  client: null,
  data: wireEvent(happened, origin),
})

const deliver = async (
  target: Subscription,
  record: WebhookRecord,
  body: string,
  signal: AbortSignal,
): Promise<void> => {
  const signature = createHmac('sha256', target.secret).update(body).digest('hex')
  for (const pause of [0, ...pauses]) {
    if (pause > 0) await quiet(pause, signal)
    if (signal.aborted) return
    const status = await post(target.url, body, `v1=${signature}`, signal)
    record.statuses.push(status)
    if (status < 500 && status !== 0 && status !== 429) return
  }
}

/** The answer's status; 0 where nobody answered within PagerDuty's five seconds. */
const post = async (url: string, body: string, signature: string, signal: AbortSignal): Promise<number> => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'PagerDuty-Webhook/V3.0',
        'x-pagerduty-signature': signature,
        'x-webhook-subscription': 'PWEBHK1',
      },
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return 0
  }
}

const quiet = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    timer.unref()
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
