import type { ClusterIdentity } from '../../domain/cluster.ts'

/** A gate that was closed: the plan is out of date (a fresh one may be offered), or it must not be carried out. */
export type Closed = { readonly kind: 'stale' | 'refuse'; readonly code: string; readonly reason: string }

/** What the write needs and the gates found out: who may still have approved, and which cluster this is, seen just now. */
export type Open = { readonly kind: 'open'; readonly eligible: readonly string[]; readonly identity: ClusterIdentity }

/** A step of a sequence has to `wait` for its turn, or there is nothing left for it to do and it is to `skip`. */
export type Turn = { readonly kind: 'wait'; readonly why: string } | { readonly kind: 'skip' }

/** A closed gate. */
export const closed = (kind: Closed['kind'], code: string, reason: string): Closed => ({ kind, code, reason })
