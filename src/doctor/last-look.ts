import type { Plan } from '../domain/plan.ts'
import type { AuditEntry, TimelineKind } from '../domain/timeline.ts'
import type { Doctor } from './doctor.ts'
import { everywhere, freezeOf } from './freeze.ts'
import type { Closed } from './recheck.ts'

const ends: Partial<Record<TimelineKind, string>> = {
  'plan.denied': 'was denied',
  'plan.expired': 'expired',
  'plan.refused': 'was refused',
  'effect.done': 'was carried out',
  'effect.failed': 'was refused by the API server',
}

const freezes: readonly TimelineKind[] = ['freeze.on', 'freeze.off', 'cluster.locked', 'cluster.unlocked']

type Looker = Pick<Doctor, 'audit' | 'store'>

/**
 * How long an intent counts as fresh, in ms: a permit (12 s), its request on the way (15 s), and the permit of somebody whose
 * gates were open before that arrived (12 s). After it, what was lost on the way cannot land, nor collide with anything.
 */
export const settled = 40_000

/**
 * What the record knows of a plan, whatever the store shows: its end, when an intent was last put there (ms), and whether
 * one that is as fresh as `mine` is of somebody else.
 */
export type Past = { readonly over?: Closed; readonly intendedAt?: number; readonly others: boolean }

/**
 * A store that went back in time, by a failover or by somebody's hand, must not bring a plan back to life, nor hide that
 * its request may be on the way.
 */
export const pastOf = async ({ audit }: Looker, id: string, mine?: AuditEntry): Promise<Past> => {
  const entries = await audit.read({ plan: id })
  const end = entries.findLast((entry) => ends[entry.kind] !== undefined)
  const intents = entries.filter((entry) => entry.kind === 'effect.intended')
  const intent = intents.at(-1)
  const now = Date.parse(mine?.at ?? '')
  return {
    ...(end === undefined ? {} : { over: wentBack(end) }),
    ...(intent === undefined ? {} : { intendedAt: Date.parse(intent.at) }),
    others: intents.some((entry) => entry.hash !== mine?.hash && Date.parse(entry.at) > now - settled),
  }
}

/**
 * The last look, once a plan is armed: every denial, end or freeze that came before the arming is visible now, so none can
 * slip between a check and the write. What the record knows counts even where the store forgot it. Undefined: go on.
 */
export const lastLook = async (
  doctor: Looker,
  plan: Pick<Plan, 'id' | 'cluster'>,
  intent: AuditEntry,
): Promise<Closed | undefined> => {
  const { frozen, reason } = await freezeOf(doctor, plan.cluster)
  if (frozen) return { kind: 'refuse', code: 'frozen', reason: `${reason}. Nothing was done.` }
  const { over, others } = await pastOf(doctor, plan.id, intent)
  return over ?? (others ? crowded : undefined) ?? (await forgottenFreeze(doctor, plan.cluster))
}

const crowded: Closed = {
  kind: 'refuse',
  code: 'taken-over',
  reason: 'Two executors were about to carry this out at the same time. Nothing was done by this one.',
}

/** A freeze that is on the record, for this cluster or everywhere, and whose end is not. */
const forgottenFreeze = async ({ audit }: Looker, cluster: string): Promise<Closed | undefined> => {
  const entries = await audit.read({ kinds: freezes })
  const on = [everywhere, cluster]
    .map((name) => entries.findLast((entry) => entry.cluster === name))
    .find((entry) => entry?.kind === 'freeze.on' || entry?.kind === 'cluster.locked')
  if (on === undefined) return undefined
  const end = on.cluster === everywhere ? 'unfreeze' : `unfreeze ${on.cluster}`
  const reason = `The record says that changes were frozen at ${on.at} and never says that this ended, but the store had forgotten it. Nothing was done. Say /doctor ${end} if it is over.`
  return { kind: 'refuse', code: 'frozen', reason }
}

const wentBack = (end: AuditEntry): Closed => ({
  kind: 'refuse',
  code: 'store-went-back',
  reason: `The record says that this plan ${ends[end.kind]} at ${end.at.slice(11, 19)} UTC, but the store had forgotten it. Nothing was done now.`,
})
