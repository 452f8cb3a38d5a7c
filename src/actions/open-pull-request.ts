import { z } from 'zod'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import type { SuccessCheck } from '../domain/plan.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { checkedFilePath, isBranch, isRepository } from '../domain/repository-path.ts'
import { type Action, defineAction } from './action.ts'
import { keptInGit } from './change/kept-in-git.ts'

const edit = z.strictObject({
  path: z.string().max(500),
  before: z.string().max(1_000_000),
  after: z.string().max(1_000_000),
})

const step = z.union([
  z.string().max(500),
  z.strictObject({ key: z.string().max(100), value: z.union([z.string().max(500), z.number()]) }),
])
const target = z.strictObject({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  uid: z.string().optional(),
})
/** The check of the action that was wished for: drafted by the catalogue, so its own fields are not looked into here. */
const check = z.looseObject({
  kind: z.enum(['rollout-complete', 'field-equals', 'fields-hold', 'holds', 'gone']),
  target,
  within: z.number().positive(),
})
/** What delivers the object, the live fields as they are wanted, and how success is checked once they are there. */
const afterMerge = z.strictObject({
  owner: z.strictObject({
    tool: z.enum(['argocd', 'flux']),
    kind: z.enum(['Application', 'Kustomization', 'HelmRelease']),
    name: z.string(),
    namespace: z.string().optional(),
  }),
  fields: z.array(z.strictObject({ path: z.array(step).min(1).max(30), value: z.unknown() })).max(50),
  check,
})

const input = z.strictObject({
  repository: z.string().refine(isRepository, 'is not owner/name'),
  base: z.string().refine(isBranch, 'is not a branch name'),
  baseSha: z.string().regex(/^[0-9a-f]{40}$/, 'is not a commit'),
  title: z.string().min(1).max(200),
  body: z.string().max(60_000),
  edits: z.array(edit).min(1).max(10),
  labels: z.array(z.string().min(1).max(50)).max(10).optional(),
  reviewers: z
    .array(z.string().regex(/^[A-Za-z0-9][\w-]*(?:\/[\w.-]+)?$/))
    .max(15)
    .optional(),
  // The issue that the branch is named for, by option.
  issue: z.number().int().min(1).max(999_999_999).optional(),
  // What was wanted of the live object: asked for again where the base has moved on.
  wish: z.strictObject({ action: z.string(), input: z.record(z.string(), z.unknown()) }).optional(),
  // What follows the merge is a promise of the plan, so it is sealed with it.
  afterMerge: afterMerge.optional(),
})

/** Named by the plan, and where it is for an issue also by that and the day: two plans never share a branch. */
const branchOf = (issue: number | undefined, mark: string, at: string): string =>
  issue === undefined
    ? `doctor/${mark}`
    : `fix/cluster-doctor/issue-${issue}-${at.slice(0, 10).replaceAll('-', '')}-${mark}`

/**
 * Opens a pull request with the edits on a branch of our own (`doctor/…`, or for an issue `fix/cluster-doctor/…`): the way to change what Git owns. Never a workflow file, never
 * the base branch itself. The branch is named by the plan, so a replay finds the pull request that is there already.
 */
export const action: Action = defineAction({
  id: 'open-pull-request',
  title: 'Open a pull request',
  kinds: keptInGit,
  needs: [],
  input,
  draft: ({ target, mark, at }, wanted) => {
    const name = refText(refOf(target))
    for (const { path } of wanted.edits) {
      const checked = checkedFilePath(path)
      if (isRefusal(checked)) return checked
    }
    const paths = wanted.edits.map((item) => item.path.toLowerCase())
    if (new Set(paths).size !== paths.length) return refused('path-twice', 'One file is edited twice.')
    const edits = wanted.edits.filter((item) => item.before !== item.after)
    if (edits.length === 0) return refused('already-there', `The files of ${name} say that already.`)
    const { repository, base, baseSha, title, body } = wanted
    return {
      change: {
        kind: 'pull-request',
        repository,
        base,
        baseSha,
        branch: branchOf(wanted.issue, mark, at),
        title: neutral(title),
        body: neutral(body),
        edits,
        ...(wanted.labels === undefined ? {} : { labels: wanted.labels }),
        ...(wanted.reviewers === undefined ? {} : { reviewers: wanted.reviewers }),
      },
      risk: 'low',
      blast: {
        pods: 0,
        workloads: 0,
        services: 0,
        objects: [refOf(target)],
        notes: ['nothing changes in the cluster until people merge it'],
      },
      success: {
        kind: 'pull-request-open',
        within: 60,
        ...(wanted.afterMerge === undefined ? {} : { afterMerge: wanted.afterMerge as unknown as AfterMergeCheck }),
      },
      undo: { kind: 'none', reason: 'close the pull request; nothing was changed' },
      summary: `Open a pull request to ${repository}: ${title}`,
    }
  },
})

type AfterMergeCheck = NonNullable<Extract<SuccessCheck, { kind: 'pull-request-open' }>['afterMerge']>

/** Text that mentions nobody and closes nothing: an invisible joiner breaks `@org`, `#1` and `fixes #1`. */
const neutral = (text: string): string => text.replace(/(^|[\s(])([@#])(?=[\w-])/g, '$1$2\u2060')
