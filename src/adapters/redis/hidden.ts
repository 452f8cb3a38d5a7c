import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** A record with a request to a Secret: the plan of a Helm rollback holds the release's values. */
const isOfSecret = (text: string): boolean => /"\/api\/v1\/namespaces\/[^/"]+\/secrets\//.test(text)

const prefix = 'hidden:'
const keyFor = (key: Buffer): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', key, '', 'cluster-doctor hidden records', 32))

/** The text as it is stored: encrypted (AES-256-GCM) where it is of a Secret, so that who reads Redis does not read that. */
export const hidden = (key: Buffer, text: string): string => {
  if (!isOfSecret(text)) return text
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyFor(key), iv)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return `${prefix}${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`
}

/** The text of a stored record. Throws where it is hidden and was not hidden with this key. */
export const shown = (key: Buffer, stored: string): string => {
  if (!stored.startsWith(prefix)) return stored
  const bytes = Buffer.from(stored.slice(prefix.length), 'base64')
  const decipher = createDecipheriv('aes-256-gcm', keyFor(key), bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}
