import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** The HMAC-SHA256 of a body in lower-case hex. */
export const hmac = (secret: string, body: Uint8Array): string =>
  createHmac('sha256', secret).update(body).digest('hex')

/** Compares two texts in constant time, whatever their lengths. */
export const equalText = (a: string, b: string): boolean =>
  timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())

/** Whether an Authorization header is `Bearer` with exactly this token. An empty token never is. */
export const bearerIs = (header: string | undefined, token: string): boolean =>
  token !== '' && header !== undefined && /^bearer /i.test(header) && equalText(header.slice(7), token)
