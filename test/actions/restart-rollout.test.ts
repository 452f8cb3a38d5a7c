import { describe, expect, it } from 'vitest'
import { deployment, draft, drafted, node, patchOf, template } from './objects.ts'

describe('restart-rollout', () => {
  it('sets restartedAt to the time of the plan, so that a replay changes nothing', () => {
    const made = drafted('restart-rollout', deployment())
    expect(patchOf(made)).toContainEqual({
      op: 'add',
      path: '/spec/template/metadata/annotations',
      value: { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T10:00:00.000Z' },
    })
    expect(drafted('restart-rollout', deployment())).toEqual(made)
  })

  it('tests the restart before, and keeps other annotations', () => {
    const old = { 'kubectl.kubernetes.io/restartedAt': 'before', other: 'kept' }
    const target = deployment({ template: { ...template(), metadata: { labels: { app: 'web' }, annotations: old } } })
    const path = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt'
    expect(patchOf(drafted('restart-rollout', target)).filter((op) => op.path === path)).toEqual([
      { op: 'test', path, value: 'before' },
      { op: 'add', path, value: '2026-11-20T10:00:00.000Z' },
    ])
  })

  it.each([
    ['another kind', node(), 'kind-not-supported'],
    ['what is being deleted', deployment({}, { deletionTimestamp: '2026-11-20T09:00:00Z' }), 'being-deleted'],
    ['what is paused', deployment({ paused: true }), 'rollout-paused'],
    ['what replaces pods only on delete', deployment({ updateStrategy: { type: 'OnDelete' } }), 'on-delete'],
    ['what has no uid', deployment({}, { uid: undefined }), 'no-uid'],
    ['a name that is none', deployment({}, { name: '..' }), 'name-invalid'],
  ])('refuses %s', (_, target, code) => {
    expect(draft('restart-rollout', target)).toMatchObject({ kind: 'refused', code })
  })
})
