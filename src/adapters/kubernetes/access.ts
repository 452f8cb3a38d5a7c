import type { Read } from '../../domain/coverage.ts'
import type { AccessAnswer, AccessQuery } from '../../ports.ts'
import { parseJson, readDeadline, readWire } from './reads.ts'
import type { Transport } from './transport.ts'

/** The two access reviews: they create nothing that stays, so a reader may post them. */
export const reviewPaths = [
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authorization.k8s.io/v1/subjectaccessreviews',
] as const

/** Asks the API server whether these credentials, or with `as` someone else's, may do something. */
export const canI = async (
  transport: Transport,
  access: AccessQuery,
  signal?: AbortSignal,
): Promise<Read<AccessAnswer>> => {
  const { verb, group, resource, subresource, namespace, name, as } = access
  const resourceAttributes = {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  }
  const self = as === undefined
  const body = JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: self ? 'SelfSubjectAccessReview' : 'SubjectAccessReview',
    spec: self ? { resourceAttributes } : { resourceAttributes, user: as.user, groups: as.groups ?? [] },
  })
  const answer = await readWire(transport, {
    method: 'POST',
    path: reviewPaths[self ? 0 : 1],
    headers: { 'content-type': 'application/json' },
    body,
    deadline: readDeadline,
    ...(signal === undefined ? {} : { signal }),
  })
  if (answer.kind !== 'ok') return answer
  const status = parseJson(answer.value.body)?.['status'] as { allowed?: unknown; reason?: unknown } | undefined
  if (typeof status?.allowed !== 'boolean')
    return { kind: 'unreadable', reason: 'malformed', message: 'the access review has no status' }
  return {
    kind: 'ok',
    value: {
      allowed: status.allowed,
      ...(typeof status.reason === 'string' && status.reason !== '' ? { reason: status.reason } : {}),
    },
  }
}
