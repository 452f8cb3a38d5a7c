import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, patchOf, pod } from './objects.ts'

const service = (spec: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', uid: 's1', resourceVersion: '3' },
  spec: { type: 'ClusterIP', selector: { app: 'wbe' }, ...spec },
})
const ready = (app: string, status = 'True') => ({
  ...pod({ labels: { app } }),
  status: { conditions: [{ type: 'Ready', status }] },
})
const wish = { selector: { app: 'web' } }

describe('set-selector', () => {
  it('tests the old selector and sets the new one; undo is the old one', () => {
    const made = drafted('set-selector', service(), wish, { namespacePods: [ready('web')] })
    expect(patchOf(made).slice(1, 3)).toEqual([
      { op: 'test', path: '/spec/selector', value: { app: 'wbe' } },
      { op: 'replace', path: '/spec/selector', value: { app: 'web' } },
    ])
    expect(made).toMatchObject({ risk: 'medium', undo: { input: { selector: { app: 'wbe' } } } })
    expect(made.blast.notes).toEqual(['0 ready pods are served now, 1 after it'])
  })

  it('reads labels as a runbook writes them', () => {
    const made = drafted(
      'set-selector',
      service(),
      { selector: 'app=web, tier=' },
      {
        namespacePods: [{ ...ready('web'), metadata: { ...pod().metadata, labels: { app: 'web', tier: '' } } }],
      },
    )
    expect(made.success).toMatchObject({ kind: 'serves', selector: { app: 'web', tier: '' } })
  })

  it('is a high risk where ready pods are served now', () => {
    expect(drafted('set-selector', service(), wish, { namespacePods: [ready('web'), ready('wbe')] }).risk).toBe('high')
  })

  it.each([
    ['a selector that selects nothing', service(), [], 'selects-nothing'],
    ['one that selects nothing ready', service(), [ready('web', 'False')], 'selects-nothing'],
    ['what is so already', service({ selector: { app: 'web' } }), [ready('web')], 'already-there'],
    ['a Service without selector', service({ selector: undefined }), [ready('web')], 'no-selector'],
    ['an external name', service({ type: 'ExternalName' }), [ready('web')], 'no-selector'],
    [
      'what Argo Rollouts keeps',
      service({ selector: { 'rollouts-pod-template-hash': 'x' } }),
      [ready('web')],
      'rollouts-owned',
    ],
  ])('refuses %s', (_, target, namespacePods, code) => {
    expect(draft('set-selector', target, wish, { namespacePods })).toMatchObject({ code })
  })

  it.each([
    {},
    { '': 'x' },
    { 'a b': 'x' },
    { app: 'x y' },
    { 'a/b/c': 'x' },
    { app: 1 },
    'web',
    'app==web',
    'app=web,',
    '',
  ])('refuses %j as a selector', (selector) => {
    expect(draft('set-selector', service(), { selector }, { namespacePods: [ready('web')] })).toMatchObject({
      code: 'input-invalid',
    })
  })
})
