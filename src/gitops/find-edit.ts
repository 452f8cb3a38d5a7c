import { posix } from 'node:path'
import { listAt } from '../domain/at.ts'
import type { FileEdit } from '../domain/change.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { checkedFilePath } from '../domain/repository-path.ts'
import { type Candidate, candidatesIn, type Named } from './candidates.ts'
import { sameScalar } from './edit-yaml.ts'
import { type FieldChange, pathText } from './field-changes.ts'
import { fieldAt } from './field-path.ts'
import type { GitSource } from './git-source.ts'
import { addToOverlay, addToValues } from './overlay-addition.ts'
import { doubtOf } from './prove-edit.ts'
import type { Checkout } from './render/files.ts'
import { kustomizationPath } from './render/kustomize.ts'
import type { Manifest } from './render/manifest.ts'
import { findRendered, type Rendering } from './render/rendering.ts'
import { sharedWith } from './shared-with.ts'

/** How many guesses are rendered for one field. */
const mostTries = 40

/** The edits of a source's files, each proved, and how: by which renderer. */
export type FoundEdits = { readonly edits: readonly FileEdit[]; readonly provedBy: Rendering['kind'] }

type Edited = ReadonlyMap<string, string>

type Ground = {
  readonly checkout: Checkout
  readonly source: GitSource
  readonly rendering: Rendering
  readonly named: Named & { readonly apiVersion: string }
  /** The files that the rendering read: those that can decide anything. */
  readonly used: ReadonlySet<string>
}

/**
 * Finds the fewest bytes that make the changes: field by field it tries the likeliest places, renders, and keeps the first
 * edit after which the object differs in that field and in nothing else. No edit leaves here unproved.
 */
export const findEdits = async (
  checkout: Checkout,
  source: GitSource,
  rendering: Rendering,
  live: KubeObject,
  changes: readonly FieldChange[],
): Promise<FoundEdits | Refusal> => {
  const { apiVersion, kind, metadata } = live
  const { name, namespace } = metadata
  const named = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }
  const before = await rendering.render()
  if (isRefusal(before)) return before
  const ground: Ground = { checkout, source, rendering, named, used: new Set(checkout.read.keys()) }
  const target = findRendered(before, named)
  if (target === undefined)
    return refused('not-in-file', `${source.repository}/${source.path} renders no ${kind} ${name}.`)
  const moved = changes.find((change) => differs(target, change))
  if (moved !== undefined)
    return refused(
      'git-differs',
      `Git says ${pathText(moved.path)}: ${shown(fieldAt(target, moved.path))}, but ${shown(moved.before)} was live. Somebody is changing it already.`,
    )
  let edited: Edited = new Map()
  for (const change of changes) {
    const next = await oneField(ground, edited, change)
    if (isRefusal(next)) return next
    edited = next
  }
  const after = await rendering.render(edited)
  if (isRefusal(after)) return after
  const doubt = doubtOf(before, after, target, changes)
  if (doubt !== undefined) return refused('edit-unproved', `The edit is not what was meant: ${doubt.text}.`)
  const edits = [...edited].map(([path, text]) => ({ path, before: checkout.read.get(path) ?? '', after: text }))
  const forbidden = edits.map(({ path }) => checkedFilePath(path)).find(isRefusal)
  return forbidden ?? { edits, provedBy: rendering.kind }
}

