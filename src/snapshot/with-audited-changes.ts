import type { AuditedChange } from '../domain/audited-change.ts'
import type { ClusterView } from './view.ts'

/** The same view that also knows who changed what; the view itself where nobody tells. */
export const withAuditedChanges = (view: ClusterView, auditedChanges: readonly AuditedChange[]): ClusterView =>
  auditedChanges.length === 0
    ? view
    : {
        ...view,
        auditedChanges,
        get workloads() {
          return view.workloads
        },
      }
