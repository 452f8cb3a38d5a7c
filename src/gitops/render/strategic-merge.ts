import { canonicalText, isMap } from '../field-path.ts'
import { Unrendered } from './manifest.ts'

/** The merge keys of Kubernetes' own lists, by the name of the field. Lists that are not here are replaced whole. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  ownerReferences: 'uid',
}

/** `ports` has two keys: those of a container and those of a Service. */
const keyOf = (field: string, items: readonly unknown[]): string | undefined => {
  if (field !== 'ports') return mergeKeys[field]
  return items.some((item) => isMap(item) && 'containerPort' in item) ? 'containerPort' : 'port'
}

/** Whether a group is Kubernetes' own, whose lists have merge keys; those of custom resources are replaced. */
export const builtIn = (apiVersion: unknown): boolean => {
  const group = String(apiVersion).includes('/') ? (String(apiVersion).split('/')[0] ?? '') : ''
  return !group.includes('.') || group.endsWith('.k8s.io')
}

/** A strategic merge patch applied to a copy: null removes, named entries merge, `$patch: delete|replace|merge` are obeyed. */
export const strategicMerge = (target: unknown, patch: unknown, known: boolean, field = ''): unknown => {
  if (Array.isArray(patch)) return mergeList(target, patch, known, field)
  if (!isMap(patch)) return structuredClone(patch)
  const directive = patch['$patch']
  if (directive === 'replace') return without(patch)
  if (directive !== undefined && directive !== 'merge')
    throw new Unrendered(`a patch says $patch: ${String(directive)}`)
  const result: Record<string, unknown> = isMap(target) ? structuredClone(target) : {}
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch') continue
    if (key.startsWith('$')) throw new Unrendered(`a patch uses ${key.split('/')[0]}`)
    if (value === null) delete result[key]
    else if (isMap(value) && value['$patch'] === 'delete') delete result[key]
    else result[key] = strategicMerge(result[key], value, known, key)
  }
  return result
}

const mergeList = (held: unknown, patch: readonly unknown[], known: boolean, field: string): unknown[] => {
  const base = Array.isArray(held) ? held : []
  const key = known ? keyOf(field, [...patch, ...base]) : undefined
  const replaces = patch.some((item) => isMap(item) && item['$patch'] === 'replace')
  const keyed = key !== undefined && patch.every((item) => isMap(item) && (item[key] !== undefined || '$patch' in item))
  if (key === undefined || replaces || !keyed)
    return patch
      .filter((item) => !(isMap(item) && item['$patch'] === 'replace' && Object.keys(item).length === 1))
      .map((item) => (isMap(item) ? without(item) : item))
  // kustomize's order: what the patch names, in its order, then the rest as it was.
  const sameAs = (item: unknown) => (other: unknown) =>
    isMap(other) && isMap(item) && canonicalText(other[key]) === canonicalText(item[key])
  const merged = patch.flatMap((item) => {
    const before = base.find(sameAs(item))
    if (isMap(item) && item['$patch'] === 'delete') return []
    return [strategicMerge(before ?? {}, item, known)]
  })
  const rest = base.filter((other) => !patch.some((item) => sameAs(item)(other)))
  return [...merged, ...structuredClone(rest)]
}

const without = (map: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) =>
      key.startsWith('$') || value === null ? [] : [[key, isMap(value) ? without(value) : structuredClone(value)]],
    ),
  )
