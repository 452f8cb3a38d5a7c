import { describe, expect, it } from 'vitest'
import { builtBy } from '../../src/domain/built-by.ts'

const headSha = '9f31c2e8d19f31c2e8d19f31c2e8d19f31c2e8d1'
const digest = `sha256:${'b'.repeat(64)}`
const image = 'ghcr.io/acme/checkout'

describe('builtBy', () => {
  it.each([
    ['the short commit', `${image}:9f31c2e`, { headSha }, 'commit'],
    ['the whole commit', `${image}:${headSha}`, { headSha }, 'commit'],
    ['with a word before', `${image}:main-9f31c2e8`, { headSha }, 'commit'],
    ['as the metadata action writes it', `${image}:sha-9f31c2e`, { headSha }, 'commit'],
    ['in a version', `${image}:1.4.0-9f31c2e.3`, { headSha }, 'commit'],
    ['the digest that was pushed', `${image}@${digest}`, { headSha, pushed: [{ digest }] }, 'digest'],
    ['tag and digest', `${image}:1.4@${digest}`, { pushed: [{ tag: '1.4', digest }] }, 'digest'],
    ['the tag that was pushed', `${image}:1.4`, { pushed: [{ image, tag: '1.4', digest }] }, 'tag'],
    ['a release', `${image}:1.4.2`, { headSha, branch: 'v1.4.2' }, 'tag'],
    ['another commit', `${image}:1234567`, { headSha }, undefined],
    ['six digits are too few', `${image}:9f31c2`, { headSha }, undefined],
    ['part of a longer word', `${image}:x9f31c2e`, { headSha }, undefined],
    [
      'the tag of another image',
      `${image}:1.4`,
      { pushed: [{ image: 'ghcr.io/acme/cart', tag: '1.4', digest }] },
      undefined,
    ],
    ['a branch that moves', `${image}:main`, { headSha, branch: 'main' }, undefined],
    ['another digest', `${image}@sha256:${'c'.repeat(64)}`, { pushed: [{ digest }] }, undefined],
    ['no tag', image, { headSha, branch: 'main' }, undefined],
    ['no image', '$(IMAGE):9f31c2e', { headSha }, undefined],
  ])('%s', (_, name, run, how) => expect(builtBy(name, run)).toBe(how))
})
