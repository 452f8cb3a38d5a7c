import type { CauseCode } from '../domain/cause.ts'
import type { Finding } from '../domain/finding.ts'
import type { ClusterView } from '../snapshot/view.ts'

/**
 * One check: pure, no I/O, no clock, never throws on odd data. Its file is `src/analyzers/<id>.ts` and exports `analyzer`.
 * It says what it sees; it need not ask whether something else is the deeper cause.
 */
export type Analyzer = {
  readonly id: string
  /** The codes it can name. */
  readonly codes: readonly CauseCode[]
  /** The sources without which it cannot say that all is well, e.g. `pods`, `events`. */
  readonly needs: readonly string[]
  readonly analyze: (view: ClusterView) => readonly Finding[]
}
