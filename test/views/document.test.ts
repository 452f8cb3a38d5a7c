import { describe, expect, it } from 'vitest'
import { link } from '../../src/domain/document.ts'
import { withApp } from '../../src/verbs/asking/app.ts'
import { documentMessage } from '../../src/views/document-blocks.ts'
import { documentMarkdown } from '../../src/views/document-markdown.ts'
import { documentText } from '../../src/views/document-text.ts'

describe('a link in an answer', () => {
  const url = 'https://acme.slack.com/archives/C1/p17'
  const slack = (block: ReturnType<typeof link>) => JSON.stringify(documentMessage([block]).blocks)

  it('can be followed in each medium', () => {
    expect(slack(link('Its <card>', url))).toContain(`<${url}|Its &lt;card&gt;>`)
    expect(documentText([link('Its card', url)])).toBe(`Its card: ${url}\n`)
    expect(documentMarkdown([link('Its [card]', url)])).toBe(`[Its \\[card\\]](${url})\n`)
  })

  it.each(['javascript:alert(1)', 'https://x|<!channel>', 'https://a b', 'https://x>', ''])(
    'is plain text for %s',
    (bad) => {
      expect(link('Go', bad)).toMatchObject({ kind: 'text' })
      expect(slack(link('Go', bad))).not.toContain('<https')
    },
  )

  it('is made of a sentence of the app that ends with one', async () => {
    const said = async (text: string) => (await withApp({ app: {} } as never, async () => text)).document
    expect(await said(`Looking into it: ${url}`)).toEqual([{ kind: 'link', text: 'Looking into it', url }])
    expect(await said('It holds: for 10 minutes.')).toMatchObject([{ kind: 'text' }])
    expect(await said(`See ${url} for more.`)).toMatchObject([{ kind: 'text' }])
  })
})
