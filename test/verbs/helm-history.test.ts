import { describe, expect, it } from 'vitest'
import type { ClusterReader } from '../../src/ports.ts'
import { runLine } from '../../src/verbs/run.ts'
import { record } from '../actions/release.ts'

const asked: object[] = []
const readerOf = (list: ClusterReader['list']) => ({ name: 'prod-eu1', list }) as ClusterReader
const typed = (line: string, list: ClusterReader['list']) =>
  runLine(
    {
      readers: new Map([['prod-eu1', readerOf(list)]]),
      cluster: 'prod-eu1',
      now: Date.parse('2026-11-20T09:00:00Z'),
      signal: AbortSignal.timeout(5_000),
    },
    line,
  )
const listed =
  (items: readonly object[]): ClusterReader['list'] =>
  async (_, options) => {
    asked.push(options)
    const body = Buffer.from(JSON.stringify({ kind: 'SecretList', items }))
    return { kind: 'ok', value: { contentType: 'application/json', body } }
  }

describe('helm-history', () => {
  it('shows the revisions, newest first, and asks only for the records of that release', async () => {
    const answer = await typed(
      'helm-history shop/web',
      listed([record(1, 'superseded'), record(10, 'failed'), record(2, 'deployed')]),
    )
    expect(answer.status).toBe('ok')
    const table = answer.document.find((block) => block.kind === 'table')
    expect(table?.rows.map((row) => row.slice(0, 4))).toEqual([
      ['10', 'failed', 'web-1.10.0', '9'],
      ['2', 'deployed', 'web-1.2.0', '9'],
      ['1', 'superseded', 'web-1.1.0', '9'],
    ])
    expect(asked.at(-1)).toMatchObject({
      namespace: 'shop',
      labelSelector: 'owner=helm,name=web',
      fieldSelector: 'type=helm.sh/release.v1',
    })
  })

  it('never takes what it could not read for nothing', async () => {
    const odd = { ...record(2, 'deployed'), data: { release: 'bm90IGEgcmVsZWFzZQ==' } }
    expect((await typed('helm-history shop/web', listed([record(1, 'superseded'), odd]))).status).toBe('could-not-tell')
    const forbidden = async () => ({ kind: 'unreadable', reason: 'forbidden', message: 'no' }) as const
    expect((await typed('helm-history shop/web', forbidden)).status).toBe('could-not-tell')
    expect((await typed('helm-history shop/web', listed([]))).status).toBe('not-found')
  })

  it.each(['helm-history', 'helm-history web', 'helm-history shop/web/x', 'helm-history shop/Web_1'])(
    'asks back for “%s”',
    async (line) => {
      expect((await typed(line, listed([]))).status).toBe('usage')
    },
  )
})
