/** Why an image could not be pulled. `unsaid`: the message tells only that there is a back-off. */
export type PullProblem =
  | 'not-found'
  | 'unauthorized'
  | 'unreachable'
  | 'rate-limited'
  | 'invalid-name'
  | 'platform'
  | 'never'
  | 'disk-full'
  | 'unsaid'

const tests: readonly (readonly [PullProblem, RegExp])[] = [
  [
    'invalid-name',
    /InvalidImageName|couldn't parse image (?:reference|name)|invalid reference format|Failed to apply default image tag/i,
  ],
  ['never', /ErrImageNeverPull|not present with pull policy of Never/i],
  ['disk-full', /no space left on device|disk quota exceeded/i],
  [
    'rate-limited',
    /toomanyrequests|too many requests|\b429\b|pull rate limit|rate exceeded|reached your .{0,20}rate limit|pull QPS exceeded/i,
  ],
  [
    'platform',
    /no matching manifest for|no match for platform in manifest|no child with platform|does not match the specified platform|cannot be used on this platform|no image found in (?:image index|manifest list) for architecture|choosing image instance: no image found|image operating system/i,
  ],
  [
    'unreachable',
    /no such host|dial tcp|dial udp|i\/o timeout|TLS handshake|x509:|tls: |connection refused|connection reset|no route to host|network is unreachable|context deadline exceeded|Client\.Timeout|server misbehaving|Temporary failure in name resolution|proxyconnect|server gave HTTP response to HTTPS client|RegistryUnavailable|: EOF\b|unexpected EOF|net\/http: request canceled|operation timed out|connection timed out|pinging container registry [^:]+: (?:Get|Head)/i,
  ],
  [
    'unauthorized',
    /\b401\b|\b403\b|unauthorized|access denied|denied:|insufficient_scope|authentication required|no basic auth credentials|authorization failed|forbidden|failed to authorize|invalid username\/password|permission ".{1,80}" denied|may require authorization|credentials? (?:not|expired|are invalid)|ExpiredToken|authorization token has expired/i,
  ],
  [
    'not-found',
    /not found|manifest unknown|name unknown|name_unknown|manifest_unknown|does not exist|\b404\b|NotFound|repository name not known|no such image|invalid: tag/i,
  ],
  [
    'unreachable',
    /\b50[0234]\b|failed to do request|failed to resolve reference|failed to fetch|failed to copy|error pinging/i,
  ],
]

/**
 * Reads the error of a pull as kubelet, containerd, CRI-O and docker word it. What went wrong on the way counts before what the
 * registry answered, and a refusal before an absence, because registries hide what one may not see.
 */
export const pullProblem = (message: string): PullProblem =>
  tests.find(([, test]) => test.test(withoutNames(message)))?.[0] ?? 'unsaid'

// Quoted names and digests must not be taken for words or status codes.
const withoutNames = (message: string): string =>
  message
    .replace(/sha256:[0-9a-f]{12,64}/g, 'DIGEST')
    .replace(/image "[^"]{1,300}"|reference "[^"]{1,300}"/g, 'image')
    .replace(/^Back-off pulling image(?!.*(?:ErrImage|Failed)).*$/s, '')

/** The innermost cause of a pull error, without the chain that repeats the image at each step. */
export const pullReason = (message: string): string => {
  const parts = message
    .replace(/^(?:Failed to pull image|Back-off pulling image) "[^"]{1,300}":? ?/, '')
    .replace(/^(?:ErrImagePull: )?/, '')
    .replace(/rpc error: code = \w+ desc = /g, '')
    .replace(/failed to (?:pull and unpack image|resolve reference|copy|fetch) "?[^":\s]{1,300}(?::[\w.-]+)?"?: /g, '')
    .replace(/failed to resolve image "[^"]{1,300}": /g, '')
    // The query of a token's address is long, and what the registry answered stands behind it.
    .replace(/(https?:\/\/[^\s?"]{1,300})\?[^\s":]{1,500}/g, '$1')
  return parts.replace(/: unknown$/, '').trim()
}

/** The host of the registry that an image is pulled from: Docker Hub where the first part of the name is not a host. */
export const registryOf = (image: string): string => {
  const first = image.split('/')[0] ?? ''
  return image.includes('/') && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io'
}
