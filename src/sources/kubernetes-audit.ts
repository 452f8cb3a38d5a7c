import { z } from 'zod'
import type { AuditedWrite } from '../domain/audited-change.ts'
import { cleanText, cleanTime, firstProblem } from './reading/bounds.ts'
import { bearerIs } from './reading/signature.ts'
import type { Headers } from './source.ts'

const text = z.string().max(2_000)
const name = z.string().max(253)
// Bodies, which a policy may have the API server send, are not even read.
const event = z.object({
  auditID: z.string().min(1).max(200),
  stage: text.optional(),
  verb: text,
  requestURI: z.string().max(10_000),
  user: z.object({ username: text.optional(), groups: z.array(text).max(200).optional() }),
  impersonatedUser: z.object({ username: text.optional() }).optional(),
  objectRef: z
    .object({
      resource: name.optional(),
      namespace: name.optional(),
      name: name.optional(),
      apiGroup: name.optional(),
      subresource: name.optional(),
    })
    .optional(),
  responseStatus: z.object({ code: z.number().int().optional() }).optional(),
  requestReceivedTimestamp: z.string().max(100).optional(),
  stageTimestamp: z.string().max(100).optional(),
})
const list = z.object({
  kind: z.literal('EventList'),
  apiVersion: z.literal('audit.k8s.io/v1'),
  items: z.array(event).max(2_000),
})

/** What an EventList holds: the writes that were done, or what is wrong with which field. */
export type ParsedAudit =
  | { readonly kind: 'writes'; readonly writes: readonly AuditedWrite[] }
  | { readonly kind: 'invalid'; readonly field: string; readonly problem: string }

const methods: Readonly<Record<string, readonly [AuditedWrite['verb'], string]>> = {
  create: ['create', 'POST'],
  update: ['update', 'PUT'],
  patch: ['patch', 'PATCH'],
  delete: ['delete', 'DELETE'],
  deletecollection: ['delete', 'DELETE'],
}

/** Whether the API server's token is right. */
export const verifyAudit = (headers: Headers, token: string): boolean => bearerIs(headers['authorization'], token)

/**
 * The writes of an `audit.k8s.io/v1` EventList that the API server did: each with its user (the one acted as, where somebody
 * acted as another), object (without a name where many are deleted at once) and time. Left out: reads, rehearsals, and what was
 * refused.
 */
export const parseAudit = (payload: unknown, receivedAt: string): ParsedAudit => {
  const parsed = list.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  return { kind: 'writes', writes: parsed.data.items.flatMap((item) => writeOf(item, receivedAt)) }
}

const writeOf = (item: z.infer<typeof event>, receivedAt: string): readonly AuditedWrite[] => {
  const [verb, method] = methods[item.verb] ?? []
  const { resource, name: called, namespace, apiGroup, subresource } = item.objectRef ?? {}
  const code = item.responseStatus?.code ?? 0
  const [path = '', query = ''] = item.requestURI.split('?', 2)
  const done = code >= 200 && code < 300 && (item.stage === undefined || item.stage === 'ResponseComplete')
  if (verb === undefined || method === undefined || !done || new URLSearchParams(query).has('dryRun')) return []
  if (resource === undefined) return []
  const user = item.impersonatedUser?.username ?? item.user.username ?? 'somebody unknown'
  return [
    {
      id: cleanText(item.auditID, 100),
      at: cleanTime(item.requestReceivedTimestamp ?? item.stageTimestamp, receivedAt),
      user: cleanText(user, 250),
      verb,
      method,
      path: cleanText(path, 1_000),
      object: {
        group: cleanText(apiGroup ?? '', 253),
        resource: cleanText(resource, 100),
        name: cleanText(called ?? '', 253),
        ...(namespace === undefined || namespace === '' ? {} : { namespace: cleanText(namespace, 253) }),
        ...(subresource === undefined ? {} : { subresource: cleanText(subresource, 100) }),
      },
    },
  ]
}
