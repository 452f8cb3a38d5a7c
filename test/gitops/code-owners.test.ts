import { describe, expect, it } from 'vitest'
import { ownersOf } from '../../src/gitops/code-owners.ts'

const text = `# who reviews what
*                 @acme/everybody someone@acme.dev
*.md              @writer
/platform/        @acme/platform @jon   # the platform
docs/*            @docs
payments/**/prod  @acme/payments
/platform/open.yaml
`

describe('ownersOf', () => {
  it.each([
    ['README.md', ['writer']],
    ['a/b/c.yaml', ['acme/everybody']],
    ['platform/web.yaml', ['acme/platform', 'jon']],
    ['platform/deep/web.yaml', ['acme/platform', 'jon']],
    ['other/platform/web.yaml', ['acme/everybody']],
    ['docs/a.yaml', ['docs']],
    ['docs/a/b.yaml', ['acme/everybody']],
    ['payments/eu/prod/web.yaml', ['acme/payments']],
    ['payments/prod/web.yaml', ['acme/payments']],
    ['platform/open.yaml', []],
  ])('%s', (path, owners) => expect(ownersOf(text, path)).toEqual(owners))

  it('takes no odd pattern for a match', () => {
    expect(ownersOf('[a-z]* @x\n!b @y\n(.*)+ @z\n', 'aaa')).toEqual([])
  })
})
