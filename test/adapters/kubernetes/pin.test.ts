import { describe, expect, it } from 'vitest'
import { PinViolation, pinnedPath } from '../../../src/adapters/kubernetes/pin.ts'
import type { WriteRequest } from '../../../src/domain/change.ts'

const path = '/api/v1/namespaces/shop/configmaps/settings'
const options = (more: object = {}) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u1' }, ...more })
const remove: WriteRequest = { method: 'DELETE', path, query: [], contentType: 'application/json', body: options() }
const object = (metadata: object) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop', ...metadata },
  })
const apply: WriteRequest = {
  method: 'PATCH',
  path,
  query: [['fieldManager', 'cluster-doctor']],
  contentType: 'application/apply-patch+yaml',
  body: object({ uid: 'u1' }),
}

describe('the pin of subresources', () => {
  const test = { op: 'test', path: '/metadata/uid', value: 'q1' }
  const condition = (type: string) => ({ op: 'add', path: '/status/conditions/-', value: { type, status: 'True' } })
  const mark = { op: 'add', path: '/metadata/annotations/cluster-doctor.dev~1plan', value: 'abcdef012345' }
  const patch = (where: string, ops: unknown, more: Partial<WriteRequest> = {}): WriteRequest => ({
    method: 'PATCH',
    path: where,
    query: [['fieldManager', 'cluster-doctor']],
    contentType: 'application/json-patch+json',
    body: JSON.stringify(ops),
    ...more,
  })
  const approval = '/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-x/approval'
  const status = '/apis/cert-manager.io/v1/namespaces/shop/certificates/web/status'

  it('lets one condition and the mark of the plan through', () => {
    expect(pinnedPath(patch(approval, [test, condition('Approved'), mark]))).toContain(approval)
    expect(pinnedPath(patch(status, [test, condition('Issuing')]))).toContain(status)
  })

  it.each<[string, WriteRequest]>([
    ['a denial', patch(approval, [test, condition('Denied')])],
    ['an approval and a denial', patch(approval, [test, condition('Approved'), condition('Denied')])],
    [
      'an approval that hides a denial',
      patch(approval, [test, { ...condition('Approved'), value: [{ type: 'Approved' }, { type: 'Denied' }] }]),
    ],
    ['no object', patch(approval, [condition('Approved')])],
    ['nothing', patch(approval, [test])],
    [
      'another field',
      patch(approval, [test, condition('Approved'), { op: 'add', path: '/spec/signerName', value: 'x' }]),
    ],
    ['a certificate', patch(approval, [test, { op: 'add', path: '/status/certificate', value: 'x' }])],
    ['a merge', patch(approval, { status: {} }, { contentType: 'application/merge-patch+json' })],
    ['a forged state', patch(status, [test, condition('Ready')])],
    ['another annotation', patch(status, [test, condition('Issuing'), { ...mark, path: '/metadata/annotations/x' }])],
    [
      'the status of a Deployment',
      patch('/apis/apps/v1/namespaces/shop/deployments/web/status', [test, condition('Issuing')]),
    ],
    ['the status of a node', patch('/api/v1/nodes/worker-1/status', [test, condition('Issuing')])],
    [
      'the approval of something else',
      patch('/apis/apps/v1/namespaces/shop/deployments/web/approval', [test, condition('Approved')]),
    ],
  ])('throws for %s', (_, request) => {
    expect(() => pinnedPath(request)).toThrow(PinViolation)
  })
})

