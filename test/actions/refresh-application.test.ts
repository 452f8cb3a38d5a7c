import { describe, expect, it } from 'vitest'
import { application, draft, drafted, patchOf } from './objects.ts'

describe('refresh-application', () => {
  it('sets the annotation that Argo CD takes away again, without a test of the generation, which moves by itself', () => {
    const made = drafted('refresh-application', application())
    expect(patchOf(made)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'a1' },
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'argocd.argoproj.io/refresh': 'normal' },
      },
      { op: 'add', path: '/metadata/annotations/cluster-doctor.dev~1plan', value: 'abcdef012345' },
    ])
    expect(made).toMatchObject({ risk: 'low', undo: { kind: 'none' } })
    expect(made.success).toMatchObject({ all: [{ is: 'absent' }, { is: 'not-equal', value: '2026-11-20T09:58:00Z' }] })
  })

  it('can be hard, and says where a look leads to a sync', () => {
    const made = drafted('refresh-application', application({ syncPolicy: { automated: {} } }), { hard: true })
    expect(JSON.stringify(patchOf(made))).toContain('"hard"')
    expect(made.blast.notes[0]).toContain('syncs by itself')
  })

  it('refuses what is being refreshed', () => {
    const metadata = { ...application().metadata, annotations: { 'argocd.argoproj.io/refresh': 'normal' } }
    expect(draft('refresh-application', application({}, {}, { metadata }))).toMatchObject({ code: 'already-there' })
  })
})
