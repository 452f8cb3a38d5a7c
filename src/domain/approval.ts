import type { Principal } from './principal.ts'

/** A yes by one person to exactly one plan, by its hash. `at` is RFC 3339. */
export type Approval = { readonly plan: string; readonly planHash: string; readonly by: Principal; readonly at: string }

/** A no. One is enough. */
export type Denial = { readonly plan: string; readonly by: Principal; readonly at: string; readonly reason?: string }
