import type { FileEdit } from '../domain/change.ts'
import { deliveryText } from '../domain/delivered-by.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ChartRenderer, ClusterReader, GitHost } from '../ports.ts'
import { afterPatch } from './after-patch.ts'
import { codeOwnersPaths, ownersOf } from './code-owners.ts'
import { type FieldChange, fieldChanges } from './field-changes.ts'
import type { GitWish } from './git-wish.ts'
import { inOwner } from './in-owner.ts'
import { type Found, inSource, type Tools } from './in-source.ts'
import { pullRequestBody, pullRequestTitle } from './pull-request-text.ts'
import type { Checkout } from './render/files.ts'
import { readOwner, sourcesOf } from './source.ts'

export type { GitWish } from './git-wish.ts'

/** Turns a wish on an object that Git owns into the input of open-pull-request: which file of which repository, edited how. */
export type GitOps = { readonly editsFor: (wish: GitWish) => Promise<Readonly<Record<string, unknown>> | Refusal> }

const deadline = 30_000

/**
 * Finds the files that render the object, makes the wished change in them in the fewest bytes, and proves it by rendering them
 * before and after. It reads only; every no is a sentence that says what a person should do instead.
 */
export const createGitOps = (
  git: GitHost,
  readers: ReadonlyMap<string, ClusterReader>,
  charts?: ChartRenderer,
): GitOps => ({
  editsFor: async (wish) => {
    const reader = readers.get(wish.cluster)
    if (reader === undefined) return refused('cluster-unknown', `There is no cluster ${wish.cluster} here.`)
    const changes = changesOf(wish)
    if (isRefusal(changes)) return changes
    const signal = AbortSignal.timeout(deadline)
    const { owner, target } = wish
    const object = await readOwner(reader, owner, signal)
    if (isRefusal(object)) return object
    const sources = await sourcesOf(reader, owner, object, signal)
    if (isRefusal(sources)) return sources
    const tools: Tools = { git, charts, opened: new Map() }
    let refusal: Refusal = refused(
      'not-in-file',
      `No file of ${deliveryText(owner)} renders ${refText(refOf(target))}. A person has to find where it is written.`,
    )
    for (const source of sources) {
      const found = await inSource(tools, source, target, changes)
      if (!isRefusal(found)) return inputOf(wish, changes, found)
      if (found.code !== 'not-in-file' || sources.length === 1) refusal = found
    }
    if (refusal.code !== 'not-in-file') return refusal
    const found = await inOwner(tools, reader, { owner, object, target }, changes, signal)
    return isRefusal(found) ? refusal : inputOf(wish, changes, found)
  },
})

const changesOf = (wish: GitWish): readonly FieldChange[] | Refusal => {
  const { change } = wish.draft
  const after = change.kind === 'cluster-write' ? afterPatch(wish.target, change.request) : undefined
  if (after === undefined)
    return refused(
      'git-no-edit',
      `${wish.action} cannot be said in Git. ${deliveryText(wish.owner)} owns this object, so a live change would be undone.`,
    )
  const changes = fieldChanges(wish.target, after)
  return changes.length > 0
    ? changes
    : refused(
        'git-no-edit',
        `${wish.action} changes nothing that Git holds: ${deliveryText(wish.owner)} owns the object, and a live change would be undone.`,
      )
}

const inputOf = async (wish: GitWish, changes: readonly FieldChange[], found: Found) => {
  const { base, baseSha, checkout, edits, provedBy } = found
  const { repository } = checkout
  const after = afterMerge(wish, changes)
  const text = { wish, changes, repository, base, edits, provedBy }
  return {
    repository,
    base,
    baseSha,
    title: pullRequestTitle(text),
    body: pullRequestBody(text),
    edits,
    labels: ['cluster-doctor', 'automated'],
    reviewers: await reviewersOf(checkout, edits),
    ...(after === undefined ? {} : { afterMerge: after }),
  }
}

/** Who owns the files, by the repository's CODEOWNERS; nobody where it has none or it cannot be read. */
const reviewersOf = async (own: Checkout, edits: readonly FileEdit[]): Promise<readonly string[]> => {
  const path = codeOwnersPaths.find((one) => own.paths.has(one))
  const text = path === undefined ? '' : await own.run((files) => files.text(path))
  if (isRefusal(text)) return []
  return [...new Set(edits.flatMap((edit) => ownersOf(text, edit.path)))].slice(0, 10)
}

/** What must hold after the merge: the live fields as they are wanted, and the check that the live change would have had. */
const afterMerge = ({ owner, draft }: GitWish, changes: readonly FieldChange[]) =>
  draft.success.kind === 'pull-request-open'
    ? undefined
    : {
        owner,
        fields: changes.map(({ path, after }) => ({ path: [...path], value: after ?? null })),
        check: draft.success,
      }
