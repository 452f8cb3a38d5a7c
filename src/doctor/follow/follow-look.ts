import { deliveredValue } from '../../domain/after-merge.ts'
import { canonical } from '../../domain/canonical.ts'
import { deliveryText } from '../../domain/delivered-by.ts'
import type { Follow, FollowOutcome } from '../../domain/follow.ts'
import type { KubeObject } from '../../domain/kubernetes.ts'
import { refText } from '../../domain/object.ts'
import type { SuccessCheck } from '../../domain/plan.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { type DeliveryView, deliveryState, readDelivery } from '../../gitops/delivery.ts'
import { causeNow } from '../checks/cause-gone.ts'
import type { Doctor } from '../doctor.ts'
import { nowText } from '../record.ts'
import { progressOf } from '../verify.ts'
import { mayMerge } from './may-merge.ts'

/** How long, in ms: until a delivery is late, one that fails is given up, and until a delivery or a review is not waited for. */
export const patience = {
  late: 15 * 60_000,
  failing: 2 * 60_000,
  delivery: 24 * 3_600_000,
  review: 30 * 86_400_000,
} as const

type Then = NonNullable<Extract<SuccessCheck, { kind: 'pull-request-open' }>['afterMerge']>

const thenOf = ({ plan }: PlanRecord): Then | undefined =>
  plan.success.kind === 'pull-request-open' ? plan.success.afterMerge : undefined

const ended = (follow: Follow, outcome: FollowOutcome, note: string): Follow => ({
  ...follow,
  phase: 'ended',
  outcome,
  note,
})

/** How the pull request stands with its reviewers. A Git host that cannot be read changes nothing but the note. */
export const lookAtReview = async (
  doctor: Doctor,
  record: PlanRecord,
  follow: Follow,
  signal: AbortSignal,
): Promise<Follow> => {
  const number = Number(record.life.after)
  const read = await doctor.git?.viewChange(follow.repository, number)
  if (read === undefined) return { ...follow, note: 'No Git host is set up any more, so it cannot be looked at.' }
  if (read.kind === 'unreadable') return { ...follow, note: `GitHub could not be read (${read.reason}).` }
  if (read.kind === 'absent') return ended(follow, 'lost', 'The pull request is not there any more.')
  const now = doctor.clock.now()
  const mergeable = await mayMerge(doctor, record, read.value, signal)
  const seen = { ...follow, pull: read.value, note: '', mergeable }
  switch (read.value.state) {
    case 'merged':
      if (thenOf(record) === undefined)
        return ended(seen, 'unproved', 'It was merged. Nothing that I can watch delivers it, so look at the object.')
      return { ...seen, phase: 'delivery', mergedAt: nowText(doctor) }
    case 'closed':
      return ended(seen, 'closed', 'It was closed without a merge.')
    case 'open': {
      const age = now - Date.parse(follow.openedAt)
      if (age > patience.review) return ended(seen, 'lost', 'Nobody merged it in 30 days.')
      return age > doctor.config.reviewReminderSeconds * 1000 ? { ...seen, reminded: true } : seen
    }
  }
}

/** Whether what was merged has reached the cluster: the commit, by the tool's own word, and the live fields. */
export const lookAtDelivery = async (
  doctor: Doctor,
  record: PlanRecord,
  follow: Follow,
  signal: AbortSignal,
): Promise<Follow> => {
  const then = thenOf(record)
  const reader = doctor.readers.get(record.plan.cluster)
  if (then === undefined || reader === undefined) return ended(follow, 'unproved', 'It was merged; nothing watches it.')
  const since = doctor.clock.now() - Date.parse(follow.mergedAt ?? nowText(doctor))
  const [read, live] = await Promise.all([
    readDelivery(reader, then.owner, signal),
    reader.get(record.plan.target, signal),
  ])
  if (read.kind !== 'ok')
    return waiting(
      follow,
      since,
      `${deliveryText(then.owner)} ${read.kind === 'absent' ? 'is not there' : `could not be read (${read.reason})`}.`,
    )
  const view = read.value
  const state = `${deliveryState(then.owner, view)}.`
  const different = live.kind === 'ok' ? differing(live.value, then) : 'the object cannot be read'
  if (view.synced && different === undefined && (await holdsMerge(doctor, follow, view)))
    return { ...follow, phase: 'proof', deliveredAt: nowText(doctor), late: false, note: state }
  if (view.failure !== undefined && since > patience.failing && !view.synced) return ended(follow, 'failed', state)
  const what = view.synced ? ` ${different ?? 'the merge is not among what it applied yet'}` : ''
  const person = view.manual && !view.synced ? ' Nothing syncs it by itself: a person has to.' : ''
  return waiting(follow, since, `${state}${what}${person}`)
}

