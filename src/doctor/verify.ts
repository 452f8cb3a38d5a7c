import type { IncidentState } from '../domain/incident.ts'
import { refText } from '../domain/object.ts'
import type { SuccessCheck } from '../domain/plan.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { atStep, moreSteps, stepNow } from '../domain/plan-steps.ts'
import { isRefusal } from '../domain/refusal.ts'
import { attemptOf, rememberAttempt } from '../memory/attempts.ts'
import { receiptOf } from '../memory/receipt.ts'
import type { ClusterReader } from '../ports.ts'
import { planOutcomeMessage } from '../views/plan-answers.ts'
import { drainProgress } from './checks/drain-progress.ts'
import { replacedProgress } from './checks/replaced.ts'
import { servesProgress } from './checks/serving.ts'
import {
  containerProgress,
  fieldProgress,
  fieldsProgress,
  goingText,
  holdsProgress,
  type Progress,
  restartsOf,
  rolloutProgress,
} from './checks/success.ts'
import type { Doctor } from './doctor.ts'
import { commandProgress } from './effect/command-output.ts'
import { tellTranscript } from './effect/transcript.ts'
import { beginFollow } from './follow/follow-store.ts'
import { moveIncident, rememberOnIncident } from './incident/move-incident.ts'
import { incidentsWith } from './incident/move-with-plan.ts'
import { eyesFor, readPods } from './plans/live.ts'
import { changePlan, readPlan, stepPlan } from './plans/plan-store.ts'
import { about, redraw, say } from './plans/show-plan.ts'
import { nowText } from './record.ts'

/** How often a success check is asked, in ms. */
const every = 2_000

/** Seconds that the right to watch outlives a process that died with it. */
const lease = 8

/**
 * Runs the success check of a plan that was applied until it is met and steady, surely failed, or out of time; then says so
 * everywhere and remembers the attempt. Started again after a crash it goes on; could-not-read never counts as success.
 */
export const verify = async (doctor: Doctor, id: string, signal?: AbortSignal): Promise<void> => {
  const end = await doctor.store.lock(`verify-${id}`, lease, async () => {
    const record = await readPlan(doctor, id)
    if (isRefusal(record) || record.life.state !== 'applied') return 'concluded'
    const more = moreSteps(record.plan, record.life)
    const watched = more ? { ...record, plan: atStep(record.plan, stepNow(record.life)) } : record
    const result = await watch(doctor, watched, signal)
    if (result === 'leaving') return result
    doctor.crashpoint('verify.decided')
    if (more && result.kind === 'verified') return nextStep(doctor, record, result.note)
    await conclude(doctor, record, result)
    return 'concluded'
  })
  if (end === 'concluded') return
  // Somebody else holds it, who may have died with it; or this process leaves it to the next one.
  const delay = end === 'leaving' ? {} : { delay: 3_000 }
  await doctor.jobs.add({ v: 1, kind: 'execute', plan: id }, { key: `verify-again-${id}`, ...delay })
}

/** A step was seen through: on the record, then on to the next one, which passes every gate for itself. */
const nextStep = async (doctor: Doctor, record: PlanRecord, note: string): Promise<'concluded'> => {
  const id = record.plan.id
  const step = stepNow(record.life)
  await doctor.audit.append({
    kind: 'effect.step-verified',
    at: nowText(doctor),
    ...about(record),
    actor: 'doctor',
    data: { step, note },
  })
  const after = await stepPlan(doctor, id, { kind: 'next', at: doctor.clock.now(), step }, (stored) => ({
    ...stored,
    steps: stored.steps.filter((tick) => !tick.startsWith('waiting: ')),
  }))
  doctor.crashpoint('verify.next')
  if (!isRefusal(after)) {
    await redraw(doctor, after)
    await doctor.jobs.add({ v: 1, kind: 'execute', plan: id }, { key: `execute-${id}-${step + 1}` })
  }
  return 'concluded'
}

type Result = { readonly kind: 'verified' | 'unverified'; readonly note: string }

