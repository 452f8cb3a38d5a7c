import { describe, expect, it } from 'vitest'
import { draft, drafted, job, patchOf } from './objects.ts'

describe('suspend-job', () => {
  it('says how many pods it stops, and is done when none is left', () => {
    const made = drafted('suspend-job', { ...job({ suspend: false }), status: { active: 3 } })
    expect(patchOf(made)).toContainEqual({ op: 'add', path: '/spec/suspend', value: true })
    expect(made).toMatchObject({
      blast: { pods: 3 },
      success: { all: [{ path: ['status', 'active'], is: 'at-most', value: 0 }, { value: 'True' }] },
      undo: { action: 'resume-job' },
    })
    expect(made.blast.notes[0]).toContain('3 running pods are stopped')
  })

  it.each(['Complete', 'Failed'])('refuses what has ended (%s)', (type) => {
    const ended = { ...job(), status: { conditions: [{ type, status: 'True' }] } }
    expect(draft('suspend-job', ended)).toMatchObject({ code: 'job-ended' })
    expect(draft('resume-job', ended)).toMatchObject({ code: 'job-ended' })
  })

  it('warns where a CronJob would start the next one', () => {
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'c1', controller: true }]
    expect(drafted('suspend-job', job({}, { ownerReferences })).blast.notes[1]).toContain('CronJob nightly')
  })
})
