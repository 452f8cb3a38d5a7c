import { z } from 'zod'

/** A repository as every event of GitHub names it. */
export const repository = z.object({
  full_name: z.string().regex(/^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/),
  default_branch: z.string().max(255).nullish(),
})