const watch = async (doctor: Doctor, record: PlanRecord, signal?: AbortSignal): Promise<Result | 'leaving'> => {
  const { plan, life } = record
  const reader = doctor.readers.get(plan.cluster)
  if (reader === undefined) throw new Error(`there is no reader for ${plan.cluster} here`)
  const check = plan.success
  const deadline = Date.parse(life.appliedAt ?? nowText(doctor)) + check.within * 1000
  const steady = check.kind === 'rollout-complete' || check.kind === 'all' ? check.steady * 1000 : 0
  let shown = ''
  let met: { readonly since: number; readonly restarts: number | undefined } | undefined
  for (;;) {
    const seen = await progressOf(doctor, reader, record, check, signal)
    const now = doctor.clock.now()
    if (seen.kind === 'failed') return { kind: 'unverified', note: seen.text }
    if (seen.kind === 'met') {
      const calm = met !== undefined && (seen.restarts === undefined || met.restarts === seen.restarts)
      met = calm && met !== undefined ? met : { since: now, restarts: seen.restarts }
      if (now - met.since >= steady)
        return { kind: 'verified', note: steady === 0 ? seen.text : `${seen.text} for ${Math.round(steady / 1000)} s` }
    } else met = undefined
    // What is met but not yet steady may use up the steady time beyond the deadline, not more.
    if (now >= deadline + (met === undefined ? 0 : steady))
      return { kind: 'unverified', note: `not within ${check.within} s: ${seen.text}` }
    if (seen.text !== shown) await tick(doctor, record, seen.text)
    shown = seen.text
    if (!(await waited(doctor, signal))) return 'leaving'
  }
}

/** Waits until the next look; false when the process is about to stop. */
const waited = async (doctor: Doctor, signal: AbortSignal | undefined): Promise<boolean> => {
  const { leaving } = doctor
  const ends = [signal, leaving].filter((one) => one !== undefined)
  try {
    await doctor.clock.sleep(every, AbortSignal.any(ends))
    return leaving?.aborted !== true
  } catch (error) {
    if (leaving?.aborted === true && signal?.aborted !== true) return false
    throw error
  }
}

type Seen = Progress & { readonly restarts?: number }

/** How far a success check of a plan is, read from the cluster or the Git host now. Could-not-read is waiting, never met. */
export const progressOf = async (
  doctor: Doctor,
  reader: ClusterReader,
  record: PlanRecord,
  check: SuccessCheck,
  signal?: AbortSignal,
): Promise<Seen> => {
  if (check.kind === 'pull-request-open') return pullRequestProgress(doctor, record)
  if (check.kind === 'pull-request-merged') return mergeProgress(doctor, check)
  if (check.kind === 'command') return commandProgress(doctor, record.plan.id)
  if (check.kind === 'all')
    return allProgress(check.checks.map((one) => progressOf(doctor, reader, record, one, signal)))
  if (check.kind === 'drained') return drainProgress(reader, check.target, signal)
  const eyes = eyesFor(check.target, { reader, writer: doctor.writers.get(record.plan.cluster) })
  const read = await eyes.get(check.target, signal)
  if (read.kind === 'unreadable') return { kind: 'waiting', text: `could not be read (${read.reason})` }
  if (check.kind === 'gone')
    return read.kind === 'absent' || read.value.metadata.uid !== check.uid
      ? { kind: 'met', text: `${refText(check.target)} is gone` }
      : { kind: 'waiting', text: goingText(read.value) }
  if (read.kind === 'absent') return { kind: 'failed', text: 'the object is gone' }
  if (check.kind === 'field-equals') return fieldProgress(read.value, check)
  if (check.kind === 'holds') return holdsProgress(read.value, check)
  if (check.kind === 'container') return containerProgress(read.value, check)
  if (check.kind === 'fields-hold') return fieldsProgress(read.value, check)
  if (check.kind === 'replaced')
    return replacedProgress(read.value, await readPods(reader, read.value, signal), check.uid)
  if (check.kind === 'serves') return servesProgress(reader, check, signal)
  const progress = rolloutProgress(read.value)
  if (progress.kind !== 'met') return progress
  const pods = await readPods(reader, read.value, signal)
  return pods === undefined ? progress : { ...progress, restarts: restartsOf(pods) }
}

/** Of several checks the first that failed, else the first that waits; met where all are, with how often pods restarted. */
const allProgress = async (checks: readonly Promise<Seen>[]): Promise<Seen> => {
  const seen = await Promise.all(checks)
  const open = seen.find(({ kind }) => kind === 'failed') ?? seen.find(({ kind }) => kind === 'waiting')
  if (open !== undefined) return open
  const restarts = seen.reduce((sum, one) => sum + (one.restarts ?? 0), 0)
  return { kind: 'met', text: `all ${seen.length} checks hold`, restarts }
}

