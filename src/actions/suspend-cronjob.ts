import { z } from 'zod'
import { listAt } from '../domain/at.ts'
import { type Action, defineAction } from './action.ts'
import { draftSuspend } from './change/suspend.ts'

/** Keeps a CronJob from starting Jobs; those that run go on. Undone by resume-cronjob. */
export const action: Action = defineAction({
  id: 'suspend-cronjob',
  title: 'Suspend',
  kinds: ['CronJob.batch'],
  needs: [],
  input: z.strictObject({}),
  draft: (context) => {
    const running = listAt(context.target, 'status', 'active').length
    return draftSuspend(context, true, {
      back: 'resume-cronjob',
      notes: [running === 0 ? 'none of its Jobs runs now' : `${running} of its Jobs run now and go on`],
      pods: 0,
      proof: [{ path: ['spec', 'suspend'], is: 'equal', value: true }],
    })
  },
})
