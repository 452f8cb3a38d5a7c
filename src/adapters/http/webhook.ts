import { parseStrictJson, StrictJsonError } from '../../domain/strict-json.ts'
import { StoreUnavailable } from '../../ports.ts'
import type { HttpAnswer, HttpRequest, Route } from './listener.ts'

/** What became of a delivery that was genuine and well-formed. Ids are those of incidents, or of the delivery. */
export type Taken =
  | { readonly kind: 'accepted'; readonly ids: readonly string[] }
  /** On this disk, to be taken in as soon as that can be. Ids are those of the deliveries. */
  | { readonly kind: 'kept'; readonly ids: readonly string[] }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'invalid'; readonly field: string; readonly problem: string }
  | { readonly kind: 'conflict'; readonly problem: string }
  | { readonly kind: 'busy' }

/** The two halves of a webhook: authenticity over the bytes, then what to do with the parsed body. */
export type Webhook = {
  verify(headers: HttpRequest['headers'], body: Buffer): boolean
  /** Returns only when everything that `accepted` promises is stored. */
  take(payload: unknown, request: HttpRequest): Promise<Taken>
  /** A delivery that was turned away, for the record. */
  rejected(reason: string): void
}

/**
 * A webhook as a route: 415 for other content, 401 before anything is parsed, 400 with the field, 409 for a delivery id with
 * another body, 202 with ids once it is stored, 503 with Retry-After while the store is away and nothing can be kept here.
 */
export const webhookRoute = (webhook: Webhook): Route => ({
  method: 'POST',
  handle: async (request) => {
    if (!isJson(request.headers['content-type']))
      return { status: 415, body: { error: 'the content type must be application/json' } }
    if (!webhook.verify(request.headers, request.body)) {
      webhook.rejected('bad signature')
      return { status: 401, body: { error: 'the signature or token is missing or wrong' } }
    }
    const payload = parse(request.body)
    if (payload.kind === 'bad') return { status: 400, body: { error: `the body ${payload.why}`, field: 'body' } }
    try {
      return toAnswer(await webhook.take(payload.value, request))
    } catch (error) {
      if (error instanceof StoreUnavailable) return away
      throw error
    }
  },
})

const away: HttpAnswer = {
  status: 503,
  headers: { 'retry-after': '10' },
  body: { error: 'the store is not there; nothing was accepted, send it again' },
}

const toAnswer = (taken: Taken): HttpAnswer => {
  switch (taken.kind) {
    case 'accepted':
      return { status: 202, body: { id: taken.ids[0] ?? '', ids: taken.ids } }
    case 'kept':
      return { status: 202, body: { id: taken.ids[0] ?? '', ids: taken.ids, kept: true } }
    case 'ignored':
      return { status: 202, body: { ignored: taken.reason } }
    case 'invalid':
      return { status: 400, body: { error: `${taken.field}: ${taken.problem}`, field: taken.field } }
    case 'conflict':
      return { status: 409, body: { error: taken.problem } }
    case 'busy':
      return { ...away, headers: { 'retry-after': '2' }, body: { error: 'this delivery is being taken right now' } }
  }
}

const isJson = (type: string | undefined): boolean =>
  /^application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(type ?? '')

type ParsedBody = { readonly kind: 'ok'; readonly value: unknown } | { readonly kind: 'bad'; readonly why: string }

const parse = (body: Buffer): ParsedBody => {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    return { kind: 'ok', value: parseStrictJson(text) }
  } catch (error) {
    return { kind: 'bad', why: error instanceof StrictJsonError ? error.message : 'is not UTF-8' }
  }
}
