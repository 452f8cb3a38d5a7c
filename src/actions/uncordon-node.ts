import { z } from 'zod'
import { type Action, defineAction } from './action.ts'
import { draftCordon } from './change/cordon.ts'

/** Lets new pods onto a node again. Undone by cordon-node. */
export const action: Action = defineAction({
  id: 'uncordon-node',
  title: 'Uncordon',
  kinds: ['Node'],
  needs: [],
  input: z.strictObject({}),
  draft: (context) => draftCordon(context, false),
})
