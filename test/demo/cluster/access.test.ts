import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../../../src/demo/cluster/pki/certificate.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../../../src/demo/cluster/start.ts'
import { call, patchType } from './request.ts'

let cluster: SimulatedCluster

beforeAll(async () => {
  cluster = await startSimulatedCluster({ name: 'access', controllers: false })
})
afterAll(() => cluster.close())

describe('who may do what', () => {
  it('the reader reads and cannot write, the writer writes what the catalogue needs and nothing else', async () => {
    const reader = { user: 'reader' } as const
    expect((await call(cluster, 'GET', '/api/v1/pods', reader)).code).toBe(200)
    expect((await call(cluster, 'GET', '/api/v1/secrets', reader)).code).toBe(403)
    const body = { spec: { replicas: 2 } }
    const refused = await call(cluster, 'PATCH', '/apis/apps/v1/namespaces/default/deployments/x', {
      ...reader,
      body,
      type: patchType.merge,
    })
    expect(refused.body.message).toBe(
      'deployments.apps "x" is forbidden: User "system:serviceaccount:cluster-doctor:doctor-reader" cannot patch resource "deployments" in API group "apps" in the namespace "default"',
    )
    const writer = { user: 'writer' } as const
    expect(
      (
        await call(cluster, 'PATCH', '/apis/apps/v1/namespaces/default/deployments/x', {
          ...writer,
          body,
          type: patchType.merge,
        })
      ).code,
    ).toBe(404)
    expect((await call(cluster, 'DELETE', '/api/v1/namespaces/default/pods', writer)).code).toBe(403)
    expect((await call(cluster, 'DELETE', '/api/v1/namespaces/default', writer)).code).toBe(403)
  })

  it('answers access reviews as it then decides', async () => {
    const ask = async (verb: string, resource: string): Promise<boolean> => {
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes: { verb, group: 'apps', resource, namespace: 'default' } },
      }
      return (
        await call(cluster, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { user: 'writer', body })
      ).body.status.allowed
    }
    expect(await ask('patch', 'deployments')).toBe(true)
    expect(await ask('delete', 'replicasets')).toBe(false)
    const who = await call(cluster, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      user: 'reader',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    expect(who.body.status.userInfo.username).toBe('system:serviceaccount:cluster-doctor:doctor-reader')
  })

  it('knows strangers, and lets only administrators act for others', async () => {
    expect((await call(cluster, 'GET', '/api/v1/pods', { headers: { authorization: 'Bearer zork' } })).code).toBe(401)
    expect((await call(cluster, 'GET', '/healthz', { headers: { authorization: '' } })).code).toBe(401)
    const asOther = { headers: { 'impersonate-user': 'zork' } }
    expect((await call(cluster, 'GET', '/api/v1/pods', asOther)).body.message).toContain(
      'User "zork" cannot list resource "pods"',
    )
    expect((await call(cluster, 'GET', '/api/v1/pods', { ...asOther, user: 'reader' })).body.message).toContain(
      'cannot impersonate-on:user-info:list',
    )
    expect(cluster.requests.at(-1)).toMatchObject({
      user: 'zork',
      impersonatedBy: 'system:serviceaccount:cluster-doctor:doctor-reader',
    })
  })

  it('issues tokens for service accounts that work until the account is gone', async () => {
    cluster.store.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'temp', namespace: 'default' } })
    const { body } = await call(cluster, 'POST', '/api/v1/namespaces/default/serviceaccounts/temp/token', {
      body: { spec: { expirationSeconds: 600 } },
    })
    const headers = { authorization: `Bearer ${body.status.token}` }
    expect((await call(cluster, 'GET', '/api', { headers })).code).toBe(200)
    cluster.store.delete('serviceaccounts', 'default', 'temp')
    expect((await call(cluster, 'GET', '/api', { headers })).code).toBe(401)
  })
})

describe('transport', () => {
  it('every cluster has an authority of its own', async () => {
    const other = await startSimulatedCluster({ name: 'other', controllers: false })
    const fingerprint = (pem: string): string => new X509Certificate(pem).fingerprint256
    expect(fingerprint(other.caPem)).not.toBe(fingerprint(cluster.caPem))
    await expect(call({ ...cluster, caPem: other.caPem }, 'GET', '/healthz')).rejects.toThrow()
    await other.close()
  })

  it('makes certificates that say what they were asked to say', () => {
    const authority = createAuthority('ca', new Date('2026-01-01T00:00:00Z'))
    const leaf = authority.issue({
      commonName: 'gateway',
      dns: ['a.example'],
      ips: ['10.0.0.1'],
      notBefore: new Date('2025-01-01T00:00:00Z'),
      notAfter: new Date('2060-02-03T04:05:06Z'),
    })
    const read = new X509Certificate(leaf.certificatePem)
    expect(read.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true)
    expect(read.subjectAltName).toBe('DNS:a.example, IP Address:10.0.0.1')
    expect(new Date(read.validTo).toISOString()).toBe('2060-02-03T04:05:06.000Z')
  })

  it.each([
    [
      { kind: 'status', code: 429, retryAfterSeconds: 7 },
      { code: 429, retry: '7' },
    ],
    [{ kind: 'status', code: 500 }, { code: 500 }],
    [{ kind: 'html' }, { code: 200, type: 'text/html' }],
    [{ kind: 'redirect', location: 'https://evil.example/' }, { code: 307 }],
  ] as const)('can be made to answer %j', async (effect, expected) => {
    const stop = cluster.faults.fail({ method: 'GET', path: '/api/v1/nodes', effect, times: 1 })
    const answer = await call(cluster, 'GET', '/api/v1/nodes')
    expect(answer.code).toBe(expected.code)
    if ('retry' in expected) expect(answer.headers['retry-after']).toBe(expected.retry)
    if ('type' in expected) expect(answer.headers['content-type']).toBe(expected.type)
    expect((await call(cluster, 'GET', '/api/v1/nodes')).body.kind).toBe('NodeList')
    stop()
  })

  it('can break off in the middle, and after it has applied a write', async () => {
    const stop = cluster.faults.fail({ path: /configmaps/, effect: { kind: 'truncate' }, times: 1 })
    await expect(call(cluster, 'GET', '/api/v1/configmaps')).rejects.toThrow()
    stop()
    cluster.faults.fail({ method: 'POST', effect: { kind: 'apply-then-drop' }, times: 1 })
    await expect(
      call(cluster, 'POST', '/api/v1/namespaces/default/configmaps', {
        body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' } },
      }),
    ).rejects.toThrow()
    expect((await call(cluster, 'GET', '/api/v1/namespaces/default/configmaps/kept')).code).toBe(200)
  })
})
