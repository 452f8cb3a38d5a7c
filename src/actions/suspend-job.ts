import { z } from 'zod'
import { type Action, defineAction } from './action.ts'
import { activePods, draftSuspend, jobEnded } from './change/suspend.ts'

/**
 * Suspends a Job: its controller stops the pods that run, and what they did not finish is done anew after a resume. Refuses
 * a Job that has ended. Undone by resume-job.
 */
export const action: Action = defineAction({
  id: 'suspend-job',
  title: 'Suspend',
  kinds: ['Job.batch'],
  needs: [],
  input: z.strictObject({}),
  draft: (context) => {
    const { target } = context
    const pods = activePods(target)
    const owner = target.metadata.ownerReferences?.find((one) => one.controller === true)
    return (
      jobEnded(target) ??
      draftSuspend(context, true, {
        back: 'resume-job',
        notes: [
          pods === 0
            ? 'no pod of it runs now'
            : `${pods} running pods are stopped; what they did not finish starts anew`,
          ...(owner?.kind === 'CronJob' ? [`CronJob ${owner.name} may start the next one all the same`] : []),
        ],
        pods,
        proof: [
          { path: ['status', 'active'], is: 'at-most', value: 0 },
          { path: ['status', 'conditions', 'Suspended', 'status'], is: 'equal', value: 'True' },
        ],
      })
    )
  },
})
