import { absentMark } from '../domain/expected.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { stepNow, stepsOf } from '../domain/plan-steps.ts'
import { isRefusal, type Refusal } from '../domain/refusal.ts'
import type { ClusterReader, ClusterWriter } from '../ports.ts'
import { expire } from './decide.ts'
import type { Doctor } from './doctor.ts'
import { type EffectResult, makeEffect, recordIntent } from './effect/effect.ts'
import { type ReadBack, readBack } from './effect/read-back.ts'
import { freezeOf } from './freeze.ts'
import type { Closed, Open, Turn } from './gates/closed.ts'
import { landed, lastLook, pastOf } from './gates/last-look.ts'
import { recheck } from './gates/recheck.ts'
import { moveWithPlan } from './incident/move-with-plan.ts'
import { agreedNow } from './now.ts'
import { holdLeft } from './plans/auto.ts'
import { endRefused, replan } from './plans/end-plan.ts'
import { openPlans } from './plans/open-plans.ts'
import { changePlan, readPlan, stepPlan } from './plans/plan-store.ts'
import { about, redraw, withSteps } from './plans/show-plan.ts'
import { nowText } from './record.ts'
import { verify } from './verify.ts'

/** Seconds that the right to work on a plan outlives a process that died with it, and ms until it is asked for again. */
const lease = 6
const askAgain = 2_000

/** How long a step waits before it asks again whether it is its turn, in ms. */
const budgetPause = 5_000

/** How long to wait for a cluster that cannot be read back, in ms. */
const unreadablePause = 5_000

/**
 * The `execute` job: carries an approved plan out, at most once, and sees it through. Re-entrant at every step: what a crash
 * left armed is settled by reading the cluster back, never by guessing.
 */
export const execute = async (doctor: Doctor, id: string, signal?: AbortSignal): Promise<void> => {
  const record = await doctor.store.lock(`execute-${id}`, lease, (token) => carryOut(doctor, id, token, signal))
  if (record === undefined)
    return doctor.jobs.add({ v: 1, kind: 'execute', plan: id }, { key: `execute-again-${id}`, delay: askAgain })
  if (isRefusal(record)) return doctor.log.warn({ plan: id, code: record.code }, 'a plan was not carried out')
  if (record.life.state === 'applied') await verify(doctor, id, signal)
}

/** Puts every plan that was under way when a process died back on the queue. For the start of an executor. */
export const resumePlans = async (doctor: Doctor): Promise<number> => {
  const left = (await openPlans(doctor)).filter((record) => record.life.state !== 'pending')
  // Without a key: a job of the dead process still holds it.
  for (const { plan } of left) await doctor.jobs.add({ v: 1, kind: 'execute', plan: plan.id })
  return left.length
}

const later = async (doctor: Doctor, record: PlanRecord, delay: number): Promise<PlanRecord> => {
  const plan = record.plan.id
  await doctor.jobs.add({ v: 1, kind: 'execute', plan }, { key: `execute-later-${plan}`, delay: Math.max(500, delay) })
  return record
}

type Hands = { readonly reader: ClusterReader; readonly writer: ClusterWriter }

const carryOut = async (
  doctor: Doctor,
  id: string,
  token: number,
  signal?: AbortSignal,
): Promise<PlanRecord | Refusal> => {
  const record = await readPlan(doctor, id)
  if (isRefusal(record)) return record
  const { life, plan } = record
  const [reader, writer] = [doctor.readers.get(plan.cluster), doctor.writers.get(plan.cluster)]
  const active = life.state === 'approved' || life.state === 'armed' || life.state === 'unknown'
  if (!active) return record
  if (reader === undefined || writer === undefined) throw new Error(`there is no writer for ${plan.cluster} here`)
  const held = life.state === 'approved' ? holdLeft(doctor, plan) : 0
  if (held > 0) return later(doctor, record, held)
  return life.state === 'approved'
    ? armAndWrite(doctor, { reader, writer }, record, token, 'arm', signal)
    : reconcile(doctor, { reader, writer }, record, token, signal)
}

