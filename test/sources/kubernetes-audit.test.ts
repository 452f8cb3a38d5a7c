import { describe, expect, it } from 'vitest'
import { parseAudit, verifyAudit } from '../../src/sources/kubernetes-audit.ts'

const at = '2026-11-21T11:00:00.000Z'
/** An event as a kube-apiserver 1.36 sends it at level Metadata. */
const event = (more: object = {}): object => ({
  level: 'Metadata',
  auditID: '0f9d4b5c-2c1e-4a62-9e0b-6a2c8e9f1a11',
  stage: 'ResponseComplete',
  requestURI: '/apis/apps/v1/namespaces/payments/deployments/checkout?fieldManager=kubectl-edit&fieldValidation=Strict',
  verb: 'patch',
  user: { username: 'ana@acme.dev', groups: ['sre', 'system:authenticated'] },
  sourceIPs: ['10.0.0.7'],
  userAgent: 'kubectl/v1.36.0',
  objectRef: { resource: 'deployments', namespace: 'payments', name: 'checkout', apiGroup: 'apps', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: '2026-11-21T10:59:58.123456Z',
  stageTimestamp: '2026-11-21T10:59:58.130000Z',
  annotations: { 'authorization.k8s.io/decision': 'allow' },
  ...more,
})
const list = (...items: object[]) => ({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items })
const writes = (...items: object[]) => {
  const parsed = parseAudit(list(...items), at)
  return parsed.kind === 'writes' ? parsed.writes : parsed
}

describe('what an API server says was written', () => {
  it('is who, what and when, and the request without its query', () => {
    expect(writes(event())).toEqual([
      {
        id: '0f9d4b5c-2c1e-4a62-9e0b-6a2c8e9f1a11',
        at: '2026-11-21T10:59:58.123Z',
        user: 'ana@acme.dev',
        verb: 'patch',
        method: 'PATCH',
        path: '/apis/apps/v1/namespaces/payments/deployments/checkout',
        object: { group: 'apps', resource: 'deployments', namespace: 'payments', name: 'checkout' },
      },
    ])
  })

  it.each([
    ['a read', { verb: 'get' }],
    ['a watch', { verb: 'watch' }],
    ['what was refused', { responseStatus: { code: 403 } }],
    ['what failed', { responseStatus: { code: 500 } }],
    ['a rehearsal', { requestURI: '/api/v1/namespaces/a/configmaps/b?dryRun=All&fieldManager=x' }],
    ['what has just begun', { stage: 'RequestReceived', responseStatus: undefined }],
    ['a request of no resource', { objectRef: undefined }],
  ])('does not hold %s', (_, more) => {
    expect(writes(event(more))).toEqual([])
  })

  it.each([
    ['create', 'create', 'POST'],
    ['update', 'update', 'PUT'],
    ['delete', 'delete', 'DELETE'],
    ['deletecollection', 'delete', 'DELETE'],
  ])('knows %s', (told, verb, method) => {
    expect(writes(event({ verb: told }))).toMatchObject([{ verb, method }])
  })

  it('names the one who was acted as, and keeps nothing of bodies, also where a policy sends them', () => {
    const sent = event({
      impersonatedUser: { username: 'system:serviceaccount:ci:deployer' },
      objectRef: { resource: 'secrets', namespace: 'payments', name: 'db', apiVersion: 'v1' },
      requestObject: { data: { password: 'aHVudGVyMg==' } },
      responseObject: { data: { password: 'aHVudGVyMg==' } },
    })
    const [write] = writes(sent) as unknown as { user: string }[]
    expect(write?.user).toBe('system:serviceaccount:ci:deployer')
    expect(JSON.stringify(write)).not.toContain('aHVudGVyMg')
  })

  it('is one clean line whatever a name holds, and no later than now', () => {
    const odd = event({ user: { username: 'ana\n‮evil' }, requestReceivedTimestamp: '2999-01-01T00:00:00Z' })
    expect(writes(odd)).toMatchObject([{ user: 'ana evil', at }])
  })

  it.each([
    ['items', { ...list(), items: 'none' }],
    ['apiVersion', { ...list(), apiVersion: 'audit.k8s.io/v1beta1' }],
    ['kind', { ...list(), kind: 'Event' }],
    ['items.0.auditID', list(event({ auditID: 7 }))],
    ['items', list(...Array.from({ length: 2_001 }, () => event()))],
  ])('is refused where %s is wrong', (field, payload) => {
    expect(parseAudit(payload, at)).toMatchObject({ kind: 'invalid', field })
  })

  it('is believed only with the token', () => {
    expect(verifyAudit({ authorization: 'Bearer right' }, 'right')).toBe(true)
    expect(verifyAudit({ authorization: 'Bearer wrong' }, 'right')).toBe(false)
    expect(verifyAudit({}, 'right')).toBe(false)
    expect(verifyAudit({ authorization: 'Bearer ' }, '')).toBe(false)
  })
})
