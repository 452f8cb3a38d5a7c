import { conditionOf } from '../../domain/at.ts'
import type { Severity } from '../../domain/finding.ts'
import type { Pod } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** Whether the pod's Ready condition is true. */
export const isReady = (pod: Pod): boolean => conditionOf(pod.status?.conditions, 'Ready')?.status === 'True'

/** critical where no pod of the workload serves, else warning. */
export const severityOf = (view: ClusterView, workload: ObjectRef): Severity =>
  view.podsOf(workload).some(isReady) ? 'warning' : 'critical'