const armAndWrite = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  token: number,
  kind: 'arm' | 'rearm',
  signal?: AbortSignal,
): Promise<PlanRecord | Refusal> => {
  const { plan, life } = record
  if (kind === 'arm') {
    const { over, intendedAt } = await pastOf(doctor, plan.id, stepNow(life))
    if (over !== undefined) return closedGate(doctor, hands, record, over, token)
    // An intent without an arming: a crash came between, or the store lost the arming and a request may be on its way.
    const wait = (intendedAt ?? Number.NEGATIVE_INFINITY) + landed - doctor.clock.now()
    if (wait > 0) return later(doctor, record, wait)
  }
  const since = doctor.clock.now()
  const gates = await openGates(doctor, hands, record, signal)
  if (gates.kind === 'wait') return waiting(doctor, record, gates.why)
  if (gates.kind === 'skip') return kind === 'arm' ? skipped(doctor, record) : later(doctor, record, 0)
  if (gates.kind !== 'open') return closedGate(doctor, hands, record, gates, token)
  doctor.crashpoint('execute.gates-passed')
  const intent = await recordIntent(doctor, record, gates.identity, token)
  doctor.crashpoint('execute.intended')
  const { frozen } = await freezeOf(doctor, plan.cluster)
  const now = await agreedNow(doctor)
  if (isRefusal(now)) return closedGate(doctor, hands, record, { ...now, kind: 'refuse' }, token)
  const armed = await stepPlan(
    doctor,
    plan.id,
    {
      ...(kind === 'arm' ? { kind } : { kind, of: life }),
      token,
      planHash: plan.hash,
      step: stepNow(life),
      at: now,
      frozen,
      eligible: gates.eligible,
    },
    (stored) => ({ ...withSteps(stored, 'identity confirmed', 'unchanged since shown'), intentSeq: intent.seq }),
  )
  if (isRefusal(armed)) return notArmed(doctor, hands, record, armed, token)
  doctor.crashpoint('execute.armed')
  const stop = await lastLook(doctor, plan, { intent, since })
  if (stop !== undefined) return notSent(doctor, armed, token, stop)
  const made = await makeEffect(doctor, hands.writer, armed, gates.identity, since)
  doctor.crashpoint('execute.sent')
  const result = kind === 'rearm' && made.kind === 'rejected' ? await orEarlier(doctor, hands, armed, made) : made
  return settle(doctor, hands, armed, token, result, signal)
}

const openGates = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  signal?: AbortSignal,
): Promise<Open | Closed | Turn> => {
  const now = await agreedNow(doctor)
  return isRefusal(now) ? { ...now, kind: 'refuse' } : recheck(doctor, hands, record, now, signal)
}

/** It is not this step's turn yet: the card says why, and it is asked again. */
const waiting = async (doctor: Doctor, record: PlanRecord, why: string): Promise<PlanRecord> => {
  const tick = `waiting: ${why}`
  if (!record.steps.includes(tick)) {
    const others = (steps: readonly string[]) => steps.filter((step) => !step.startsWith('waiting: '))
    const told = await changePlan(doctor, record.plan.id, (now) => ({ ...now, steps: [...others(now.steps), tick] }))
    if (!isRefusal(told)) await redraw(doctor, told)
  }
  return later(doctor, record, budgetPause)
}

const stepData = ({ plan, life }: PlanRecord) => (stepsOf(plan).length === 0 ? {} : { step: stepNow(life) })

/** What a step was to do is so already: nothing is written, and it is seen through like any other. */
const skipped = async (doctor: Doctor, { plan, life }: PlanRecord): Promise<PlanRecord | Refusal> =>
  stepPlan(doctor, plan.id, { kind: 'skip', at: doctor.clock.now(), step: stepNow(life) })

/** A second try that is refused: where the first landed after all, later than it should, it is done. */
const orEarlier = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  refused: EffectResult,
): Promise<EffectResult> => {
  const seen = await readBack(doctor, hands, record)
  if (seen.kind === 'done') return { kind: 'done', after: seen.after, detail: `read back: ${seen.note}` }
  return seen.kind === 'none'
    ? refused
    : { kind: 'unknown', reason: 'a second try was refused, and nothing can be read' }
}

/** A gate closed before arming ends the plan; after a lost write it says that nothing was written, if that is still so. */
const closedGate = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  closed: Closed,
  token: number,
): Promise<PlanRecord | Refusal> => {
  const { plan, life } = record
  const at = doctor.clock.now()
  const seen = life.state === 'approved' ? undefined : await readBack(doctor, hands, record)
  if (seen?.kind === 'unreadable') return later(doctor, record, unreadablePause)
  if (seen?.kind === 'done') return sawDone(doctor, record, token, seen)
  const after =
    life.state === 'approved'
      ? await stepPlan(doctor, plan.id, { kind: closed.kind, at, code: closed.code, reason: closed.reason })
      : await stepPlan(doctor, plan.id, {
          kind: 'reconciled',
          of: life,
          token,
          at,
          effect: 'none',
          after: null,
          note: `The write was lost on its way and nothing was changed. ${closed.reason}`,
        })
  if (isRefusal(after)) return after
  await endRefused(doctor, after, closed.code, after.life.outcome?.note ?? closed.reason)
  if (closed.kind === 'stale') await replan(doctor, after)
  return after
}

/** The life itself said no: it expired, it was frozen or denied meanwhile, or another executor has it. */
const notArmed = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  refusal: Refusal,
  token: number,
): Promise<PlanRecord | Refusal> => {
  if (refusal.code === 'expired' && record.life.state === 'approved') {
    await expire(doctor, record.plan.id)
    return refusal
  }
  const ends = ['expired', 'frozen', 'approval-withdrawn', 'tampered'].includes(refusal.code)
  return ends ? closedGate(doctor, hands, record, { ...refusal, kind: 'refuse' }, token) : refusal
}

/** The last look closed it: armed, but nothing left. */
const notSent = async (
  doctor: Doctor,
  record: PlanRecord,
  token: number,
  { code, reason }: Closed,
): Promise<PlanRecord | Refusal> => {
  const event = { kind: 'rejected', token, at: doctor.clock.now(), code, reason } as const
  const after = await stepPlan(doctor, record.plan.id, event)
  if (!isRefusal(after)) await endRefused(doctor, after, code, reason)
  return after
}

