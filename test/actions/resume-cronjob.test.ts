import { describe, expect, it } from 'vitest'
import { cronJob, draft, drafted, patchOf } from './objects.ts'

describe('resume-cronjob', () => {
  it('sets spec.suspend to false and has suspend-cronjob as its way back', () => {
    const made = drafted('resume-cronjob', cronJob({ suspend: true }))
    expect(patchOf(made)).toContainEqual({ op: 'add', path: '/spec/suspend', value: false })
    expect(made.undo).toMatchObject({ action: 'suspend-cronjob' })
  })

  it('says whether a missed run is made up for', () => {
    expect(drafted('resume-cronjob', cronJob({ suspend: true })).blast.notes[0]).toContain('starts at once')
    const bounded = cronJob({ suspend: true, startingDeadlineSeconds: 60 })
    expect(drafted('resume-cronjob', bounded).blast.notes[0]).toContain('the last 60 s')
  })

  it('refuses what is not suspended', () => {
    expect(draft('resume-cronjob', cronJob({ suspend: false }))).toMatchObject({ code: 'already-there' })
  })
})
