import { at } from './at.ts'
import type { KubeObject } from './kubernetes.ts'
import type { Manifest } from './manifest.ts'

/** What the API server keeps in an object and nobody can set: not part of what the object is meant to be. */
const kept = new Set(['name', 'namespace', 'labels', 'annotations'])

/** Annotations that tools write about an object, not people. */
const bookkeeping = (name: string): boolean =>
  name === 'kubectl.kubernetes.io/last-applied-configuration' ||
  name.startsWith('cluster-doctor.dev/') ||
  name === 'deployment.kubernetes.io/revision' ||
  name.startsWith('pv.kubernetes.io/')

/** An object as a manifest that would make it again: without status and what the server or controllers keep. */
export const manifestOf = (object: KubeObject): Manifest => {
  const { status: _, metadata, ...rest } = object as KubeObject & { readonly status?: unknown }
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !bookkeeping(name))
  const entries = Object.entries(metadata).filter(([key]) => kept.has(key) && key !== 'annotations')
  return {
    ...rest,
    metadata: {
      ...Object.fromEntries(entries),
      ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    },
  } as Manifest
}

/**
 * The manifest that gives every field of `wanted` the value that it has now, and leaves out what is not there now: applied
 * after `wanted` by the same manager, it takes the change back and nothing else.
 */
export const priorOf = (wanted: Manifest, live: KubeObject): Manifest => {
  const back = before(wanted, live) as Manifest
  return { ...back, apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: { ...back.metadata, ...named(wanted) } }
}

const named = ({ metadata: { name, namespace } }: Manifest) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
})

const before = (wanted: unknown, live: unknown): unknown => {
  if (Array.isArray(wanted)) return Array.isArray(live) ? listBefore(wanted, live) : live
  if (typeof wanted !== 'object' || wanted === null || typeof live !== 'object' || live === null) return live
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([key, value]) => {
      const now = before(value, at(live, key))
      return now === undefined ? [] : [[key, now]]
    }),
  )
}

/** Entries with a name are told apart by it, as the API server does; any other list is one value. */
const listBefore = (wanted: readonly unknown[], live: readonly unknown[]): readonly unknown[] => {
  const names = wanted.map((item) => at(item, 'name'))
  if (names.some((name) => typeof name !== 'string')) return live
  return wanted.flatMap((item) => {
    const now = live.find((other) => at(other, 'name') === at(item, 'name'))
    return now === undefined ? [] : [before(item, now)]
  })
}

/** Two parts of one object as one; where both have a value it is the same, or the first counts. */
export const both = (first: unknown, second: unknown): unknown => {
  if (second === undefined) return first
  if (first === undefined) return second
  if (Array.isArray(first) && Array.isArray(second)) {
    if (first.some((item) => typeof at(item, 'name') !== 'string')) return first
    const others = second.filter((item) => !first.some((one) => at(one, 'name') === at(item, 'name')))
    return [
      ...first.map((item) =>
        both(
          item,
          second.find((one) => at(one, 'name') === at(item, 'name')),
        ),
      ),
      ...others,
    ]
  }
  if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) return first
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])]
  return Object.fromEntries(keys.map((key) => [key, both(at(first, key), at(second, key))]))
}
