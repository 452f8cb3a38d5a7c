import { parseImageName } from './image-name.ts'
import type { PushedImage } from './pipeline.ts'

/** What of a run says which image it made. */
export type Builder = {
  readonly headSha?: string
  readonly branch?: string
  readonly pushed?: readonly PushedImage[]
}

/** By what an image and a run belong together: the very bytes, the commit in the tag, or a tag that was built as such. */
export type BuiltBy = 'digest' | 'commit' | 'tag'

const hex = /(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])/g

/**
 * Whether a run made an image: by its digest, by its commit in the tag (at least seven digits of it), or by a tag that the run
 * pushed or was started for. Undefined where nothing says so; that both are recent proves nothing.
 */
export const builtBy = (image: string, { headSha, branch, pushed = [] }: Builder): BuiltBy | undefined => {
  const { name, tag, digest } = parseImageName(image) ?? {}
  if (digest !== undefined) return pushed.some((one) => one.digest === digest) ? 'digest' : byCommit(tag, headSha)
  if (tag === undefined || name === undefined) return undefined
  const same = pushed.some((one) => one.tag === tag && (one.image === undefined || one.image === name))
  if (same) return 'tag'
  const commit = byCommit(tag, headSha)
  if (commit !== undefined) return commit
  // A release is built for its tag: `v1.4.2` makes the image `1.4.2`. The name of a branch says nothing about which build.
  const release = /^v?\d+\.\d+(?:\.\d+)?(?:[-+.][\w.-]+)?$/
  return branch !== undefined && release.test(branch) && branch.replace(/^v/, '') === tag.replace(/^v/, '')
    ? 'tag'
    : undefined
}

const byCommit = (tag: string | undefined, sha: string | undefined): BuiltBy | undefined =>
  tag !== undefined &&
  sha !== undefined &&
  [...tag.matchAll(hex)].some(([part]) => /\d/.test(part) && sha.startsWith(part))
    ? 'commit'
    : undefined
