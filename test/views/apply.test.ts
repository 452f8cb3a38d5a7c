import { describe, expect, it } from 'vitest'
import { withoutBlock } from '../../src/verbs/asking/manifest.ts'
import { runLine } from '../../src/verbs/run.ts'
import { applyView, saidIn } from '../../src/views/apply.ts'

const press = {
  action: 'doctor.apply',
  value: 'prod-eu1',
  user: { id: 'UANA', name: 'ana' },
  channel: 'C0ONCALL',
  message: '1.1',
  thread: '1.0',
}
const submitted = (
  values: Record<string, string>,
  metadata = JSON.stringify({ channel: 'C0ONCALL', thread: '1.0' }),
) => ({
  view: 'doctor.apply',
  metadata,
  values,
  user: press.user,
})
const yaml = 'kind: ConfigMap\ndata:\n  rule: "a < b && c > d &lt; <https://x.dev|y>"\n'

describe('the modal for a manifest', () => {
  it('asks for one object, and remembers where it was asked for', () => {
    expect(applyView(press)).toMatchObject({
      callback_id: 'doctor.apply',
      private_metadata: JSON.stringify({ channel: 'C0ONCALL', thread: '1.0' }),
      blocks: [
        { block_id: 'yaml' },
        { block_id: 'namespace' },
        { block_id: 'cluster', element: { initial_value: 'prod-eu1' } },
      ],
    })
  })

  it('becomes the line that people could have typed, and the manifest comes out as it went in', () => {
    const said = saidIn(submitted({ yaml, namespace: 'shop', cluster: 'prod-eu1' }))
    expect(said).toMatchObject({ channel: 'C0ONCALL', thread: '1.0', user: press.user })
    expect(withoutBlock(said?.text ?? '')).toEqual({
      line: 'apply --namespace "shop" --context "prod-eu1"  ',
      block: `${yaml}\n`,
    })
    expect(saidIn(submitted({ yaml }))?.text).toMatch(/^apply ```\n/)
  })

  it('is nothing where its place was meddled with, or nothing was written', () => {
    for (const metadata of ['', '{}', '{"channel":"evil"}', '[]', JSON.stringify({ channel: 'C0X;rm' })])
      expect(saidIn(submitted({ yaml }, metadata))).toBeUndefined()
    expect(saidIn(submitted({}))).toBeUndefined()
  })

  it('with fences inside leaves words behind, which apply refuses instead of making half of it', async () => {
    const said = saidIn(submitted({ yaml: 'a: 1\n```\nb: 2' }))
    const plan = () => Promise.reject(new Error('nothing is to be planned'))
    const context = {
      readers: new Map([['prod-eu1', { name: 'prod-eu1' }]]),
      cluster: 'prod-eu1',
      now: 0,
      app: { plan },
    }
    const answer = await runLine(context as never, said?.text ?? '')
    expect(answer).toMatchObject({ status: 'usage' })
    expect(JSON.stringify(answer)).toContain('b:')
  })
})
