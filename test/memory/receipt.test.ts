import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openReceipts, type Receipt, type ReceiptBody, verifyReceipt } from '../../src/memory/receipt.ts'

const dir = mkdtempSync(join(tmpdir(), 'doctor-receipt-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const body: ReceiptBody = {
  version: 1,
  plan: 'a'.repeat(32),
  planHash: 'b'.repeat(64),
  cluster: 'prod',
  identity: [{ name: 'kube-system-uid', origin: 'data', value: 'x' }],
  action: 'restart-rollout',
  summary: 'Restart',
  target: { kind: 'Deployment', name: 'web' },
  requester: 'doctor',
  approvals: [{ by: 'UANA', at: '2026-11-20T10:00:00Z', planHash: 'b'.repeat(64) }],
  before: '1',
  after: '2',
  intentSeq: 3,
  audit: { seq: 5, hash: 'c'.repeat(64) },
  verdict: 'verified',
  note: '2 of 2 ready',
  at: '2026-11-20T10:01:00Z',
}

describe('a receipt', () => {
  it('is genuine offline, with nothing but itself and the public key', async () => {
    const receipts = await openReceipts(dir)
    await receipts.issue(body)
    const stored = JSON.parse(readFileSync(join(dir, 'receipts', `${body.plan}.json`), 'utf8')) as Receipt
    expect(verifyReceipt(stored)).toBeUndefined()
    expect(verifyReceipt(stored, readFileSync(join(dir, 'receipt-key.pub'), 'utf8'))).toBeUndefined()
    expect(statSync(join(dir, 'receipt-key.pem')).mode & 0o077).toBe(0)
  })

  it('keeps its key over a restart', async () => {
    expect((await openReceipts(dir)).publicKey).toBe((await openReceipts(dir)).publicKey)
  })

  it('is not genuine once anything in it was changed, or with another key', async () => {
    const receipt = await (await openReceipts(dir)).issue(body)
    for (const key of Object.keys(body))
      expect(verifyReceipt({ ...receipt, body: { ...body, [key]: 'other' } }), key).toContain('signature')
    expect(verifyReceipt({ ...receipt, signature: `A${receipt.signature.slice(1)}` })).toBeDefined()
    expect(verifyReceipt(receipt, 'another key')).toContain('another key')
    for (const bad of [null, 1, {}, { body }, { ...receipt, publicKey: 'x' }]) expect(verifyReceipt(bad)).toBeDefined()
  })
})
