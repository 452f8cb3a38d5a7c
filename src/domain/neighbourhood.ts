import type { Unreadable } from './coverage.ts'
import type { Severity } from './finding.ts'
import type { ObjectRef } from './object.ts'

/** How one object is related to another, said from the first: a Service `selects` a Pod. */
export type Relation =
  | 'owns'
  | 'selects'
  | 'references'
  | 'runs-on'
  | 'routes-to'
  | 'attached-to'
  | 'scales'
  | 'guards'
  | 'depends-on'
  | 'uses'
  | 'delivered-by'
  | 'owned-by-team'

/** well, unwell, missing (named, and surely not there), unknown (not read), none (nothing that could be well or not). */
export type HealthMark = 'well' | 'unwell' | 'missing' | 'unknown' | 'none'

/** One object of a neighbourhood: its mark, its state in a few words, and what the checks say of it. */
export type Neighbour = {
  readonly id: string
  readonly ref: ObjectRef
  readonly mark: HealthMark
  readonly state?: string
  readonly findings: readonly { readonly code: string; readonly severity: Severity }[]
  /** Steps from the focus. */
  readonly distance: number
}

/** What stands around one object. Edges name nodes by id; `left` counts neighbours that were too many to be shown. */
export type Neighbourhood = {
  readonly version: 1
  readonly cluster: string
  readonly at: string
  readonly focus: string
  readonly depth: number
  readonly nodes: readonly Neighbour[]
  readonly edges: readonly { readonly from: string; readonly to: string; readonly relation: Relation }[]
  readonly left: readonly { readonly id: string; readonly more: number }[]
  readonly unavailable: readonly Unreadable[]
}

const words: Readonly<Record<Relation, readonly [there: string, back: string]>> = {
  owns: ['owns', 'owned by'],
  selects: ['selects', 'selected by'],
  'routes-to': ['routes to', 'routed to by'],
  'attached-to': ['attached to', 'carries'],
  scales: ['scales', 'scaled by'],
  guards: ['guards', 'guarded by'],
  'depends-on': ['depends on', 'needed by'],
  uses: ['uses', 'used by'],
  references: ['references', 'referenced by'],
  'runs-on': ['runs on', 'runs'],
  'delivered-by': ['delivered by', 'delivers'],
  'owned-by-team': ['belongs to', 'looks after'],
}

/** In which order relations are shown: what makes it up, who relies on it, what it needs, whose it is. */
export const relationOrder = (relation: Relation): number => Object.keys(words).indexOf(relation)

/** A relation as people say it, from its first object or back from its second. */
export const relationText = (relation: Relation, back = false): string => words[relation][back ? 1 : 0]
