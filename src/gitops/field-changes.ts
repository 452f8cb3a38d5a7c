/** One field that a change sets or removes: its path (list entries by name where they have one), and the value before and after. */
export type FieldChange = {
  readonly path: readonly PathStep[]
  readonly before: unknown
  /** Undefined: the field is removed. */
  readonly after: unknown
}

/** A key of a mapping, or an entry of a list by the value of its merge key (containers and env by name). */
export type PathStep = string | { readonly key: string; readonly value: string | number }

const mergeKeys = ['name', 'containerPort', 'mountPath', 'key', 'topologyKey', 'port']

/**
 * The fields in which two versions of an object differ, as far as Git can own them: not status, not what the server fills
 * in, not the marks that only a live write leaves. Lists of named entries are compared by name, others whole.
 */
export const fieldChanges = (before: unknown, after: unknown): readonly FieldChange[] => {
  const [old, now] = [specOf(before), specOf(after)]
  return compare(old, now, []).filter(
    ({ path }) => !path.some((step) => typeof step === 'string' && liveOnly.has(step)),
  )
}

const liveOnly = new Set([
  'kubectl.kubernetes.io/restartedAt',
  'cluster-doctor.dev/plan',
  'deployment.kubernetes.io/revision',
  'kubernetes.io/change-cause',
  'creationTimestamp',
  'pod-template-hash',
])

const specOf = (object: unknown): Record<string, unknown> => {
  const { apiVersion: _a, kind: _k, metadata: _m, status: _s, ...rest } = isMap(object) ? object : {}
  return rest
}

const compare = (before: unknown, after: unknown, path: readonly PathStep[]): readonly FieldChange[] => {
  if (equal(before, after)) return []
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
    return keys.flatMap((key) => compare(before[key], after[key], [...path, key]))
  }
  const [old, now] = [byName(before), byName(after)]
  if (old !== undefined && now !== undefined && old.key === now.key) {
    const names = [...new Set([...old.entries.keys(), ...now.entries.keys()])]
    return names.flatMap((value) =>
      compare(old.entries.get(value), now.entries.get(value), [...path, { key: old.key, value }]),
    )
  }
  return [{ path, before, after }]
}

const byName = (
  list: unknown,
): { readonly key: string; readonly entries: ReadonlyMap<string | number, unknown> } | undefined => {
  if (!Array.isArray(list) || list.length === 0 || !list.every(isMap)) return undefined
  const key = mergeKeys.find((candidate) =>
    list.every((item) => typeof item[candidate] === 'string' || typeof item[candidate] === 'number'),
  )
  if (key === undefined) return undefined
  const entries = new Map(list.map((item) => [item[key] as string | number, item as unknown]))
  return entries.size === list.length ? { key, entries } : undefined
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const equal = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/** A path as people write it: `spec.template.spec.containers[app].image`. */
export const pathText = (path: readonly PathStep[]): string =>
  path
    .map((step, index) => (typeof step === 'string' ? `${index === 0 ? '' : '.'}${step}` : `[${step.value}]`))
    .join('')
