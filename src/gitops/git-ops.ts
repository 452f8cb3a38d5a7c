import type { Read } from '../domain/coverage.ts'
import { deliveryText } from '../domain/delivered-by.ts'
import { refOf } from '../domain/kubernetes.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ClusterReader, GitHost } from '../ports.ts'
import { afterPatch } from './after-patch.ts'
import { editYaml, holds, type Wanted } from './edit-yaml.ts'
import { type FieldChange, fieldChanges } from './field-changes.ts'
import type { GitWish } from './git-wish.ts'
import { imageEdit } from './kustomize-image.ts'
import { pullRequestBody, pullRequestTitle } from './pull-request-text.ts'
import { type GitSource, sourcesOf } from './source.ts'

export type { GitWish } from './git-wish.ts'

/** Turns a wish on an object that Git owns into the input of open-pull-request: which file of which repository, edited how. */
export type GitOps = { readonly editsFor: (wish: GitWish) => Promise<Readonly<Record<string, unknown>> | Refusal> }

const deadline = 30_000
const mostFiles = 200

/**
 * Finds the file that holds the object and makes the wished change in it, in the fewest bytes. It reads only; every no is a
 * sentence that says what a person should do instead.
 */
export const createGitOps = (git: GitHost, readers: ReadonlyMap<string, ClusterReader>): GitOps => ({
  editsFor: async (wish) => {
    const reader = readers.get(wish.cluster)
    if (reader === undefined) return refused('cluster-unknown', `There is no cluster ${wish.cluster} here.`)
    const changes = changesOf(wish)
    if (isRefusal(changes)) return changes
    const sources = await sourcesOf(reader, wish.owner, AbortSignal.timeout(deadline))
    if (isRefusal(sources)) return sources
    let refusal: Refusal = refused(
      'not-in-file',
      `No file of ${deliveryText(wish.owner)} holds ${refText(refOf(wish.target))} as plain YAML. A person has to find where it is rendered.`,
    )
    for (const source of sources) {
      const input = await inSource(git, source, wish, changes)
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

const inSource = async (git: GitHost, source: GitSource, wish: GitWish, changes: readonly FieldChange[]) => {
  const { repository } = source
  const base =
    source.revision ?? (await readOrRefuse(git.defaultBranch(repository), `the default branch of ${repository}`))
  if (isRefusal(base)) return base
  const baseSha = await readOrRefuse(git.headOf(repository, base), `branch ${base} of ${repository}`)
  if (isRefusal(baseSha)) return baseSha
  const files = await readOrRefuse(git.listFiles(repository, baseSha, source.path), `the files of ${repository}`)
  if (isRefusal(files)) return files
  const found = await findEdit(git, source, baseSha, files, wish, changes)
  if (isRefusal(found)) return found
  const text = { wish, changes, repository, base, path: found.path }
  const after = afterMerge(wish, changes)
  return {
    repository,
    base,
    baseSha,
    title: pullRequestTitle(text),
    body: pullRequestBody(text),
    edits: [found],
    ...(after === undefined ? {} : { afterMerge: after }),
  }
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

const findEdit = async (
  git: GitHost,
  source: GitSource,
  sha: string,
  files: readonly string[],
  wish: GitWish,
  changes: readonly FieldChange[],
) => {
  const { kind, metadata } = wish.target
  const wanted: Wanted = {
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  }
  const yaml = files.filter((path) => /\.ya?ml$/i.test(path)).slice(0, mostFiles)
  let refusal: Refusal = refused(
    'not-in-file',
    `${source.repository}/${source.path} holds no ${kind} ${metadata.name} as plain YAML.`,
  )
  const overlay = yaml.find((path) => /(^|\/)kustomization\.ya?ml$/.test(path))
  for (const path of yaml) {
    const read = await git.readFile(source.repository, path, sha)
    if (read.kind !== 'ok') continue
    const before = read.value.text
    const after =
      path === overlay
        ? imageEdit(before, changes)
        : holds(before, wanted)
          ? editYaml(before, wanted, changes)
          : undefined
    if (after === undefined) continue
    if (!isRefusal(after)) return { path, before, after }
    refusal = after
  }
  return refusal
}
