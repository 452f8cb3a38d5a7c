import type { Follow } from '../../domain/follow.ts'
import type { IncidentState } from '../../domain/incident.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { theDoctor } from '../../domain/principal.ts'
import { isRefusal } from '../../domain/refusal.ts'
import type { TimelineKind } from '../../domain/timeline.ts'
import { attemptOf, rememberAttempt } from '../../memory/attempts.ts'
import { followEndMessage, followMessage, followNudge } from '../../views/follow.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { moveIncident, rememberOnIncident } from '../incident/move-incident.ts'
import { incidentsWith } from '../incident/move-with-plan.ts'
import { planAgain } from '../plans/plan-again.ts'
import { changePlan } from '../plans/plan-store.ts'
import { about, redraw, say, withSteps } from '../plans/show-plan.ts'
import { nowText } from '../record.ts'

/**
 * Says what changed between two looks: on the record, on the card, in the thread and on the incident. Everything in it may
 * be done again after a crash and then changes nothing.
 */
export const tellFollow = async (
  doctor: Doctor,
  record: PlanRecord,
  before: Follow,
  after: Follow,
): Promise<Follow> => {
  const { id } = record.plan
  if (before.phase === 'review' && after.pull?.state === 'merged') await tellMerged(doctor, record, after)
  if (before.phase !== 'proof' && after.phase === 'proof') await tick(doctor, record, `delivered: ${deliverer(record)}`)
  if (after.phase === 'ended') await tellEnd(doctor, record, after)
  else if (after.reminded === true && after.phase === 'review')
    await say(doctor, record, followNudge(after), `follow-review-${id}`)
  else if (after.late === true) await say(doctor, record, followNudge(after), `follow-late-${id}`)
  return show(doctor, record, after)
}

const deliverer = ({ plan }: PlanRecord): string =>
  plan.success.kind === 'pull-request-open' && plan.success.afterMerge?.owner.tool === 'flux' ? 'Flux' : 'Argo CD'

const tellMerged = async (doctor: Doctor, record: PlanRecord, follow: Follow): Promise<void> => {
  const { pull } = follow
  await noteOnce(doctor, record, 'pull-request.merged', {
    number: pull?.number,
    commit: pull?.mergeCommit ?? null,
    by: pull?.by ?? null,
  })
  await tick(doctor, record, `merged${pull?.by === undefined ? '' : ` by ${pull.by}`}`)
  for (const incident of await waitingIncidents(doctor, record)) {
    await moveIncident(doctor, incident, 'executing')
    await moveIncident(doctor, incident, 'verifying')
  }
}

/** The incidents that still wait for this plan: news may have ended them meanwhile, and a merge must not reopen those. */
const waitingIncidents = async (doctor: Doctor, { plan }: PlanRecord): Promise<readonly string[]> => {
  const all = await incidentsWith(doctor, plan)
  const open = await Promise.all(
    all.map(async (id) => ((await readIncident(doctor, id))?.value.endedAt === undefined ? [id] : [])),
  )
  return open.flat()
}

const tellEnd = async (doctor: Doctor, record: PlanRecord, follow: Follow): Promise<void> => {
  const { plan } = record
  const { outcome = 'lost' } = follow
  const kind = endKinds[outcome]
  if (kind !== undefined)
    await noteOnce(doctor, record, kind, { number: follow.pull?.number, outcome, note: follow.note })
  if (outcome === 'verified') await tick(doctor, record, 'Synced and Healthy, verified')
  if (outcome === 'verified' || outcome === 'failed') {
    const attempt = attemptOf(record, { at: nowText(doctor), outcome, note: follow.note })
    await rememberAttempt(doctor.store, attempt)
    await rememberOnIncident(doctor, plan.incident, attempt)
  }
  await say(doctor, record, followEndMessage(record, follow), `follow-end-${plan.id}`)
  const to = nextState(record, outcome)
  for (const incident of await waitingIncidents(doctor, record)) {
    await moveIncident(doctor, incident, to)
    if (to === 'investigating')
      await doctor.jobs.add({ v: 1, kind: 'investigate', incident }, { key: `investigate-${incident}` })
  }
  if (outcome === 'failed') await proposeRevert(doctor, record, follow)
}

const endKinds: Readonly<Partial<Record<NonNullable<Follow['outcome']>, TimelineKind>>> = {
  verified: 'delivery.verified',
  unproved: 'delivery.failed',
  failed: 'delivery.failed',
  closed: 'pull-request.closed',
}

/** As with a live change: only a verified answer to the cause resolves; a wish says nothing about the trouble. */
const nextState = ({ plan }: PlanRecord, outcome: NonNullable<Follow['outcome']>): IncidentState => {
  if (outcome === 'verified') return plan.reason.code === undefined ? 'investigating' : 'resolved'
  return outcome === 'unproved' ? 'investigating' : 'escalated'
}

/** The way back of a merge that made nothing well: a pull request of its own, with its own approval. */
const proposeRevert = async (doctor: Doctor, record: PlanRecord, follow: Follow): Promise<void> => {
  const { plan } = record
  const summary = `Pull request #${follow.pull?.number ?? '?'} was merged and it is not well since: ${follow.note}`
  await planAgain(
    doctor,
    record,
    {
      action: 'open-pull-request',
      input: { reverts: plan.id },
      requester: theDoctor,
      reason: { summary, evidence: [] },
    },
    `revert-${plan.id}`,
  )
}

/** One entry of a kind for a plan: the record itself says whether it is there. */
const noteOnce = async (
  doctor: Doctor,
  record: PlanRecord,
  kind: TimelineKind,
  data: Readonly<Record<string, unknown>>,
): Promise<void> => {
  if ((await doctor.audit.read({ plan: record.plan.id, kinds: [kind] })).length > 0) return
  await doctor.audit.append({ kind, at: nowText(doctor), ...about(record), actor: 'doctor', data })
}

const tick = async (doctor: Doctor, record: PlanRecord, step: string): Promise<void> => {
  const after = await changePlan(doctor, record.plan.id, (stored) => withSteps(stored, step))
  if (!isRefusal(after)) await redraw(doctor, after)
}

/** The message that shows where it is: posted once, edited when it says something else. A chat that is away holds nothing up. */
const show = async (doctor: Doctor, record: PlanRecord, follow: Follow): Promise<Follow> => {
  const message = followMessage(follow)
  const shown = JSON.stringify(message.blocks)
  const place = record.thread ?? record.card
  if (place === null || follow.message?.shown === shown) return follow
  try {
    const thread = record.thread?.ts ?? record.card?.ts
    const key = `follow-${record.plan.id}`
    const posted =
      follow.message ??
      (await doctor.chat.post(place.channel, message, { ...(thread === undefined ? {} : { thread }), key }))
    if (follow.message !== undefined) await doctor.chat.update(posted.channel, posted.ts, message)
    return { ...follow, message: { channel: posted.channel, ts: posted.ts, shown } }
  } catch (error) {
    doctor.log.warn({ err: error, plan: record.plan.id }, 'the thread could not be told')
    return follow
  }
}
