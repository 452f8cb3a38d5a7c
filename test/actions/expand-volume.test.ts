import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { draft, drafted, patchOf, pod } from './objects.ts'

const claim = (more: object = {}, status: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'v1', resourceVersion: '3' },
  spec: { storageClassName: 'fast', resources: { requests: { storage: '10Gi' } }, ...more },
  status: { phase: 'Bound', capacity: { storage: '10Gi' }, ...status },
})
const storageClass = (more: object = {}): KubeObject =>
  ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast' }, ...more }) as KubeObject
const storageClasses = [storageClass({ allowVolumeExpansion: true })]

describe('expand-volume', () => {
  it('tests the old size, sets the new one, and says honestly that there is no way back', () => {
    const made = drafted('expand-volume', claim(), { size: '20Gi' }, { storageClasses })
    expect(patchOf(made).slice(1, 3)).toEqual([
      { op: 'test', path: '/spec/resources/requests/storage', value: '10Gi' },
      { op: 'replace', path: '/spec/resources/requests/storage', value: '20Gi' },
    ])
    expect(made).toMatchObject({ risk: 'medium', undo: { kind: 'none' } })
    expect(made.blast.notes.join()).toContain('cannot be undone')
    expect(made.success).toMatchObject({ all: [{}, { path: ['status', 'capacity', 'storage'], value: '20Gi' }] })
  })

  it('is a high risk over twice the size, and names who uses it', () => {
    const user = { ...pod(), spec: { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] } }
    const made = drafted('expand-volume', claim(), { size: '21Gi' }, { storageClasses, namespacePods: [user] })
    expect(made.risk).toBe('high')
    expect(made.blast.notes[0]).toBe('used by web-1')
  })

  it.each([
    ['a smaller size', claim(), '5Gi', 'cannot-shrink'],
    ['the same size in other words', claim(), '10240Mi', 'already-there'],
    ['more than ten times', claim(), '101Gi', 'too-much'],
    ['what is not bound', claim({}, { phase: 'Pending' }), '20Gi', 'claim-not-bound'],
    [
      'what is being made larger',
      claim({}, { conditions: [{ type: 'Resizing', status: 'True' }] }),
      '20Gi',
      'resize-running',
    ],
    ['a class that is not there', claim({ storageClassName: 'gone' }), '20Gi', 'class-unknown'],
  ])('refuses %s', (_, target, size, code) => {
    expect(draft('expand-volume', target, { size }, { storageClasses })).toMatchObject({ code })
  })

  it('refuses a class that does not allow it, and one that could not be read', () => {
    expect(draft('expand-volume', claim(), { size: '20Gi' }, { storageClasses: [storageClass()] })).toMatchObject({
      code: 'class-forbids',
    })
    expect(draft('expand-volume', claim(), { size: '20Gi' }, { unread: ['storageClasses'] })).toMatchObject({
      code: 'related-unread',
    })
  })

  it.each(['20', '-20Gi', '20gb', '1e3Gi', '', ' 20Gi', '20Gi;', 20])('refuses %j as a size', (size) => {
    expect(draft('expand-volume', claim(), { size }, { storageClasses })).toMatchObject({ code: 'input-invalid' })
  })
})
