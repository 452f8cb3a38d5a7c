import { describe, expect, it } from 'vitest'
import { deliveredBy } from '../../src/domain/delivered-by.ts'
import { diffObjects, diffText } from '../../src/domain/diff.ts'
import { fingerprint } from '../../src/domain/fingerprint.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { mrkdwn, plain } from '../../src/domain/plain.ts'

const object = (more: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', resourceVersion: '1', generation: 1, ...metadata },
  ...more,
})
const texts = (before: unknown, after: unknown) =>
  diffObjects(before, after).shown.map((line) => `${line.op} ${line.text}`)

describe('the diff of two objects', () => {
  it('names the leaf that differs and leaves out what the server keeps for itself', () => {
    const before = object({ spec: { replicas: 2 }, status: { replicas: 2 } })
    const after = object({ spec: { replicas: 3 }, status: { replicas: 9 } }, { resourceVersion: '2', generation: 2 })
    expect(texts(before, after)).toEqual(['- spec.replicas: 2', '+ spec.replicas: 3'])
  })

  it('tells entries of a list by name, so that an insertion is one line', () => {
    const list = (...names: string[]) => object({ spec: { env: names.map((name) => ({ name, value: name })) } })
    expect(texts(list('a', 'c'), list('a', 'b', 'c'))).toEqual(['+ spec.env[b].name: b', '+ spec.env[b].value: b'])
  })

  it('does not depend on the order of keys', () => {
    expect(texts({ a: 1, b: { c: 1, d: 2 } }, { b: { d: 2, c: 1 }, a: 1 })).toEqual([])
  })

  it('hides the value of what is named like a secret, but not that it differs', () => {
    const env = (value: string) => object({ spec: { env: [{ name: 'DB_PASSWORD', value }] } })
    const { shown, raw } = diffObjects(env('hunter2hunter2'), env('correct-horse-battery'))
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|correct-horse/)
    expect(shown).toHaveLength(2)
    expect(JSON.stringify(raw)).toContain('hunter2')
  })

  it('of a text shows the changed middle with what stands around it', () => {
    expect(diffText('a\nb\nc\nd\ne', 'a\nb\nX\nd\ne', 1)).toEqual([
      { op: ' ', text: 'b' },
      { op: '-', text: 'c' },
      { op: '+', text: 'X' },
      { op: ' ', text: 'd' },
    ])
  })
})

describe('the fingerprint', () => {
  it('moves with what people change, not with what the cluster moves', () => {
    const base = fingerprint(object({ spec: { replicas: 2 } }))
    expect(
      fingerprint(object({ spec: { replicas: 2 }, status: { x: 1 } }, { resourceVersion: '9', managedFields: [] })),
    ).toBe(base)
    expect(fingerprint(object({ spec: { replicas: 3 } }))).not.toBe(base)
    expect(fingerprint(object({ spec: { replicas: 2 } }, { labels: { a: 'b' } }))).not.toBe(base)
    expect(fingerprint(object({ spec: { replicas: 2 } }, { generation: 2 }))).not.toBe(base)
  })
})

describe('who delivers an object', () => {
  it.each([
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' } }, 'shop'],
    [{ annotations: { 'argocd.argoproj.io/tracking-id': 'team_shop:apps/Deployment:shop/web' } }, 'shop'],
    [{ labels: { 'argocd.argoproj.io/instance': 'shop' } }, 'shop'],
    [{ labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }, 'apps'],
    [{ labels: { 'helm.toolkit.fluxcd.io/name': 'rel' } }, 'rel'],
    [{ labels: { 'app.kubernetes.io/instance': 'shop' }, managedFields: [{ manager: 'argocd-controller' }] }, 'shop'],
    [{ labels: { 'app.kubernetes.io/instance': 'shop', 'app.kubernetes.io/managed-by': 'Helm' } }, undefined],
    [{}, undefined],
  ])('%j: %s', (metadata, name) => {
    expect(deliveredBy(object({}, metadata))?.name).toBe(name)
  })
})

describe('text from outside', () => {
  it('has nothing in it that cannot be seen, and is cut between characters', () => {
    expect(plain('a\u202eb\u200bc\u0000d\u2066e\ufefff')).toBe('abcdef')
    expect(plain('x\ud83d\ude00y', 3)).toBe('x…')
    expect(plain('a\ud800b').isWellFormed()).toBe(true)
    expect(mrkdwn('<!channel> & ```')).toBe("&lt;!channel&gt; &amp; '''")
  })
})
