import { createHmac, timingSafeEqual } from 'node:crypto'

/** How far a request's time may be from ours, either way, in seconds. Slack's own library bounds only the past. */
const maxSkew = 300

/**
 * Whether Slack signed this request with our secret just now: a `v0=` signature in lower-case hex over exactly these bytes,
 * a timestamp of digits only, within five minutes either way. A header that was sent twice is not there.
 */
export const isFromSlack = (
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer,
  secret: string,
  nowMs: number,
): boolean => {
  const timestamp = headers['x-slack-request-timestamp'] ?? ''
  const signature = headers['x-slack-signature'] ?? ''
  if (secret === '' || !/^[1-9]\d{0,11}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) return false
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > maxSkew) return false
  const own = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest()
  return timingSafeEqual(own, Buffer.from(signature.slice(3), 'hex'))
}
