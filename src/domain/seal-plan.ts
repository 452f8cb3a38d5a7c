import { canonicalHash, sha256 } from './canonical.ts'
import type { Change } from './change.ts'
import type { Plan } from './plan.ts'

/** Freezes a proposal into a plan by its hash. Throws NotCanonical for what has no exact JSON form. */
export const sealPlan = (unsealed: Omit<Plan, 'hash'>): Plan => ({ ...unsealed, hash: hashOf(unsealed) })

/** The hash that this plan's content gives now. Differs from `plan.hash` when anything in it was touched. */
export const planHash = (plan: Plan): string => {
  const { hash: _, ...unsealed } = plan
  return hashOf(unsealed)
}

// Canonical text is NFC, so two spellings of one body would hash alike; the exact bytes of the change go in beside it.
const hashOf = (unsealed: Omit<Plan, 'hash'>): string =>
  canonicalHash({ plan: unsealed, exact: sha256(exactBytes(unsealed.change)) })

const exactBytes = (change: Change): string => {
  switch (change.kind) {
    case 'cluster-write':
      return JSON.stringify([
        change.request.path,
        change.request.body,
        ...(change.request.method === 'GET' ? [change.request.query] : []),
      ])
    case 'sequence':
      return JSON.stringify(change.steps.map(({ request }) => [request.path, request.body]))
    case 'pull-request':
      return JSON.stringify([
        change.branch,
        change.title,
        change.body,
        change.edits.map((edit) => [edit.path, edit.before, edit.after]),
      ])
    case 'merge':
      return JSON.stringify([change.repository, change.number, change.branch, change.base, change.head, change.method])
  }
}
