import { at } from '../../../domain/at.ts'
import { canonical } from '../../../domain/canonical.ts'
import { firstMissing } from '../../../domain/contains.ts'
import { type Op, pointer } from '../patch.ts'

/** What tells the entries of the API's own lists apart, as its strategic merge does. Any other list is one value. */
const keys: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  volumes: ['name'],
  env: ['name'],
  imagePullSecrets: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  // Of a container, else of a Service.
  ports: ['containerPort', 'port'],
}

/**
 * What a live object becomes when its manifest goes from `before` to `wanted`, as Helm merges the three: what is wanted is so,
 * what was wanted and no longer is goes, and what others added stays. What is so already keeps the server's spelling.
 */
export const merged = (before: unknown, wanted: unknown, live: unknown, name = ''): unknown => {
  if (Array.isArray(wanted)) return mergedList(before, wanted, live, name)
  if (!isMap(wanted)) return firstMissing(wanted, live) === undefined ? live : wanted
  if (!isMap(live)) return wanted
  const names = [...new Set([...Object.keys(live), ...Object.keys(wanted)])]
  return Object.fromEntries(
    names.flatMap((key) => {
      const [was, now, here] = [at(before, key), at(wanted, key), at(live, key)]
      if (now === undefined) return was === undefined ? [[key, here]] : leftover(was, here, key)
      const value = merged(was, now, here, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

/** Of a map that is no longer wanted only what others put into it stays. */
const leftover = (was: unknown, here: unknown, key: string): readonly (readonly [string, unknown])[] => {
  if (!isMap(was) || !isMap(here) || !open.has(key)) return []
  const rest = Object.entries(here).filter(([name]) => at(was, name) === undefined)
  return rest.length === 0 ? [] : [[key, Object.fromEntries(rest)]]
}

/** Maps that everybody writes into. */
const open = new Set(['labels', 'annotations', 'metadata', 'data', 'binaryData', 'nodeSelector', 'limits', 'requests'])

const mergedList = (before: unknown, wanted: readonly unknown[], live: unknown, name: string): unknown => {
  if (!Array.isArray(live)) return wanted.length === 0 && live === undefined ? undefined : wanted
  const id = identifier(name, [...wanted, ...live])
  if (id === undefined) return live.length === wanted.length && firstMissing(wanted, live) === undefined ? live : wanted
  const find = (list: unknown, key: string) => (Array.isArray(list) ? list.find((item) => id(item) === key) : undefined)
  const kept = live.flatMap((here) => {
    const key = id(here) ?? ''
    const now = find(wanted, key)
    if (now !== undefined) return [merged(find(before, key), now, here)]
    return find(before, key) === undefined ? [here] : []
  })
  return [...kept, ...wanted.filter((now) => find(live, id(now) ?? '') === undefined)]
}

/** How the entries of a list are told apart; undefined where each of them has not a name of its own. */
const identifier = (name: string, items: readonly unknown[]): ((item: unknown) => string | undefined) | undefined => {
  const key = keys[name]?.find((one) => items.every((item) => at(item, one) !== undefined))
  if (key === undefined) return undefined
  const id = (item: unknown) =>
    key.endsWith('ort') ? `${at(item, key)}/${at(item, 'protocol') ?? 'TCP'}` : String(at(item, key))
  return id
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The operations that make `from` into `to`. Lists of one length are changed entry by entry, others as one value. */
export const opsBetween = (from: unknown, to: unknown, path: readonly (string | number)[] = []): readonly Op[] => {
  if (canonical(from) === canonical(to)) return []
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return to.flatMap((item, index) => opsBetween(from[index], item, [...path, index]))
  if (!isMap(from) || !isMap(to)) return [{ op: 'replace', path: pointer(...path), value: to }]
  return [...new Set([...Object.keys(from), ...Object.keys(to)])].sort().flatMap((key): readonly Op[] => {
    const [here, now] = [from[key], to[key]]
    if (now === undefined) return here === undefined ? [] : [{ op: 'remove', path: pointer(...path, key) }]
    if (here === undefined) return [{ op: 'add', path: pointer(...path, key), value: now }]
    return opsBetween(here, now, [...path, key])
  })
}
