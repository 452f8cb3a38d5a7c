import type { FileEdit } from '../domain/change.ts'
import type { Read } from '../domain/coverage.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ChartRenderer, GitHost } from '../ports.ts'
import type { FieldChange } from './field-changes.ts'
import { findEdits } from './find-edit.ts'
import type { GitSource } from './git-source.ts'
import { type Checkout, openCheckout } from './render/files.ts'
import { openRendering, type Rendering } from './render/rendering.ts'

/** What reads and renders Git for one wish; commits that were opened are opened once. */
export type Tools = {
  readonly git: GitHost
  readonly charts: ChartRenderer | undefined
  readonly opened: Map<string, Promise<Opened | Refusal>>
}

/** A branch of a repository at its newest commit. */
export type Opened = { readonly base: string; readonly baseSha: string; readonly checkout: Checkout }

/** Proved edits, and the branch that they are for. */
export type Found = Opened & { readonly edits: readonly FileEdit[]; readonly provedBy: Rendering['kind'] }

/** Finds the edits in a source: in its own repository, or in the one that holds its values. */
export const inSource = async (
  tools: Tools,
  source: GitSource,
  target: KubeObject,
  changes: readonly FieldChange[],
): Promise<Found | Refusal> => {
  const all = await openAll(tools, source)
  if (isRefusal(all)) return all
  let refusal: Refusal | undefined
  for (const place of new Set([all.own, ...all.refs.values()])) {
    const rendering = renderingOf(tools, all, source, place.checkout)
    if (isRefusal(rendering)) return rendering
    const found = await findEdits(place.checkout, source, rendering, target, changes)
    if (!isRefusal(found)) return { ...place, ...found }
    refusal = refusal === undefined || refusal.code === 'not-in-file' ? found : refusal
  }
  return refusal ?? refused('not-in-file', 'The source has no repository.')
}

/** How a source is rendered as its commits are now, with nothing edited. */
export const renderingNow = async (tools: Tools, source: GitSource): Promise<Rendering | Refusal> => {
  const all = await openAll(tools, source)
  return isRefusal(all) ? all : renderingOf(tools, all, source, all.own.checkout)
}

type All = { readonly own: Opened; readonly refs: ReadonlyMap<string, Opened> }

const openAll = async (tools: Tools, source: GitSource): Promise<All | Refusal> => {
  const own = await openOnce(tools, source)
  if (isRefusal(own)) return own
  const refs = new Map<string, Opened>()
  for (const [name, ref] of Object.entries(source.refs ?? {})) {
    const other = await openOnce(tools, ref)
    if (isRefusal(other)) return other
    refs.set(name, other)
  }
  return { own, refs }
}

const renderingOf = (tools: Tools, { own, refs }: All, source: GitSource, edited: Checkout): Rendering | Refusal => {
  const others = new Map([...refs].map(([name, { checkout }]) => [name, checkout] as const))
  return openRendering({ own: own.checkout, refs: others, edited }, source, tools.charts)
}

type Branch = { readonly repository: string; readonly revision?: string }

const openOnce = (tools: Tools, branch: Branch): Promise<Opened | Refusal> => {
  const key = `${branch.repository}@${branch.revision ?? ''}`
  const known = tools.opened.get(key) ?? open(tools.git, branch)
  tools.opened.set(key, known)
  return known
}

const open = async (git: GitHost, { repository, revision }: Branch): Promise<Opened | Refusal> => {
  const base = revision ?? (await readOrRefuse(git.defaultBranch(repository), `the default branch of ${repository}`))
  if (isRefusal(base)) return base
  const baseSha = await readOrRefuse(git.headOf(repository, base), `branch ${base} of ${repository}`)
  if (isRefusal(baseSha)) return baseSha
  const files = await readOrRefuse(git.listFiles(repository, baseSha), `the files of ${repository}`)
  return isRefusal(files) ? files : { base, baseSha, checkout: openCheckout(git, repository, baseSha, files) }
}

const readOrRefuse = async <T>(reading: Promise<Read<T>>, what: string): Promise<T | Refusal> => {
  const read = await reading
  if (read.kind === 'ok') return read.value
  return refused(
    'git-unread',
    `${what[0]?.toUpperCase()}${what.slice(1)} could not be read${read.kind === 'unreadable' ? `: ${read.message}` : ': it does not exist'}.`,
  )
}
