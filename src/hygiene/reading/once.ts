import type { ClusterView } from '../../snapshot/view.ts'

/** A reading of a view that is made once however many checks ask for it. Forgotten with the view. */
export const oncePerView = <T>(read: (view: ClusterView) => T): ((view: ClusterView) => T) => {
  const known = new WeakMap<ClusterView, { readonly value: T }>()
  return (view) => {
    const before = known.get(view)
    if (before !== undefined) return before.value
    const value = read(view)
    known.set(view, { value })
    return value
  }
}
