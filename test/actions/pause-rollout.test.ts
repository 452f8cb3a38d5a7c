import { describe, expect, it } from 'vitest'
import { deployment, draft, drafted, patchOf, pod } from './objects.ts'

describe('pause-rollout', () => {
  it('changes nothing but spec.paused and the mark, and is done when the controller has seen it', () => {
    const made = drafted('pause-rollout', deployment())
    expect(patchOf(made).slice(2, 3)).toEqual([{ op: 'add', path: '/spec/paused', value: true }])
    expect(made).toMatchObject({
      risk: 'low',
      success: { all: [{ is: 'equal' }, { path: ['status', 'observedGeneration'], value: 4 }] },
      undo: { action: 'resume-rollout' },
    })
  })

  it('says how far the rollout is that it stops', () => {
    const halfway = { ...deployment(), status: { updatedReplicas: 1 } }
    expect(drafted('pause-rollout', halfway).blast.notes[0]).toContain('1 of 2 pods')
  })

  it('refuses what is paused, and what cannot be', () => {
    expect(draft('pause-rollout', deployment({ paused: true }))).toMatchObject({ code: 'already-there' })
    expect(draft('pause-rollout', pod())).toMatchObject({ code: 'kind-not-supported' })
  })
})