/** A field that Git does not state is a default or somebody else's; only what it states otherwise is a disagreement. */
const differs = (target: Manifest, { path, before }: FieldChange): boolean => {
  const stated = fieldAt(target, path)
  return (
    stated !== undefined &&
    !(isPlain(stated) ? sameScalar(stated, before) : JSON.stringify(stated) === JSON.stringify(before))
  )
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null

const shown = (value: unknown): string => (value === undefined ? 'nothing' : String(value).slice(0, 80))

/** The files with one field more changed. */
const oneField = async (ground: Ground, edited: Edited, change: FieldChange): Promise<Edited | Refusal> => {
  const before = await ground.rendering.render(edited)
  if (isRefusal(before)) return before
  const target = findRendered(before, ground.named)
  if (target === undefined) return refused('edit-unproved', 'The object is not rendered any more.')
  let refusal: Refusal | undefined
  for (const candidate of await guesses(ground, edited, change)) {
    const next = new Map([...edited, [candidate.path, candidate.text]])
    const after = await ground.rendering.render(next)
    if (isRefusal(after)) continue
    const doubt = doubtOf(before, after, target, [change])
    if (doubt?.kind === 'other')
      refusal ??= refused(
        'edit-complex',
        `An edit of ${candidate.path} is not enough: ${doubt.text}. A person has to make it.`,
      )
    if (doubt !== undefined) continue
    const shared = await sharedWith(ground, candidate.path, edited, next)
    if (shared === undefined) return next
    refusal = refused(
      'git-shared',
      `${candidate.path} also decides ${shared.slice(0, 3).join(', ')}: a person has to say whether that changes too.`,
    )
  }
  return (
    refusal ??
    refused(
      'not-in-file',
      `Where ${pathText(change.path)} comes from was not found in ${ground.source.repository}/${ground.source.path}: no edit that was tried changes it alone. A person has to make it.`,
    )
  )
}

/** The places to try: the overlay's own folder before its bases, and an entry of its own in the overlay last. */
const guesses = async (ground: Ground, edited: Edited, change: FieldChange): Promise<readonly Candidate[]> => {
  const { checkout, source, named, rendering, used } = ground
  const own = (path: string) => path.startsWith(source.path === '' ? '' : `${source.path}/`)
  const files = [...used].map((path) => [path, edited.get(path) ?? checkout.read.get(path) ?? ''] as const)
  const found = files
    .filter(([path]) => /\.(?:ya?ml|json)$/i.test(path) && !/(?:^|\/)templates\//.test(path))
    .flatMap(([path, text]) =>
      candidatesIn(path, text, named, change).map((one) => ({ ...one, rank: one.rank + (own(path) ? 0 : 10) })),
    )
    .sort((a, b) => a.rank - b.rank)
    .slice(0, mostTries)
  if (rendering.kind === 'helm') return withOverrules(ground, edited, found)
  const overlay = rendering.kind === 'kustomize' ? kustomizationPath(checkout, source.path) : undefined
  const text = overlay === undefined ? undefined : (edited.get(overlay) ?? checkout.read.get(overlay))
  const more = overlay === undefined || text === undefined ? undefined : addToOverlay(text, named, change)
  return overlay === undefined || more === undefined ? found : [...found, { path: overlay, text: more, rank: 99 }]
}

/**
 * What a chart's own values say is the default of everybody who uses the chart: where the source names values of its own, those
 * are edited, and a default is overruled in the last of them.
 */
const withOverrules = (
  { checkout, source }: Ground,
  edited: Edited,
  found: readonly Candidate[],
): readonly Candidate[] => {
  const prefix = source.path === '' ? '' : `${source.path}/`
  const own = listAt(source.options?.helm, 'valueFiles').flatMap((entry) => {
    const text = String(entry)
    const ref = /^\$([\w-]+)\/(.+)$/.exec(text)
    if (ref?.[1] !== undefined && ref[2] !== undefined)
      return source.refs?.[ref[1]]?.repository === checkout.repository ? [posix.normalize(ref[2])] : []
    if (/^https?:/.test(text) || checkout.repository !== source.repository) return []
    return [text.startsWith('/') ? text.slice(1) : posix.join(prefix, text)]
  })
  const last = own.filter((path) => checkout.read.has(path)).at(-1)
  if (last === undefined) return found
  return found.flatMap((one) => {
    if (own.includes(one.path)) return [one]
    const text = edited.get(last) ?? checkout.read.get(last) ?? ''
    const more = one.leaf === undefined ? undefined : addToValues(text, one.leaf.keys, one.leaf.value)
    return more === undefined ? [] : [{ path: last, text: more, rank: one.rank + 10 }]
  })
}
