import type { KubeObject } from '../domain/kubernetes.ts'
import type { Neighbourhood } from '../domain/neighbourhood.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { ClusterReader } from '../ports.ts'
import type { ClusterView, MetricsQuery } from '../snapshot/view.ts'

/** All that a model's tools may touch: one cluster, reading only. Without a reader (files) only what is in the view. */
export type Workbench = {
  readonly view: ClusterView
  readonly reader?: ClusterReader
  /** What stands around an object; absent where nobody can say. */
  readonly around?: (asked: {
    readonly kind: string
    readonly namespace?: string
    readonly name: string
    readonly depth: number
  }) => Promise<Neighbourhood | Refusal>
  /** Asks Prometheus; absent where there is none. */
  readonly query?: MetricsQuery
}

/** What a tool read: a title that names the source, and the text. Not redacted yet: the evidence book does it for all. */
export type Sight = { readonly title: string; readonly text: string }

/** A kind of the view by the name that a model gave it: `Deployment`, `deployments`, `deployment`. */
export const kindIn = (view: ClusterView, asked: string): string | undefined => {
  const low = asked.toLowerCase()
  return view.kinds.find((kind) => {
    const own = kind.toLowerCase()
    return own === low || `${own}s` === low || `${own}es` === low || `${own.replace(/y$/, 'ie')}s` === low
  })
}

/** An object of the view by kind, namespace and name. A namespace may be left out where the name is the only one of its kind. */
export const objectIn = (
  view: ClusterView,
  kind: string,
  namespace: string | undefined,
  name: string,
): KubeObject | undefined => {
  const own = kindIn(view, kind)
  if (own === undefined) return undefined
  const named = view.list(own).filter(({ metadata }) => metadata.name === name)
  const there = named.filter(({ metadata }) => metadata.namespace === namespace)
  return there[0] ?? (namespace === undefined && named.length === 1 ? named[0] : undefined)
}

/** What may be said of a kind of which the view holds nothing: not read is not the same as not there. */
export const nothingOf = (view: ClusterView, kind: string): string => {
  const own = kindIn(view, kind) ?? kind
  if (view.complete(own)) return `There is no ${own}.`
  const unread = view.coverage.unavailable.map(({ source, reason }) => `${source} (${reason})`).join(', ')
  return `No ${own} was read; whether there are any is not known.${unread === '' ? '' : ` Could not be read: ${unread}.`}`
}
