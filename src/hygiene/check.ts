import type { HygieneFinding } from '../domain/hygiene.ts'
import type { KindMap } from '../domain/kubernetes.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** A finding as a check states it; its id is added by who runs the check. */
export type Said = Omit<HygieneFinding, 'check'>

/**
 * One thing that could hurt one day: pure, no I/O, no clock, never throws on odd data. Its file is `src/hygiene/<id>.ts` and
 * exports `check`. What is broken now is an analyzer's business, not its.
 */
export type Check = {
  readonly id: string
  /** What it looks for, in a few words, for lists. */
  readonly looksFor: string
  /** The kinds it looks over: where one of them could not be read, the check is said not to have been made. */
  readonly reads: readonly (keyof KindMap)[]
  /** The kinds of which it takes "not seen" for "not there": of files, at least one object of each must be there. */
  readonly needs?: readonly (keyof KindMap)[]
  /** Whether any custom resource that was not read could prove it wrong. */
  readonly needsCustom?: true
  readonly look: (view: ClusterView) => readonly Said[]
}
