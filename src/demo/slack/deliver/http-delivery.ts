import { createHmac } from 'node:crypto'
import type { Json } from '../model.ts'
import type { AppReply, AppRequest, Delivery } from './delivery.ts'

/** Where and how to reach an app over HTTP. `ackMs` is Slack's patience: 3,000. */
export type HttpTarget = {
  readonly url: string
  readonly signingSecret: string
  readonly ackMs: number
}

/** Slack's v0 signature over a body: `v0=` and the hex HMAC-SHA256 of `v0:timestamp:body`. */
export function signBody(signingSecret: string, timestamp: number, body: string): string {
  return `v0=${createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')}`
}

/** Sends signed requests to the app's one URL, each with the acknowledgement deadline. */
export function httpDelivery(target: HttpTarget): Delivery {
  return { send: (request) => post(target, ...encode(request), request.retry) }
}

/** Proves that the URL belongs to an app that knows the challenge, as Slack does when the URL is saved. Returns what is wrong, or nothing. */
export async function verifyUrl(target: HttpTarget): Promise<string | undefined> {
  const challenge = crypto.randomUUID()
  const body = JSON.stringify({ token: 'local-verification-token', challenge, type: 'url_verification' })
  const reply = await post(target, 'application/json', body)
  if (reply.kind !== 'ack') return `the app did not answer the challenge (${reply.kind})`
  const answer = reply.body
  const returned = typeof answer === 'object' && answer !== null ? (answer as Json)['challenge'] : answer
  return returned === challenge ? undefined : 'the app did not return the challenge'
}

/** Like `httpDelivery`, for an app that may start later: the URL is verified before the first request that reaches it. */
export function verifiedDelivery(target: HttpTarget): Delivery {
  const delivery = httpDelivery(target)
  let verified = false
  return {
    async send(request) {
      const wrong = verified ? undefined : await verifyUrl(target)
      if (wrong !== undefined) return { kind: 'unreachable', reason: wrong }
      verified = true
      return delivery.send(request)
    },
  }
}

function encode(request: AppRequest): [type: string, body: string] {
  switch (request.kind) {
    case 'events_api':
      return ['application/json', JSON.stringify(request.body)]
    case 'interactive':
      return ['application/x-www-form-urlencoded', form({ payload: JSON.stringify(request.body) })]
    case 'slash_commands':
      return ['application/x-www-form-urlencoded', form(request.body)]
  }
}

function form(fields: Json): string {
  const pairs = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
  return new URLSearchParams(pairs).toString()
}

async function post(target: HttpTarget, type: string, body: string, retry?: AppRequest['retry']): Promise<AppReply> {
  const timestamp = Math.floor(Date.now() / 1000)
  const headers: Record<string, string> = {
    'content-type': type,
    'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
    'x-slack-request-timestamp': String(timestamp),
    'x-slack-signature': signBody(target.signingSecret, timestamp, body),
  }
  if (retry !== undefined) {
    headers['x-slack-retry-num'] = String(retry.num)
    headers['x-slack-retry-reason'] = retry.reason
  }
  try {
    const signal = AbortSignal.timeout(target.ackMs)
    const response = await fetch(target.url, { method: 'POST', headers, body, redirect: 'error', signal })
    const text = await response.text()
    if (!response.ok) {
      const noRetry = response.headers.get('x-slack-no-retry') === '1'
      return { kind: 'http-error', status: response.status, noRetry }
    }
    return { kind: 'ack', body: readAck(text) }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') return { kind: 'timeout' }
    return { kind: 'unreachable', reason: String(error instanceof Error ? (error.cause ?? error) : error) }
  }
}

function readAck(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A command may be acknowledged with bare words.
    return text
  }
}
