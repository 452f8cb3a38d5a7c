import type { Coverage } from './coverage.ts'
import type { Verdict } from './diagnosis.ts'
import type { Severity } from './finding.ts'
import type { ObjectRef } from './object.ts'

/** One namespace in a health report: how many of its workloads have all the pods they want ready. */
export type NamespaceHealth = {
  readonly name: string
  readonly workloads: number
  readonly healthy: number
  readonly pods: number
  readonly notReady: number
}

/** A rollout of the last 24 hours; `image` is what changed, where it is the image. `at` is RFC 3339. */
export type RolloutNote = {
  readonly workload: ObjectRef
  readonly revision: string
  readonly at: string
  readonly change: string
  readonly state: 'complete' | 'in progress' | 'stuck'
}

/** One resource of the cluster: what is there, asked for and used, in base units. `used` only where metrics were read. */
export type Utilisation = {
  readonly resource: 'cpu' | 'memory' | 'pods'
  readonly allocatable: number
  readonly requested: number
  readonly used?: number
}

/** The health of one cluster at one moment: deterministic, without a model. */
export type HealthReport = {
  readonly version: 1
  readonly cluster: string
  readonly at: string
  readonly verdict: Verdict
  readonly coverage: Coverage
  readonly namespaces: readonly NamespaceHealth[]
  readonly nodes: { readonly total: number; readonly ready: number; readonly cordoned: number }
  readonly issues: readonly {
    readonly code: string
    readonly object: ObjectRef
    readonly severity: Severity
    readonly summary: string
    readonly since?: string
    readonly fix?: string
  }[]
  readonly rollouts: readonly RolloutNote[]
  readonly incidents: { readonly opened: number; readonly open: number; readonly minutes: number }
  readonly utilisation: readonly Utilisation[]
  readonly recommendations: readonly string[]
}