const settle = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  token: number,
  result: EffectResult,
  signal?: AbortSignal,
): Promise<PlanRecord | Refusal> => {
  const { plan } = record
  const at = doctor.clock.now()
  const event = { at: nowText(doctor), ...about(record), actor: 'doctor' }
  switch (result.kind) {
    case 'done': {
      await doctor.audit.append({
        ...event,
        kind: 'effect.done',
        data: { ...stepData(record), intent: record.intentSeq, after: result.after, detail: result.detail },
      })
      doctor.crashpoint('execute.done-recorded')
      return applied(
        doctor,
        await stepPlan(doctor, plan.id, { kind: 'applied', token, at, after: result.after }, written),
      )
    }
    case 'rejected': {
      await doctor.audit.append({ ...event, kind: 'effect.failed', data: { code: result.code, reason: result.reason } })
      const reason = `The API server refused the write: ${result.reason}. Nothing was changed.`
      const after = await stepPlan(doctor, plan.id, { kind: 'rejected', token, at, code: result.code, reason })
      if (isRefusal(after)) return after
      await endRefused(doctor, after, result.code, after.life.outcome?.note ?? reason)
      // The object moved in the moment between the last look and the write: people get the plan against what it is now.
      if (['Conflict', '409', '422', 'Invalid'].includes(result.code)) await replan(doctor, after)
      return after
    }
    case 'unknown': {
      await doctor.audit.append({ ...event, kind: 'effect.unknown', data: { reason: result.reason } })
      const after = await stepPlan(doctor, plan.id, { kind: 'lost', token, at, reason: result.reason })
      if (isRefusal(after)) return after
      await redraw(doctor, after)
      doctor.crashpoint('execute.unknown')
      return reconcile(doctor, hands, after, token, signal)
    }
  }
}

/** What became of a write that nobody saw answered: read back. Only when it surely did not happen is it made again. */
const reconcile = async (
  doctor: Doctor,
  hands: Hands,
  record: PlanRecord,
  token: number,
  signal?: AbortSignal,
): Promise<PlanRecord | Refusal> => {
  const { plan, life } = record
  const at = doctor.clock.now()
  const { intendedAt } = await pastOf(doctor, plan.id, stepNow(life))
  const seen = await readBack(doctor, hands, record, signal)
  doctor.crashpoint('execute.read-back')
  if (seen.kind === 'done') return sawDone(doctor, record, token, seen)
  // A store that went back may show an older arming than the one whose request is on its way; the record knows the latest.
  const wait = Math.max(Date.parse(life.armedAt ?? ''), intendedAt ?? 0) + landed - at
  if (seen.kind === 'unreadable' || wait > 0) {
    return later(doctor, record, seen.kind === 'unreadable' ? unreadablePause : wait)
  }
  return armAndWrite(doctor, hands, record, token, 'rearm', signal)
}

/** The effect was seen in the cluster: on the record, then in the plan's life. */
const sawDone = async (
  doctor: Doctor,
  record: PlanRecord,
  token: number,
  { after, note }: Extract<ReadBack, { kind: 'done' }>,
): Promise<PlanRecord | Refusal> => {
  const at = doctor.clock.now()
  await doctor.audit.append({
    kind: 'effect.done',
    at: nowText(doctor),
    ...about(record),
    actor: 'doctor',
    data: { ...stepData(record), intent: record.intentSeq, after, detail: `read back: ${note}` },
  })
  const event = { kind: 'reconciled', of: record.life, token, at, effect: 'done', after, note } as const
  return applied(doctor, await stepPlan(doctor, record.plan.id, event, written))
}

const applied = async (doctor: Doctor, after: PlanRecord | Refusal): Promise<PlanRecord | Refusal> => {
  if (isRefusal(after)) return after
  doctor.crashpoint('execute.applied')
  await redraw(doctor, after)
  await moveWithPlan(doctor, after.plan, 'verifying')
  return after
}

const written = (record: PlanRecord): PlanRecord => {
  const steps = stepsOf(record.plan)
  const step = steps[stepNow(record.life)]
  if (step !== undefined) return counted(record, `${stepNow(record.life) + 1} of ${steps.length}: ${step.summary}`)
  const { after } = record.life
  const { resourceVersion } = record.plan
  const before = resourceVersion === absentMark ? '' : `${resourceVersion} → `
  const what =
    record.plan.change.kind === 'merge'
      ? `pull request #${after ?? '?'} merged`
      : record.plan.change.kind === 'pull-request'
        ? `pull request #${after ?? '?'} opened`
        : `written${after === null ? '' : ` (resourceVersion ${before}${after})`}`
  return withSteps(record, what)
}

/** The tick of the step under way takes the place of the one before: the count says how many there were. */
const counted = (record: PlanRecord, tick: string): PlanRecord =>
  withSteps({ ...record, steps: record.steps.filter((done) => !/^(?:\d+ of \d+|waiting): /.test(done)) }, tick)