const pullRequestProgress = async (doctor: Doctor, { plan }: PlanRecord): Promise<Progress> => {
  if (plan.change.kind !== 'pull-request') return { kind: 'failed', text: 'the plan opened no pull request' }
  const found = await doctor.git?.findChange(plan.change.repository, plan.change.branch)
  if (found?.kind === 'ok')
    return { kind: 'met', text: `pull request #${found.value.number} is ${found.value.state}: ${found.value.url}` }
  return { kind: 'waiting', text: 'the pull request cannot be seen yet' }
}

const mergeProgress = async (
  { git }: Pick<Doctor, 'git'>,
  { repository, number }: Extract<SuccessCheck, { kind: 'pull-request-merged' }>,
): Promise<Progress> => {
  const read = await git?.viewChange(repository, number)
  if (read?.kind !== 'ok') return { kind: 'waiting', text: 'the pull request cannot be seen now' }
  const { state, url } = read.value
  const text = `pull request #${number} is ${state}: ${url}`
  return { kind: state === 'merged' ? 'met' : state === 'closed' ? 'failed' : 'waiting', text }
}

const tick = async (doctor: Doctor, record: PlanRecord, text: string): Promise<void> => {
  const waiting = `waiting: ${text}`
  const after = await changePlan(doctor, record.plan.id, (stored) => ({
    ...stored,
    steps: [...stored.steps.filter((step) => !step.startsWith('waiting: ')), waiting],
  }))
  if (!isRefusal(after)) await redraw(doctor, after)
}

const conclude = async (doctor: Doctor, record: PlanRecord, result: Result): Promise<void> => {
  const { plan } = record
  const verified = result.kind === 'verified'
  if (verified) await beginFollow(doctor, record)
  const entry = await doctor.audit.append({
    kind: verified ? 'effect.verified' : 'effect.failed',
    at: nowText(doctor),
    ...about(record),
    actor: 'doctor',
    data: { note: result.note, effect: 'done' },
  })
  const verdict = verified ? 'verified' : 'failed'
  await doctor.receipts?.issue(receiptOf(record, { seq: entry.seq, hash: entry.hash }, verdict, result.note, entry.at))
  const attempt = attemptOf(record, {
    at: nowText(doctor),
    outcome: result.kind === 'verified' ? 'verified' : 'failed',
    note: result.note,
  })
  await rememberAttempt(doctor.store, attempt)
  await rememberOnIncident(doctor, plan.incident, attempt)
  const after = await stepPlan(
    doctor,
    plan.id,
    { kind: result.kind, at: doctor.clock.now(), note: result.note },
    (stored) => ({ ...stored, steps: stored.steps.filter((step) => !step.startsWith('waiting: ')) }),
  )
  if (isRefusal(after)) return
  await redraw(doctor, after)
  await say(doctor, after, planOutcomeMessage(after), `end-${plan.id}`)
  const reader = doctor.readers.get(plan.cluster)
  if (reader !== undefined) await tellTranscript(doctor, reader, after)
  const next = nextState(record, verified)
  for (const incident of await incidentsWith(doctor, plan)) {
    await moveIncident(doctor, incident, next)
    if (next === 'investigating')
      await doctor.jobs.add({ v: 1, kind: 'investigate', incident }, { key: `investigate-${incident}` })
  }
}

/**
 * Only a verified answer to the cause resolves an incident. A pull request repairs nothing until people merge it; a change
 * that a person wished for, or a way back, says nothing about the trouble, so that is looked at again.
 */
const nextState = ({ plan }: PlanRecord, verified: boolean): IncidentState => {
  if (!verified) return 'escalated'
  if (plan.change.kind === 'pull-request') return 'awaiting-approval'
  // Who follows the pull request sees what was merged through to the cluster.
  if (plan.change.kind === 'merge') return 'verifying'
  return plan.reason.code === undefined || onlyContains.has(plan.action) ? 'investigating' : 'resolved'
}

/** Actions that keep a trouble from spreading or make a fresh start: whether the cause is gone only another look can tell. */
const onlyContains: ReadonlySet<string> = new Set([
  'cordon-node',
  'evict-pod',
  'pause-rollout',
  'suspend-cronjob',
  'suspend-job',
  'refresh-application',
])
