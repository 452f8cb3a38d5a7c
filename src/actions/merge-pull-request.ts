import { z } from 'zod'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isBranch, isOwnBranch, isRepository } from '../domain/repository-path.ts'
import { type Action, defineAction } from './action.ts'
import { keptInGit } from './change/kept-in-git.ts'

const commit = z.string().regex(/^[0-9a-f]{40}$/, 'is not a commit')

/** The pull request as it stood when the plan was made: read from the Git host, never given by who asks. */
const input = z.strictObject({
  repository: z.string().refine(isRepository, 'is not owner/name'),
  number: z.int().min(1),
  branch: z.string().refine(isOwnBranch, 'is not a branch of the doctor'),
  base: z.string().refine(isBranch, 'is not a branch name'),
  head: commit,
  method: z.enum(['merge', 'squash', 'rebase']),
  title: z.string().max(300),
  merges: z.string().max(64),
  blast: z.strictObject({ pods: z.number(), workloads: z.number(), services: z.number() }),
})

/**
 * Merges a pull request that the doctor opened, at exactly the head that was shown. The shipped policy does not name it, so it
 * is off until a policy does. What the Git host holds back, checks and reviews, it holds back here too.
 */
export const action: Action = defineAction({
  id: 'merge-pull-request',
  title: 'Merge the pull request',
  kinds: keptInGit,
  needs: [],
  input,
  draft: ({ target }, { title, merges, blast, ...pull }) => ({
    change: { kind: 'merge', ...pull },
    // What is merged is delivered: never so small that nobody has to be asked.
    risk: 'medium',
    blast: {
      ...blast,
      objects: [refOf(target)],
      notes: ['what it changes is delivered to the cluster after the merge'],
    },
    success: { kind: 'pull-request-merged', repository: pull.repository, number: pull.number, within: 60 },
    undo: {
      kind: 'action',
      action: 'open-pull-request',
      target: refOf(target),
      input: { reverts: merges },
      summary: 'open a pull request that takes its lines back',
    },
    summary: `Merge pull request #${pull.number} into ${pull.base}: ${refText(refOf(target))}, ${title}`,
  }),
})
