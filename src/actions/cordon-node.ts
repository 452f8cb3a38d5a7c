import { z } from 'zod'
import { type Action, defineAction } from './action.ts'
import { draftCordon } from './change/cordon.ts'

/** Keeps new pods off a node; what runs there stays. Undone by uncordon-node. */
export const action: Action = defineAction({
  id: 'cordon-node',
  title: 'Cordon',
  kinds: ['Node'],
  needs: [],
  input: z.strictObject({}),
  draft: (context) => draftCordon(context, true),
})