const waiting = (follow: Follow, since: number, note: string): Follow => {
  if (since > patience.delivery) return ended(follow, 'lost', `Not delivered in 24 hours. ${note}`)
  return { ...follow, note, ...(since > patience.late ? { late: true } : {}) }
}

const differing = (live: KubeObject, then: Then): string | undefined => {
  const field = then.fields.find(({ path, value }) => !same(deliveredValue(live, path), value))
  if (field === undefined) return undefined
  const name = field.path.map((step) => (typeof step === 'string' ? step : `[${step.value}]`)).join('.')
  return `${refText({ apiVersion: live.apiVersion, kind: live.kind, name: live.metadata.name })}: ${name} is not as merged yet`
}

const same = (live: unknown, wanted: unknown): boolean =>
  canonical(live ?? null) === canonical(wanted ?? null) || String(live) === String(wanted)

/** The merge commit is applied, or a commit that was built on it. Where the tool names no commit, the live fields decide. */
const holdsMerge = async (doctor: Doctor, follow: Follow, view: DeliveryView): Promise<boolean> => {
  const commit = follow.pull?.mergeCommit
  if (commit === undefined || view.revisions.length === 0) return true
  for (const revision of view.revisions) {
    const read = await doctor.git?.contains(follow.repository, commit, revision)
    if (read?.kind === 'ok' && read.value) return true
    // A commit of another repository: where only the owner was changed in Git, what it delivers lies elsewhere.
    if (read?.kind === 'absent') return true
  }
  return false
}

/** Whether what was delivered is well: the success check, steadily, the delivery's own health, and the cause gone. */
export const lookAtProof = async (
  doctor: Doctor,
  record: PlanRecord,
  follow: Follow,
  signal: AbortSignal,
): Promise<Follow> => {
  const then = thenOf(record)
  const reader = doctor.readers.get(record.plan.cluster)
  if (then === undefined || reader === undefined) return ended(follow, 'unproved', 'Nothing watches it.')
  const { check } = then
  const [progress, read] = await Promise.all([
    progressOf(doctor, reader, record, check, signal),
    readDelivery(reader, then.owner, signal),
  ])
  const now = doctor.clock.now()
  const state =
    read.kind === 'ok' ? deliveryState(then.owner, read.value) : `${deliveryText(then.owner)} cannot be read`
  const note = `${state}; ${progress.text}.`
  if (progress.kind === 'failed') return ended(follow, 'failed', note)
  const steady = check.kind === 'rollout-complete' ? check.steady * 1000 : 0
  const healthy = read.kind === 'ok' && read.value.synced && read.value.health === 'healthy'
  const met = progress.kind === 'met' ? metSince(follow, progress.restarts, now) : undefined
  const { met: _, ...rest } = follow
  const seen: Follow = { ...rest, note, ...(met === undefined ? {} : { met }) }
  const held = met === undefined ? -1 : now - Date.parse(met.since)
  if (held >= steady && healthy) return proved(doctor, record, seen, signal)
  const deadline = Date.parse(follow.deliveredAt ?? nowText(doctor)) + check.within * 1000 + steady
  if (now < deadline) return seen
  // The object itself is well: only something else of the same delivery is not.
  if (held >= steady) return ended(seen, 'unproved', note)
  return ended(seen, 'failed', `Not within ${check.within} s: ${note}`)
}

const metSince = (follow: Follow, restarts: number | undefined, now: number): NonNullable<Follow['met']> => {
  const { met } = follow
  return met !== undefined && (restarts === undefined || met.restarts === restarts)
    ? met
    : { since: new Date(now).toISOString(), ...(restarts === undefined ? {} : { restarts }) }
}

const proved = async (doctor: Doctor, record: PlanRecord, follow: Follow, signal: AbortSignal): Promise<Follow> => {
  const cause = await causeNow(doctor, record.plan, signal)
  if (cause === 'there') return ended(follow, 'unproved', `${follow.note} But the cause still shows.`)
  const gone = cause === 'gone' ? ' The cause is gone.' : ''
  return ended(follow, 'verified', `${follow.note}${gone}`)
}
