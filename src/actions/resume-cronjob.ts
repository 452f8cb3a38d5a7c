import { z } from 'zod'
import { numberAt } from '../domain/at.ts'
import { type Action, defineAction } from './action.ts'
import { draftSuspend } from './change/suspend.ts'

/**
 * Lets a suspended CronJob start Jobs again. Without `startingDeadlineSeconds` the controller makes up for a missed run at
 * once, which the card says. Undone by suspend-cronjob.
 */
export const action: Action = defineAction({
  id: 'resume-cronjob',
  title: 'Resume',
  kinds: ['CronJob.batch'],
  needs: [],
  input: z.strictObject({}),
  draft: (context) => {
    const deadline = numberAt(context.target, 'spec', 'startingDeadlineSeconds')
    return draftSuspend(context, false, {
      back: 'suspend-cronjob',
      notes: [
        deadline === undefined
          ? 'if a run was missed meanwhile, one Job starts at once'
          : `a run that was missed in the last ${deadline} s starts at once, older ones do not`,
      ],
      pods: 0,
      proof: [{ path: ['spec', 'suspend'], is: 'not-equal', value: true }],
    })
  },
})
