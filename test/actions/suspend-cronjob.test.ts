import { describe, expect, it } from 'vitest'
import { cronJob, draft, drafted, job, patchOf } from './objects.ts'

describe('suspend-cronjob', () => {
  it('tests the old value, sets the new one, and has resume-cronjob as its way back', () => {
    const made = drafted('suspend-cronjob', cronJob({ suspend: false }))
    expect(patchOf(made).slice(2, 4)).toEqual([
      { op: 'test', path: '/spec/suspend', value: false },
      { op: 'add', path: '/spec/suspend', value: true },
    ])
    expect(made).toMatchObject({ undo: { action: 'resume-cronjob' }, summary: 'Suspend CronJob shop/nightly' })
  })

  it('says that what runs goes on', () => {
    const running = { ...cronJob(), status: { active: [{ name: 'nightly-1' }] } }
    expect(drafted('suspend-cronjob', running).blast.notes).toEqual(['1 of its Jobs run now and go on'])
  })

  it('refuses what is suspended already, and a Job', () => {
    expect(draft('suspend-cronjob', cronJob({ suspend: true }))).toMatchObject({ code: 'already-there' })
    expect(draft('suspend-cronjob', job())).toMatchObject({ code: 'kind-not-supported' })
  })
})
