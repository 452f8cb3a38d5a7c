import { z } from 'zod'
import type { Job } from '../../domain/job.ts'
import { sealMatches, sealOf } from './seal.ts'

const text = z.string().max(20_000)
const id = z.string().min(1).max(256)
const principal = z.object({ id, name: z.string().max(256) })
const objectRef = z.object({
  apiVersion: id,
  kind: id,
  namespace: id.optional(),
  name: id,
  uid: id.optional(),
})
const replyTo = z.object({ channel: id, thread: id.optional(), user: id, responseUrl: z.string().max(3000).optional() })
const planRequest = z.object({
  cluster: id,
  action: id,
  target: objectRef,
  input: z.record(z.string(), z.unknown()),
  requester: principal,
  reason: z.object({
    summary: text,
    code: id.optional(),
    object: objectRef.optional(),
    evidence: z.array(z.object({ id, text })).max(200),
  }),
  incident: id.optional(),
  replyTo: replyTo.optional(),
  proposedBy: z.literal('model').optional(),
  askedBefore: z.boolean().optional(),
})
const news = z.object({
  kind: z.string().max(40),
  by: z.string().max(200).optional(),
  byId: z.string().max(100).optional(),
  text: z.string().max(4_000).optional(),
})
const deployment = z.object({
  repository: id,
  deployment: z.number().int().nonnegative(),
  sha: id,
  environment: z.string().max(256),
})
const v = z.literal(1)
const schema = z.discriminatedUnion('kind', [
  z.object({ v, kind: z.literal('investigate'), incident: id, again: z.boolean().optional() }),
  z.object({ v, kind: z.literal('answer'), text, user: principal, replyTo, inThread: id.optional() }),
  z.object({
    v,
    kind: z.literal('consult'),
    id,
    cluster: id,
    namespace: id.optional(),
    incident: id.optional(),
    question: text.optional(),
    user: principal.optional(),
    replyTo: replyTo.optional(),
  }),
  z.object({ v, kind: z.literal('report'), cluster: id.optional(), replyTo: replyTo.optional() }),
  z.object({ v, kind: z.literal('plan'), request: planRequest }),
  z.object({ v, kind: z.literal('execute'), plan: id }),
  z.object({ v, kind: z.literal('expire'), plan: id }),
  z.object({ v, kind: z.literal('announce'), incident: id }),
  z.object({ v, kind: z.literal('page'), incident: id }),
  z.object({ v, kind: z.literal('relay'), incident: id, id, news }),
  z.object({ v, kind: z.literal('settle'), incident: id, since: z.string().max(40) }),
  z.object({ v, kind: z.literal('issue'), fingerprint: id }),
  z.object({ v, kind: z.literal('elsewhere'), incident: id, place: z.enum(['webhook', 'jira', 'evidence']) }),
  z.object({ v, kind: z.literal('mail'), id }),
  z.object({ v, kind: z.literal('rollouts'), news: deployment.optional(), tries: z.number().int().optional() }),
  z.object({ v, kind: z.literal('deployed'), check: id, turn: z.number().int().nonnegative() }),
  z.object({ v, kind: z.literal('follow'), plan: id, turn: z.number().int().nonnegative().optional() }),
])

/** A job as it lies in Redis: its text and the seal over it, so that nobody with access to Redis can make one up. */
export type SealedJob = { readonly job: string; readonly seal: string }

const maxBytes = 256 * 1024

/** Seals a job for its queue. Throws when it is larger than 256 KB. */
export const sealJob = (key: Buffer, job: Job): SealedJob => {
  const json = JSON.stringify(job)
  if (Buffer.byteLength(json) > maxBytes) throw new Error(`a ${job.kind} job is larger than ${maxBytes} bytes`)
  return { job: json, seal: sealOf(key, 'job', job.kind, 1, json) }
}

/** The job, or why it cannot be worked: forged, of another version, incomplete, too large. Never throws. */
export const openJob = (key: Buffer, data: unknown): Job | string => {
  const { job: json, seal } = (typeof data === 'object' && data !== null ? data : {}) as Partial<SealedJob>
  if (typeof json !== 'string' || typeof seal !== 'string') return 'not a sealed job'
  if (json.length > maxBytes) return 'too large'
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch {
    return 'not JSON'
  }
  const result = schema.safeParse(parsed)
  if (!result.success) {
    const issue = result.error.issues[0]
    return `not a job of this version: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim()
  }
  if (!sealMatches(seal, sealOf(key, 'job', result.data.kind, 1, json))) return 'its seal does not match'
  return result.data as Job
}
