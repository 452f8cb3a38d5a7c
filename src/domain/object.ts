/** Names one Kubernetes object. `namespace` is absent for cluster-scoped kinds; `uid` where it is known. */
export type ObjectRef = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
}

/** The API group of an apiVersion: '' for the core group. */
export const groupOf = (apiVersion: string): string => {
  const slash = apiVersion.indexOf('/')
  return slash < 0 ? '' : apiVersion.slice(0, slash)
}

/** A key that is equal for two references to the same object, whatever version of its group they were read in. */
export const refKey = (ref: ObjectRef): string =>
  `${groupOf(ref.apiVersion)}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`

/** Whether both name the same object by group, kind, namespace and name (uid not compared). */
export const sameRef = (a: ObjectRef, b: ObjectRef): boolean => refKey(a) === refKey(b)

/** How people write an object: `Deployment payments/checkout`, `Node worker-1`. */
export const refText = (ref: ObjectRef): string =>
  ref.namespace === undefined ? `${ref.kind} ${ref.name}` : `${ref.kind} ${ref.namespace}/${ref.name}`

/** Orders references by kind, namespace and name, so that lists are equal for equal input. */
export const compareRefs = (a: ObjectRef, b: ObjectRef): number => {
  const [x, y] = [refKey(a), refKey(b)]
  return x < y ? -1 : x > y ? 1 : 0
}
