import type { FileEdit } from '../domain/change.ts'
import type { Read } from '../domain/coverage.ts'
import { deliveryText } from '../domain/delivered-by.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ChartRenderer, ClusterReader, GitHost } from '../ports.ts'
import { afterPatch } from './after-patch.ts'
import { codeOwnersPaths, ownersOf } from './code-owners.ts'
import { type FieldChange, fieldChanges } from './field-changes.ts'
import { findEdits } from './find-edit.ts'
import type { GitWish } from './git-wish.ts'
import { pullRequestBody, pullRequestTitle } from './pull-request-text.ts'
import { type Checkout, openCheckout } from './render/files.ts'
import { openRendering } from './render/rendering.ts'
import { type GitSource, sourcesOf } from './source.ts'

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
    const sources = await sourcesOf(reader, wish.owner, AbortSignal.timeout(deadline))
    if (isRefusal(sources)) return sources
    let refusal: Refusal = refused(
      'not-in-file',
      `No file of ${deliveryText(wish.owner)} renders ${refText(refOf(wish.target))}. A person has to find where it is written.`,
    )
    for (const source of sources) {
      const input = await inSource(git, charts, source, wish, changes)
      if (!isRefusal(input)) return input
      if (input.code !== 'not-in-file') refusal = input
    }
    return refusal
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

const inSource = async (
  git: GitHost,
  charts: ChartRenderer | undefined,
  source: GitSource,
  wish: GitWish,
  changes: readonly FieldChange[],
) => {
  const { repository } = source
  const opened = await checkoutOf(git, source)
  if (isRefusal(opened)) return opened
  const { base, baseSha, own } = opened
  const refs = new Map<string, Checkout>()
  for (const [name, ref] of Object.entries(source.refs ?? {})) {
    const other =
      ref.repository === repository && ref.revision === source.revision ? opened : await checkoutOf(git, ref)
    if (isRefusal(other)) return other
    refs.set(name, other.own)
  }
  const rendering = openRendering({ own, refs }, source, charts)
  if (isRefusal(rendering)) return rendering
  const found = await findEdits(own, source, rendering, wish.target, changes)
  if (isRefusal(found)) return found
  const after = afterMerge(wish, changes)
  const text = { wish, changes, repository, base, edits: found.edits, provedBy: found.provedBy }
  return {
    repository,
    base,
    baseSha,
    title: pullRequestTitle(text),
    body: pullRequestBody(text),
    edits: found.edits,
    labels: ['cluster-doctor', 'automated'],
    reviewers: await reviewersOf(own, found.edits),
    ...(after === undefined ? {} : { afterMerge: after }),
  }
}

type Opened = { readonly base: string; readonly baseSha: string; readonly own: Checkout }

const checkoutOf = async (
  git: GitHost,
  { repository, revision }: { readonly repository: string; readonly revision?: string },
): Promise<Opened | Refusal> => {
  const base = revision ?? (await readOrRefuse(git.defaultBranch(repository), `the default branch of ${repository}`))
  if (isRefusal(base)) return base
  const baseSha = await readOrRefuse(git.headOf(repository, base), `branch ${base} of ${repository}`)
  if (isRefusal(baseSha)) return baseSha
  const files = await readOrRefuse(git.listFiles(repository, baseSha), `the files of ${repository}`)
  return isRefusal(files) ? files : { base, baseSha, own: openCheckout(git, repository, baseSha, files) }
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

const readOrRefuse = async <T>(reading: Promise<Read<T>>, what: string): Promise<T | Refusal> => {
  const read = await reading
  if (read.kind === 'ok') return read.value
  return refused(
    'git-unread',
    `${what[0]?.toUpperCase()}${what.slice(1)} could not be read${read.kind === 'unreadable' ? `: ${read.message}` : ': it does not exist'}.`,
  )
}
