import { describe, expect, it } from 'vitest'
import { draft, drafted, job, patchOf } from './objects.ts'

describe('resume-job', () => {
  it('sets spec.suspend to false, says how many pods start, and has suspend-job as its way back', () => {
    const made = drafted('resume-job', job({ suspend: true, parallelism: 4 }))
    expect(patchOf(made).slice(2, 4)).toEqual([
      { op: 'test', path: '/spec/suspend', value: true },
      { op: 'add', path: '/spec/suspend', value: false },
    ])
    expect(made).toMatchObject({ blast: { pods: 4 }, undo: { action: 'suspend-job' } })
  })

  it('refuses what is not suspended', () => {
    expect(draft('resume-job', job({ suspend: false }))).toMatchObject({ code: 'already-there' })
  })
})
