import type { Plan } from '../../domain/plan.ts'
import type { AuditEntry, TimelineKind } from '../../domain/timeline.ts'
import { permitLife } from '../../policy/permit.ts'
import type { Doctor } from '../doctor.ts'
import { everywhere, freezeOf } from '../freeze.ts'
import type { Closed } from './closed.ts'

const ends: Partial<Record<TimelineKind, string>> = {
  'plan.denied': 'was denied',
  'plan.expired': 'expired',
  'plan.refused': 'was refused',
  'effect.done': 'was carried out',
  'effect.failed': 'was refused by the API server',
}

const freezes: readonly TimelineKind[] = ['freeze.on', 'freeze.off', 'cluster.locked', 'cluster.unlocked']

type Looker = Pick<Doctor, 'audit' | 'store'>

/** Whose last look it is: the intent just put on the record, and when (ms) the gates before it were asked. */
export type Mine = { readonly intent: AuditEntry; readonly since: number }

/**
 * How long after an intent its request may still land, in ms: the permit that lets it leave, and the request on the way (5 s,
 * the deadline of a write). Gates that are asked after that see what it did, so nothing can collide with it.
 */
export const landed = permitLife + 5_000

/**
 * What the record knows of a plan at a step, whatever the store shows: its end, when an intent was last put there (ms), and whether
 * the request of one that is not `mine` may have landed after my gates were asked.
 */
export type Past = { readonly over?: Closed; readonly intendedAt?: number; readonly others: boolean }

/**
 * A store that went back in time, by a failover or by somebody's hand, must not bring a plan back to life, nor hide that
 * its request may be on the way.
 */
export const pastOf = async ({ audit }: Looker, id: string, step = 0, mine?: Mine): Promise<Past> => {
  const entries = await audit.read({ plan: id })
  const end = entries.findLast((entry) => ends[entry.kind] !== undefined && !isEarlierStep(entry, step))
  const intents = entries.filter((entry) => entry.kind === 'effect.intended' && stepIn(entry) >= step)
  const intent = intents.at(-1)
  return {
    ...(end === undefined ? {} : { over: wentBack(end) }),
    ...(intent === undefined ? {} : { intendedAt: Date.parse(intent.at) }),
    others: intents.some(
      (entry) => entry.hash !== mine?.intent.hash && Date.parse(entry.at) > (mine?.since ?? 0) - landed,
    ),
  }
}

const stepIn = ({ data }: AuditEntry): number => (typeof data?.['step'] === 'number' ? data['step'] : 0)

/** That a step before this one was written is no end of the plan. */
const isEarlierStep = (entry: AuditEntry, step: number): boolean => entry.kind === 'effect.done' && stepIn(entry) < step

/**
 * The last look, once a plan is armed: every denial, end or freeze that came before the arming is visible now, so none can
 * slip between a check and the write. What the record knows counts even where the store forgot it. Undefined: go on.
 */
export const lastLook = async (
  doctor: Looker,
  plan: Pick<Plan, 'id' | 'cluster'>,
  mine: Mine,
): Promise<Closed | undefined> => {
  const { frozen, reason } = await freezeOf(doctor, plan.cluster)
  if (frozen) return { kind: 'refuse', code: 'frozen', reason: `${reason}. Nothing was done.` }
  const { over, others } = await pastOf(doctor, plan.id, stepIn(mine.intent), mine)
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
