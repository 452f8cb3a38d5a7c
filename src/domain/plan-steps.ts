import type { Change, SequenceStep } from './change.ts'
import type { Plan, SuccessCheck } from './plan.ts'
import type { PlanLife } from './plan-life.ts'

/** The steps of a plan that has several; empty for a plan that is one change. */
export const stepsOf = ({ change }: Pick<Plan, 'change'>): readonly SequenceStep[] =>
  change.kind === 'sequence' ? change.steps : []

/** Which step is next or under way. Lives that were stored before there were steps have none. */
export const stepNow = (life: Pick<PlanLife, 'step'>): number => life.step ?? 0

/** Whether the step under way is not the last one. */
export const moreSteps = (plan: Pick<Plan, 'change'>, life: Pick<PlanLife, 'step'>): boolean =>
  stepNow(life) < stepsOf(plan).length - 1

/** A plan that is one change. */
export type PlanOfOne = Plan & { readonly change: Exclude<Change, { kind: 'sequence' }> }

/**
 * The plan as its executor sees it at one step: that step's one request, on that step's object, with its own check. A plan of
 * one change is itself. Hash, approvals, terms and way back are the whole plan's.
 */
export const atStep = (plan: Plan, step: number): PlanOfOne => {
  if (plan.change.kind !== 'sequence') return plan as PlanOfOne
  const now = plan.change.steps[step]
  if (now === undefined) throw new Error(`the plan has no step ${step}`)
  const change: PlanOfOne['change'] = { kind: 'cluster-write', request: now.request }
  const diffHash = plan.preview.kind === 'previewed' ? plan.preview.steps?.[step] : undefined
  return {
    ...plan,
    change,
    target: now.target,
    fingerprint: now.fingerprint ?? '',
    success: checkOf(now),
    preview:
      diffHash === undefined
        ? { kind: 'not-previewed', reason: 'this step was not rehearsed' }
        : { kind: 'previewed', diff: [], diffHash, warnings: [] },
  }
}

/** The changes whose rights must be asked for: of a sequence, one of each kind in each namespace. */
export const rightsOf = (change: Change): readonly Change[] => {
  if (change.kind !== 'sequence') return [change]
  const kinds = new Map(
    change.steps.map(({ request }) => [
      `${request.method} ${request.path.replace(/[^/]+(?=(?:\/[a-z]+)?$)/, '')}`,
      request,
    ]),
  )
  return [...kinds.values()].map((request) => ({ kind: 'cluster-write', request }))
}

const checkOf = ({ until, target: { uid, ...target }, within }: SequenceStep): SuccessCheck => {
  switch (until.kind) {
    case 'gone':
      return { kind: 'gone', target, uid, within }
    case 'holds':
      return { kind: 'holds', target, fields: until.fields, within }
    case 'replaced':
      return { kind: 'replaced', target: until.workload, uid, within }
  }
}

/** What was done of a plan with several steps and what was not, by the summaries of its steps. */
export const partsOf = (
  plan: Pick<Plan, 'change'>,
  life: Pick<PlanLife, 'step' | 'state' | 'outcome'>,
): { readonly done: readonly string[]; readonly open: readonly string[]; readonly not: readonly string[] } => {
  const names = stepsOf(plan).map((one) => one.summary)
  const at = stepNow(life)
  if (life.state === 'verified') return { done: names, open: [], not: [] }
  // What was written and not seen through is neither done nor undone.
  const written = life.state === 'applied' || life.outcome?.code === 'not-verified' ? 1 : 0
  return { done: names.slice(0, at), open: names.slice(at, at + written), not: names.slice(at + written) }
}
