import { describe, expect, it } from 'vitest'
import { deployment, draft, drafted, patchOf } from './objects.ts'

describe('resume-rollout', () => {
  it('takes spec.paused away, is done when the rollout is, and can be stopped again', () => {
    const made = drafted('resume-rollout', deployment({ paused: true }))
    expect(patchOf(made).slice(2, 4)).toEqual([
      { op: 'test', path: '/spec/paused', value: true },
      { op: 'remove', path: '/spec/paused' },
    ])
    expect(made).toMatchObject({
      risk: 'medium',
      success: { kind: 'rollout-complete' },
      undo: { action: 'pause-rollout' },
      blast: { pods: 2 },
    })
  })

  it('refuses what is not paused', () => {
    expect(draft('resume-rollout', deployment())).toMatchObject({ code: 'already-there' })
    expect(draft('resume-rollout', deployment({ paused: false }))).toMatchObject({ code: 'already-there' })
  })
})
