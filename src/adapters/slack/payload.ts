import { parseStrictJson } from '../../domain/strict-json.ts'

/** What Slack sent, as one object; or that it is only a check of the connection; or why it cannot be read. */
export type Payload =
  | { readonly kind: 'payload'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'check' }
  | { readonly kind: 'bad' }

/** Reads a signed body: events are JSON, commands are forms, interactions are a form with one JSON field. */
export const readPayload = (contentType: string | undefined, body: Buffer): Payload => {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase()
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    if (type === 'application/json') return objectOf(parseStrictJson(text))
    return type === 'application/x-www-form-urlencoded' ? readForm(text) : { kind: 'bad' }
  } catch {
    return { kind: 'bad' }
  }
}

const readForm = (text: string): Payload => {
  const params = [...new URLSearchParams(text)]
  const names = new Set(params.map(([name]) => name))
  // A field that is there twice could be read two ways.
  if (names.size !== params.length || params.length > 100) return { kind: 'bad' }
  if (names.has('ssl_check')) return { kind: 'check' }
  const form = Object.fromEntries(params.filter(([name]) => /^[a-z_]{1,60}$/.test(name) && name !== '__proto__'))
  const payload = form['payload']
  return payload === undefined ? objectOf(form) : objectOf(parseStrictJson(payload))
}

const objectOf = (value: unknown): Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { kind: 'payload', body: value as Record<string, unknown> }
    : { kind: 'bad' }
