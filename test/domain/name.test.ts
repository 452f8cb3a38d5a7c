import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ObjectRef } from '../../src/domain/object.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { accessOf, writePath } from '../../src/domain/write-path.ts'

const pod = (name: string, namespace = 'shop'): ObjectRef => ({ apiVersion: 'v1', kind: 'Pod', namespace, name })
const bad = [
  '',
  '.',
  '..',
  '../x',
  'a/b',
  '%2e%2e',
  '%2f',
  '-n',
  '--server=https://x',
  'A_B',
  'a'.repeat(254),
  'web.',
  '.web',
  'a..b',
  'x?dryRun=All',
  'x#y',
  'a b',
  'é',
  'рrod',
  'a\u0000',
  'a\n',
  'a\u202e',
  'a\u200b',
]

describe('the path of a write', () => {
  it.each(bad)('is refused for the name %j', (name) => {
    expect(isRefusal(writePath(pod(name), 'eviction'))).toBe(true)
    expect(isRefusal(writePath({ apiVersion: 'v1', kind: 'Node', name }))).toBe(true)
  })

  it.each([...bad, 'a.b', 'a'.repeat(64)])('is refused for the namespace %j', (namespace) => {
    expect(isRefusal(writePath(pod('web', namespace)))).toBe(true)
  })

  it('is refused for kinds that no action writes, and for a namespace where there is none', () => {
    for (const kind of ['Namespace', 'Secret', 'ClusterRole', 'constructor', '__proto__', 'toString'])
      expect(isRefusal(writePath({ apiVersion: 'v1', kind, namespace: 'shop', name: 'x' }))).toBe(true)
    expect(isRefusal(writePath({ apiVersion: 'v1', kind: 'Node', namespace: 'shop', name: 'n' }))).toBe(true)
    expect(isRefusal(writePath({ apiVersion: 'apps/v1/../v1', kind: 'Deployment', namespace: 'a', name: 'b' }))).toBe(
      true,
    )
  })

  it('any text is either a whole canonical path segment or no request', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), fc.string(), (name, namespace) => {
        const path = writePath(pod(name, namespace), 'eviction')
        if (isRefusal(path)) return
        expect(new URL(path, 'https://api').pathname).toBe(path)
        expect(path.split('/')).toHaveLength(8)
        expect(path).toBe(`/api/v1/namespaces/${namespace}/pods/${name}/eviction`)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is read back as the right that it needs', () => {
    const path = writePath(pod('web'), 'eviction') as string
    const request = { method: 'POST', path, query: [], contentType: 'application/json', body: '{}' } as const
    expect(accessOf(request)).toEqual({
      verb: 'create',
      group: '',
      resource: 'pods',
      subresource: 'eviction',
      namespace: 'shop',
      name: 'web',
    })
    const patch = { ...request, method: 'PATCH', path: '/apis/apps/v1/namespaces/shop/deployments/web' } as const
    expect(accessOf(patch)).toEqual({
      verb: 'patch',
      group: 'apps',
      resource: 'deployments',
      namespace: 'shop',
      name: 'web',
    })
  })
})
