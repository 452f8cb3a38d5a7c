import type { App, Receiver, ReceiverEvent } from '@slack/bolt'
import type { Store } from '../../ports.ts'
import type { HttpAnswer, HttpRequest, Route } from '../http/listener.ts'
import type { SlackSelf } from './client.ts'
import { admit } from './gate.ts'
import { readPayload } from './payload.ts'
import { isFromSlack } from './verify.ts'

/** What receivers are told about, and what they say to a person while the store is away. */
export type ReceiverHooks = {
  readonly acked: (entry: string, ms: number) => void
  readonly rejected: (reason: string) => void
  readonly fault: (error: unknown) => void
}

/** Said to the person who typed or pressed while nothing can be remembered. */
export const awaySentence =
  'My memory (Redis) is away, so nothing was recorded or done. Please try again in a minute; alerts are kept by their senders.'

/** Slack gives up on an ack after 3 s. */
const ackWithin = 2_900

/** Bolt's receiver over our own listener: strict signatures, each request once, and the ack as the HTTP answer. */
export type HttpReceiver = Receiver & { readonly route: Route }

/** The HTTP receiver. 401 for what Slack did not sign, 400 for what cannot be read, 403 for another app or workspace. */
export const httpReceiver = (secret: string, store: Store, self: SlackSelf, hooks: ReceiverHooks): HttpReceiver => {
  let app: App | undefined
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    if (!isFromSlack(request.headers, request.body, secret, Date.now())) {
      hooks.rejected('bad signature')
      return { status: 401 }
    }
    const payload = readPayload(request.headers['content-type'], request.body)
    if (payload.kind === 'check') return { status: 200 }
    if (payload.kind === 'bad') return { status: 400 }
    const { body } = payload
    if (body['type'] === 'url_verification') return challenge(body['challenge'])
    if (app === undefined || !knownShape(body)) return { status: 400 }
    return takeIn(app, store, self, body, request, hooks)
  }
  return {
    route: { method: 'POST', handle },
    init: (bolt) => {
      app = bolt
    },
    start: async () => undefined,
    stop: async () => undefined,
  }
}

const challenge = (value: unknown): HttpAnswer =>
  typeof value === 'string' && value.length <= 1_024 ? { status: 200, body: value } : { status: 400 }

// Bolt takes what is there for an object, so a place that is null would be a fault of ours.
const knownShape = (body: Readonly<Record<string, unknown>>): boolean =>
  (typeof body['command'] === 'string' || typeof body['type'] === 'string') &&
  ['channel', 'user', 'message', 'view'].every((part) => body[part] !== null)

const takeIn = async (
  app: App,
  store: Store,
  self: SlackSelf,
  body: Readonly<Record<string, unknown>>,
  request: HttpRequest,
  hooks: ReceiverHooks,
): Promise<HttpAnswer> => {
  const admission = await admit(store, self, body)
  if (admission.kind === 'foreign') {
    hooks.rejected('another app or workspace')
    return { status: 403 }
  }
  if (admission.kind === 'duplicate') return { status: 200 }
  if (admission.kind === 'store-away') return degraded(body)
  const retry = Number(request.headers['x-slack-retry-num'])
  const entry = typeof body['command'] === 'string' ? 'command' : String(body['type'])
  const answer = await dispatch(app, body, Number.isInteger(retry) ? retry : undefined, hooks)
  hooks.acked(entry, Date.now() - request.at)
  if (answer.status >= 500) await admission.release()
  return answer
}

/** Runs Bolt on one request; resolves with the ack as soon as a listener gave it. */
const dispatch = (
  app: App,
  body: Readonly<Record<string, unknown>>,
  retryNum: number | undefined,
  hooks: ReceiverHooks,
): Promise<HttpAnswer> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ status: 503, headers: { 'retry-after': '5' } }), ackWithin)
    const isEvent = body['type'] === 'event_callback'
    const ack = async (response?: unknown) => {
      // Bolt acks events before its listeners ran; ours enqueue, and only what is enqueued may be acked.
      if (isEvent) return
      clearTimeout(timer)
      resolve(response === undefined || response === '' ? { status: 200 } : { status: 200, body: response as string })
    }
    const event: ReceiverEvent = { body, ack, ...(retryNum === undefined ? {} : { retryNum }) }
    app.processEvent(event).then(
      () => {
        clearTimeout(timer)
        // A listener that wanted it would have acked by now, so this is nothing that we know.
        resolve({ status: isEvent ? 200 : 404 })
      },
      (error: unknown) => {
        clearTimeout(timer)
        hooks.fault(error)
        resolve({ status: 500 })
      },
    )
  })

/** Commands can be told at once; events come again by themselves; buttons are told through their response URL. */
const degraded = async (body: Readonly<Record<string, unknown>>): Promise<HttpAnswer> => {
  if (typeof body['command'] === 'string')
    return { status: 200, body: { response_type: 'ephemeral', text: awaySentence } }
  if (body['type'] === 'event_callback') return { status: 503, headers: { 'retry-after': '10' } }
  const url = body['response_url']
  if (typeof url === 'string')
    fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(3_000),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text: awaySentence }),
    }).catch(() => undefined)
  return { status: 200 }
}
