import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonical } from '../domain/canonical.ts'
import type { PlanRecord } from '../domain/plan-record.ts'

/** What a receipt vouches for: which plan, who approved it, which cluster, what was there before and after, how it ended. */
export type ReceiptBody = {
  readonly version: 1
  readonly plan: string
  readonly planHash: string
  readonly cluster: string
  readonly identity: readonly { readonly name: string; readonly origin: string; readonly value: string }[]
  readonly action: string
  readonly summary: string
  readonly target: Readonly<Record<string, string>>
  readonly requester: string
  readonly approvals: readonly { readonly by: string; readonly at: string; readonly planHash: string }[]
  readonly before: string
  readonly after: string | null
  readonly intentSeq: number
  readonly audit: { readonly seq: number; readonly hash: string }
  readonly verdict: 'verified' | 'failed'
  readonly note: string
  readonly at: string
}

/** A receipt: its body, the key that signed it (SPKI, base64) and the Ed25519 signature of the body's canonical form. */
export type Receipt = { readonly body: ReceiptBody; readonly publicKey: string; readonly signature: string }

/** Signs receipts with this installation's key and keeps a copy of each. */
export type Receipts = { issue(body: ReceiptBody): Promise<Receipt>; readonly publicKey: string }

/** Opens the signing key of a data folder, made on first use and readable by its owner only. */
export const openReceipts = async (dataDir: string): Promise<Receipts> => {
  const dir = join(dataDir, 'receipts')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const key = await loadKey(join(dataDir, 'receipt-key.pem'))
  const publicKey = spki(createPublicKey(key))
  await writeFile(join(dataDir, 'receipt-key.pub'), `${publicKey}\n`)
  return {
    publicKey,
    issue: async (body) => {
      const signature = signBytes(null, Buffer.from(canonical(body)), key).toString('base64')
      const receipt: Receipt = { body, publicKey, signature }
      const file = join(dir, `${body.plan}.json`)
      await writeFile(`${file}.new`, `${JSON.stringify(receipt, null, 2)}\n`, { mode: 0o600 })
      await rename(`${file}.new`, file)
      return receipt
    },
  }
}

const loadKey = async (file: string): Promise<KeyObject> => {
  try {
    const { privateKey } = generateKeyPairSync('ed25519')
    // `wx`: of two processes that start together, one makes the key and both use it.
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600 })
    return privateKey
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return createPrivateKey(await readFile(file))
  }
}

const spki = (key: KeyObject): string => key.export({ type: 'spki', format: 'der' }).toString('base64')

/** What is wrong with a receipt, or undefined when it is genuine. With `publicKey` (SPKI, base64) it must be from that key. */
export const verifyReceipt = (receipt: unknown, publicKey?: string): string | undefined => {
  const { body, publicKey: own, signature } = (receipt ?? {}) as Partial<Receipt>
  if (typeof own !== 'string' || typeof signature !== 'string' || typeof body !== 'object' || body === null)
    return 'this is not a receipt'
  if (publicKey !== undefined && publicKey.trim() !== own) return 'it was signed with another key'
  try {
    const key = createPublicKey({ key: Buffer.from(own, 'base64'), type: 'spki', format: 'der' })
    if (key.asymmetricKeyType !== 'ed25519') return 'its key is of another kind'
    const genuine = verifyBytes(null, Buffer.from(canonical(body)), key, Buffer.from(signature, 'base64'))
    return genuine ? undefined : 'its signature does not match what it says'
  } catch {
    return 'it cannot be checked: key, signature or body is malformed'
  }
}

/** The body of the receipt of a plan that was applied. */
export const receiptOf = (
  { plan, life, intentSeq }: PlanRecord,
  audit: ReceiptBody['audit'],
  verdict: ReceiptBody['verdict'],
  note: string,
  at: string,
): ReceiptBody => ({
  version: 1,
  plan: plan.id,
  planHash: plan.hash,
  cluster: plan.cluster,
  identity: plan.identity.signals,
  action: plan.action,
  summary: plan.summary,
  target: Object.fromEntries(Object.entries(plan.target).filter((entry) => entry[1] !== undefined)),
  requester: plan.requester.id,
  approvals: life.approvals.map((approval) => ({ by: approval.by.id, at: approval.at, planHash: approval.planHash })),
  before: plan.resourceVersion,
  after: life.after,
  intentSeq,
  audit,
  verdict,
  note,
  at,
})
