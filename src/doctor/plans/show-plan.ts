import type { PlanRequest, ReplyTo } from '../../domain/job.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import { planCard, planRefusalMessage } from '../../views/plan-card.ts'
import { channelFor } from '../channel.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { moveIncident } from '../incident/move-incident.ts'
import { note, nowText } from '../record.ts'
import { holdLeft } from './auto.ts'
import { changePlan } from './plan-store.ts'

type Place = { readonly channel: string; readonly ts?: string }

/**
 * Puts a stored plan in front of people, once: on the record, as a card in its thread, on its incident, with its expiry
 * scheduled. Each part can be repeated after a crash.
 */
export const showPlan = async (doctor: Doctor, record: PlanRecord, replyTo?: ReplyTo): Promise<PlanRecord> => {
  if (record.card !== null) return record
  const { plan } = record
  const place = record.thread ?? (await placeOf(doctor, plan.incident, replyTo, plan))
  await doctor.audit.append({ kind: 'plan.proposed', at: nowText(doctor), ...about(record), data: proposed(record) })
  doctor.crashpoint('plan.recorded')
  await doctor.jobs.add(
    { v: 1, kind: 'expire', plan: plan.id },
    { key: `expire-${plan.id}`, delay: Math.max(0, Date.parse(plan.expiresAt) - doctor.clock.now()) + 500 },
  )
  const shown = { ...record, thread: place ?? null }
  const card =
    place === undefined
      ? null
      : await doctor.chat.post(place.channel, planCard(shown), {
          ...(place.ts === undefined ? {} : { thread: place.ts }),
          key: `plan-${plan.id}`,
        })
  doctor.crashpoint('plan.posted')
  const changed = await changePlan(doctor, plan.id, (stored) => ({ ...stored, card, thread: place ?? null }))
  await moveIncident(doctor, plan.incident, 'awaiting-approval', plan.id)
  if (record.life.state === 'approved') {
    await doctor.jobs.add(
      { v: 1, kind: 'execute', plan: plan.id },
      { key: `execute-${plan.id}`, delay: Math.max(0, holdLeft(doctor, plan)) },
    )
    await moveIncident(doctor, plan.incident, 'executing')
  }
  return isRefusal(changed) ? shown : changed
}

/** The parts of an audit event that name a plan. */
export const about = ({ plan }: PlanRecord) => ({
  ...(plan.incident === null ? {} : { incident: plan.incident }),
  plan: plan.id,
  planHash: plan.hash,
  cluster: plan.cluster,
})

const proposed = ({ plan }: PlanRecord) => ({
  action: plan.action,
  target: plan.target,
  summary: plan.summary,
  risk: plan.risk,
  requester: plan.requester.id,
  quorum: plan.rule.quorum,
  policy: plan.rule.policyVersion,
  rules: plan.rule.determining,
  expiresAt: plan.expiresAt,
})

/** The record with these steps ticked, each once. */
export const withSteps = (record: PlanRecord, ...steps: readonly string[]): PlanRecord => ({
  ...record,
  steps: [...record.steps.filter((step) => !steps.includes(step)), ...steps],
})

/** Redraws the card of a plan as it is now. A chat that is away never holds a case up: the next redraw catches up. */
export const redraw = async (doctor: Pick<Doctor, 'chat' | 'log'>, record: PlanRecord): Promise<void> => {
  if (record.card === null) return
  try {
    await doctor.chat.update(record.card.channel, record.card.ts, planCard(record))
  } catch (error) {
    doctor.log.warn({ err: error, plan: record.plan.id }, 'the card could not be redrawn')
  }
}

/** Says something in the thread that a plan belongs to. Failing to say it fails nothing else. */
export const say = async (
  doctor: Pick<Doctor, 'chat' | 'log'>,
  record: PlanRecord,
  message: { readonly text: string; readonly blocks?: readonly unknown[] },
  key: string,
): Promise<void> => {
  const place = record.thread ?? record.card
  if (place === null) return
  try {
    const thread = record.thread?.ts ?? record.card?.ts
    await doctor.chat.post(place.channel, message, { ...(thread === undefined ? {} : { thread }), key })
  } catch (error) {
    doctor.log.warn({ err: error, plan: record.plan.id }, 'the thread could not be told')
  }
}

/** Tells who asked that there will be no plan, and why: in the incident's thread or where they asked. */
export const tellRefusal = async (doctor: Doctor, request: PlanRequest, refusal: Refusal): Promise<void> => {
  const message = planRefusalMessage(request, refusal)
  try {
    const place = await placeOf(doctor, request.incident ?? null, request.replyTo, {
      cluster: request.cluster,
      target: request.target,
    })
    if (place === undefined) return
    const { replyTo } = request
    if (request.incident === undefined && replyTo !== undefined)
      await doctor.chat.ephemeral(replyTo.channel, replyTo.user, message, replyTo.thread)
    else await doctor.chat.post(place.channel, message, place.ts === undefined ? {} : { thread: place.ts })
  } catch (error) {
    doctor.log.warn({ err: error, code: refusal.code }, 'a refusal could not be told')
  }
}

/** A request that was refused, as it is kept for whoever asks why not. `at` is RFC 3339. */
export type RefusedRequest = { readonly at: string; readonly request: PlanRequest; readonly reason: string }

/** What was refused last for an incident; undefined where nothing was lately. */
export const lastRefused = async (
  doctor: Pick<Doctor, 'store'>,
  incident: string,
): Promise<RefusedRequest | undefined> => (await doctor.store.get<RefusedRequest>('refused-request', incident))?.value

/** Puts a refused request on the record, and keeps it for a week for whoever asks why not. */
export const recordRefusal = async (doctor: Doctor, request: PlanRequest, refusal: Refusal): Promise<void> => {
  if (request.incident !== undefined) {
    const stored = await doctor.store.get('refused-request', request.incident)
    const kept: RefusedRequest = { at: nowText(doctor), request, reason: refusal.reason }
    await doctor.store.put('refused-request', request.incident, kept, stored?.version ?? 0, 7 * 86_400)
  }
  await note(doctor, {
    kind: 'plan.refused',
    ...(request.incident === undefined ? {} : { incident: request.incident }),
    cluster: request.cluster,
    actor: request.requester.id,
    data: { action: request.action, target: request.target, code: refusal.code, reason: refusal.reason },
  })
}

/** Where a plan is shown: its incident's thread, else where it was asked for, else the channel of its place. */
export const placeOf = async (
  doctor: Pick<Doctor, 'store' | 'config'>,
  incident: string | null,
  replyTo: ReplyTo | undefined,
  place: { readonly cluster: string; readonly target: { readonly namespace?: string } },
): Promise<Place | undefined> => {
  if (incident !== null) {
    const stored = await readIncident(doctor, incident)
    const thread = stored?.value.thread
    if (thread !== undefined) return thread
    // The parent message is on its way: the queue tries again when it is there.
    if (stored !== undefined && replyTo === undefined) throw new Error('the incident has no thread yet')
  }
  if (replyTo !== undefined)
    return { channel: replyTo.channel, ...(replyTo.thread === undefined ? {} : { ts: replyTo.thread }) }
  const channel = channelFor(doctor.config, { cluster: place.cluster, namespace: place.target.namespace })
  return channel === undefined ? undefined : { channel }
}
