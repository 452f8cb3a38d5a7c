import { type Delivery, deliveredBy, deliveryText } from '../domain/delivered-by.ts'
import type { KubeObject } from '../domain/kubernetes.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import type { ClusterReader } from '../ports.ts'
import { turnsOf } from './candidates.ts'
import { sameScalar } from './edit-yaml.ts'
import type { FieldChange, PathStep } from './field-changes.ts'
import { fieldAt, isMap, withChange } from './field-path.ts'
import { type Found, inSource, renderingNow, type Tools } from './in-source.ts'
import { doubtOf } from './prove-edit.ts'
import { findRendered } from './render/rendering.ts'
import { readOwner, sourcesOf } from './source.ts'

type Owned = { readonly owner: Delivery; readonly object: KubeObject; readonly target: KubeObject }

/** Where an owner says values of its own. */
const ownPlaces: readonly (readonly string[])[] = [
  ['spec', 'source', 'helm', 'parameters'],
  ['spec', 'source', 'helm', 'valuesObject'],
  ['spec', 'source', 'kustomize'],
  ['spec', 'values'],
]

/**
 * The edits where the owner itself decides a field: the parameters of an Application that another one delivers (app of apps), or
 * the values of a HelmRelease. Proved twice: the owner with the field changed renders just what was approved, and its own file
 * changes just that field of the owner.
 */
export const inOwner = async (
  tools: Tools,
  reader: ClusterReader,
  { owner, object, target }: Owned,
  changes: readonly FieldChange[],
  signal: AbortSignal,
): Promise<Found | Refusal> => {
  const parent = deliveredBy(object)
  if (parent === undefined || parent.name === owner.name)
    return refused('not-in-file', `${deliveryText(owner)} may set it itself, and nothing delivers that from Git.`)
  let now = object
  const made: FieldChange[] = []
  for (const change of changes) {
    const step = await oneField(tools, reader, { owner, object: now, target }, change, signal)
    if (isRefusal(step)) return step
    now = withChange(now, step) ?? now
    made.push(step)
  }
  const parentObject = await readOwner(reader, parent, signal)
  if (isRefusal(parentObject)) return parentObject
  const sources = await sourcesOf(reader, parent, parentObject, signal)
  if (isRefusal(sources)) return sources
  let refusal: Refusal = refused('not-in-file', `No file of ${deliveryText(parent)} renders ${deliveryText(owner)}.`)
  for (const source of sources) {
    const found = await inSource(tools, source, object, made)
    if (!isRefusal(found)) return found
    refusal = found
  }
  return refusal
}

const oneField = async (
  tools: Tools,
  reader: ClusterReader,
  { owner, object, target }: Owned,
  change: FieldChange,
  signal: AbortSignal,
): Promise<FieldChange | Refusal> => {
  for (const candidate of ownChanges(object, change)) {
    const next = withChange(object, candidate)
    if (next === undefined) continue
    const [old, now] = [await sourcesOf(reader, owner, object, signal), await sourcesOf(reader, owner, next, signal)]
    if (isRefusal(old) || isRefusal(now)) continue
    for (const [index, source] of old.entries()) {
      const other = now[index]
      if (other !== undefined && (await proves(tools, [source, other], target, change))) return candidate
    }
  }
  return refused('not-in-file', `${deliveryText(owner)} does not decide this by a value of its own.`)
}

const proves = async (
  tools: Tools,
  [source, other]: readonly [Parameters<typeof renderingNow>[1], Parameters<typeof renderingNow>[1]],
  live: KubeObject,
  change: FieldChange,
): Promise<boolean> => {
  const [one, two] = [await renderingNow(tools, source), await renderingNow(tools, other)]
  if (isRefusal(one) || isRefusal(two)) return false
  const [before, after] = [await one.render(), await two.render()]
  if (isRefusal(before) || isRefusal(after)) return false
  const { apiVersion, kind, metadata } = live
  const { name, namespace } = metadata
  const rendered = findRendered(before, { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) })
  return rendered !== undefined && doubtOf(before, after, rendered, [change]) === undefined
}

/** The values of an owner that read as the live one does, each as a change of the owner. */
const ownChanges = (object: KubeObject, change: FieldChange): readonly FieldChange[] =>
  ownPlaces
    .flatMap((place) => leaves(fieldAt(object, place), place, 0))
    .flatMap(({ path, value }) =>
      turnsOf(change).flatMap(({ from, to }) =>
        sameScalar(value, from) ? [{ path, before: value, after: typeof value === 'string' ? String(to) : to }] : [],
      ),
    )

type Leaf = { readonly path: readonly PathStep[]; readonly value: unknown }

const leaves = (value: unknown, path: readonly PathStep[], depth: number): readonly Leaf[] => {
  if (depth > 12) return []
  if (isMap(value)) return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key], depth + 1))
  if (Array.isArray(value))
    return value.flatMap((item) => {
      const name = isMap(item) ? item['name'] : undefined
      return typeof name === 'string' ? leaves(item, [...path, { key: 'name', value: name }], depth + 1) : []
    })
  return [{ path, value }]
}
