import { createHash } from 'node:crypto'
import type { Behaviour } from './behaviour.ts'
import { fullName, repositoryOf } from './behaviour.ts'

/** Why an image cannot be pulled, in containerd's words; undefined when it can. */
export function pullError(image: string, behaviour: Behaviour): string | undefined {
  const full = fullName(image)
  const repository = repositoryOf(full)
  const host = full.split('/')[0] ?? ''
  const path = repository.slice(host.length + 1)
  const tag = full.split(':').at(-1) ?? 'latest'
  const manifest = `https://${host === 'docker.io' ? 'registry-1.docker.io' : host}/v2/${path}/manifests/${tag}`
  const failed = `failed to pull and unpack image "${full}": failed to resolve reference "${full}"`
  switch (behaviour.pull ?? 'ok') {
    case 'ok':
      return undefined
    case 'not-found':
      return `rpc error: code = NotFound desc = failed to pull and unpack image "${full}": failed to resolve reference "${full}": ${full}: not found`
    case 'unauthorized':
      return `${failed}: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`
    case 'rate-limited':
      return `${failed}: unexpected status from HEAD request to ${manifest}: 429 Too Many Requests\ntoomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`
    case 'unreachable':
      return `${failed}: failed to do request: Head "${manifest}": dial tcp 198.51.100.24:443: i/o timeout`
    case 'unknown-host':
      return `${failed}: failed to do request: Head "${manifest}": dial tcp: lookup ${host} on 169.254.169.253:53: no such host`
    case 'wrong-platform':
      return `rpc error: code = NotFound desc = failed to pull and unpack image "${full}": no match for platform in manifest: not found`
  }
}

/** Is this a name that an image can have? */
export function isImageName(image: string): boolean {
  return (
    /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:[0-9]+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[a-f0-9]{64})?$/i.test(
      image,
    ) && !/[A-Z]/.test(repositoryOf(image).split('/').slice(1).join('/'))
  )
}

/** The digest an image resolves to: always the same for the same name. */
export function imageId(image: string): string {
  return `${repositoryOf(fullName(image))}@sha256:${createHash('sha256').update(image).digest('hex')}`
}

/** The size the runtime reports. */
export function imageSize(image: string): number {
  return 20_000_000 + (createHash('sha256').update(image).digest().readUInt32BE(0) % 180_000_000)
}
