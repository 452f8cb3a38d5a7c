import { z } from 'zod'
import { numberAt } from '../domain/at.ts'
import { type Action, defineAction } from './action.ts'
import { draftSuspend, jobEnded } from './change/suspend.ts'

/** Lets a suspended Job go on: its controller starts pods for what is left. Undone by suspend-job. */
export const action: Action = defineAction({
  id: 'resume-job',
  title: 'Resume',
  kinds: ['Job.batch'],
  needs: [],
  input: z.strictObject({}),
  draft: (context) => {
    const { target } = context
    const pods = numberAt(target, 'spec', 'parallelism') ?? 1
    return (
      jobEnded(target) ??
      draftSuspend(context, false, {
        back: 'suspend-job',
        notes: [`up to ${pods} pods start`],
        pods,
        proof: [
          { path: ['status', 'conditions', 'Suspended', 'status'], is: 'not-equal', value: 'True' },
          { path: ['status', 'startTime'], is: 'present' },
        ],
      })
    )
  },
})