describe('the pin of whole objects', () => {
  it('lets a delete through that names what it deletes, and an apply that says what it expects', () => {
    expect(pinnedPath(remove)).toBe(path)
    expect(pinnedPath({ ...remove, body: options({ propagationPolicy: 'Foreground', gracePeriodSeconds: 0 }) })).toBe(
      path,
    )
    expect(pinnedPath(apply)).toBe(`${path}?fieldManager=cluster-doctor`)
    expect(pinnedPath({ ...apply, body: object({ resourceVersion: '1' }) })).toContain(path)
  })

  it.each<[string, Partial<WriteRequest>]>([
    ['a query, which the API server would not read beside a body', { query: [['dryRun', 'All']] }],
    ['a field manager', { query: [['fieldManager', 'cluster-doctor']] }],
    ['no uid', { body: JSON.stringify({ kind: 'DeleteOptions', preconditions: { resourceVersion: '1' } }) }],
    ['an empty uid', { body: options({ preconditions: { uid: '' } }) }],
    ['no options', { body: '{}' }],
    ['options that are none', { body: 'x' }],
    ['a rehearsal that somebody took for one', { body: options({ dryRun: ['All'] }) }],
    ['orphanDependents', { body: options({ orphanDependents: true }) }],
    ['a collection', { path: '/api/v1/namespaces/shop/configmaps' }],
    ['a namespace', { path: '/api/v1/namespaces/shop' }],
    ['a node', { path: '/api/v1/nodes/worker-1' }],
    ['a volume', { path: '/api/v1/persistentvolumes/pv1' }],
    ['a subresource', { path: `${path}/status` }],
    ['a path that collapses', { path: '/api/v1/namespaces/shop/pods/..' }],
  ])('throws for a delete with %s', (_, part) => {
    expect(() => pinnedPath({ ...remove, ...part })).toThrow(PinViolation)
  })

  it.each<[string, Partial<WriteRequest>]>([
    ['neither uid nor newness', { body: object({}) }],
    ['another resourceVersion', { body: object({ resourceVersion: '12' }) }],
    ['another name', { body: object({ uid: 'u1', name: 'other' }) }],
    ['another namespace', { body: object({ uid: 'u1', namespace: 'prod' }) }],
    [
      'force',
      {
        query: [
          ['fieldManager', 'cluster-doctor'],
          ['force', 'true'],
        ],
      },
    ],
    ['YAML that is no JSON', { body: 'kind: ConfigMap' }],
    ['no object', { body: '[]' }],
  ])('throws for an apply with %s', (_, part) => {
    expect(() => pinnedPath({ ...apply, ...part })).toThrow(PinViolation)
  })

  it.each(['/api/v1/namespaces/shop/configmaps', '/api/v1/namespaces/shop/pods', '/api/v1/nodes'])(
    'creates nothing by POST: %s',
    (where) => {
      const request: WriteRequest = {
        ...apply,
        method: 'POST',
        path: where,
        contentType: 'application/json',
        body: '{}',
      }
      expect(() => pinnedPath(request)).toThrow(PinViolation)
    },
  )
})

describe('the pin of Secrets', () => {
  const secrets = '/api/v1/namespaces/shop/secrets'
  const name = 'sh.helm.release.v1.web.v3'
  const record = (more: object = {}) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'helm.sh/release.v1',
      metadata: { name, namespace: 'shop', resourceVersion: '1' },
      ...more,
    })
  const make: WriteRequest = { ...apply, path: `${secrets}/${name}`, body: record() }
  const ops = JSON.stringify([{ op: 'test', path: '/metadata/uid', value: 'x' }])

  it('lets a record of Helm be made and patched', () => {
    expect(pinnedPath(make)).toContain(name)
    expect(pinnedPath({ ...make, contentType: 'application/json-patch+json', body: ops })).toContain(name)
  })

  it.each<[string, Partial<WriteRequest>]>([
    ['another type', { body: record({ type: 'Opaque' }) }],
    [
      'another name',
      { path: `${secrets}/password`, body: record({ metadata: { name: 'password', namespace: 'shop', uid: 'x' } }) },
    ],
    ['a patch of another', { path: `${secrets}/password`, contentType: 'application/json-patch+json', body: ops }],
    ['a merge', { contentType: 'application/merge-patch+json', body: '{"data":{}}' }],
    ['a replacement', { method: 'PUT', contentType: 'application/json' }],
    ['a deletion', { method: 'DELETE', query: [], contentType: 'application/json', body: options() }],
    ['a name that only begins like one', { path: `${secrets}/sh.helm.release.v1.web.v3.v0x` }],
  ])('stops %s', (_, more) => {
    expect(() => pinnedPath({ ...make, ...more })).toThrow(PinViolation)
  })
})
