import { createHash, createHmac } from 'node:crypto'

/** What signs a request to an S3-compatible store. */
export type S3Keys = { readonly region: string; readonly accessKey: string; readonly secretKey: string }

const hash = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/**
 * The headers of a PUT with AWS Signature Version 4 (docs.aws.amazon.com, "Create a signed AWS API request"): the body's hash is
 * signed with it, so nothing else can be stored under its name. `at` is in ms.
 */
export const signedPut = (
  url: URL,
  body: string,
  headers: Readonly<Record<string, string>>,
  keys: S3Keys,
  at: number,
): Readonly<Record<string, string>> => {
  const time = new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const all: Record<string, string> = {
    ...headers,
    host: url.host,
    'x-amz-content-sha256': hash(body),
    'x-amz-date': time,
  }
  const names = Object.keys(all).sort()
  const signed = names.join(';')
  const canonical = [
    'PUT',
    url.pathname,
    '',
    ...names.map((name) => `${name}:${all[name]?.trim()}`),
    '',
    signed,
    hash(body),
  ]
  const scope = `${day}/${keys.region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(canonical.join('\n'))].join('\n')
  const key = ['s3', 'aws4_request'].reduce<Buffer>(hmac, hmac(hmac(`AWS4${keys.secretKey}`, day), keys.region))
  const signature = createHmac('sha256', key).update(text).digest('hex')
  const { host: _, ...sent } = all
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKey}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
  }
}
