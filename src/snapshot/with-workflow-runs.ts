import type { AskedRun, ClusterView, WorkflowSource } from './view.ts'

/**
 * The same view with the workflow runs of a source added; the view itself where there is no source or nothing to ask. What could
 * not be read lowers coverage and changes nothing else.
 */
export const withWorkflowRuns = async (
  view: ClusterView,
  source: WorkflowSource | undefined,
  options: { readonly run?: AskedRun; readonly signal?: AbortSignal } = {},
): Promise<ClusterView> => {
  if (source === undefined) return view
  const read = await source(view, options)
  if (!read.asked) return view
  const { checked, unavailable } = view.coverage
  const whole = read.unavailable.length === 0
  return {
    ...view,
    coverage: {
      checked: whole ? [...new Set([...checked, 'workflow-runs'])].sort() : checked,
      unavailable: [...unavailable, ...read.unavailable],
    },
    workflowRuns: [...view.workflowRuns, ...read.runs],
    get workloads() {
      return view.workloads
    },
  }
}
