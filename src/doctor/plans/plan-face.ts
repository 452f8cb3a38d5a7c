import type { Job, PlanRequest } from '../../domain/job.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { WhyNot } from '../../domain/why-not.ts'
import type { OpenPlan, PlanFace, WhyNotAsked } from '../../verbs/plan-face.ts'
import { agreementDocument } from '../../views/agreement.ts'
import { breakGlassDocument } from '../../views/break-glass.ts'
import type { Doctor } from '../doctor.ts'
import { wayBack } from '../undo.ts'
import { askBreakGlass } from './break-glass.ts'
import { breakGlasses } from './break-glass-store.ts'
import { allPlans, planName, planNamed, planOfIncident } from './find-plan.ts'
import { observations } from './observed.ts'
import { openPlans } from './open-plans.ts'
import { lastRefused } from './show-plan.ts'
import { whyNotPlan, whyNotWish } from './why-not.ts'

type AnswerJob = Extract<Job, { kind: 'answer' }>

/** What plans and decisions look like to somebody who typed a command, where they typed it. */
export const planFace = (doctor: Doctor, job: AnswerJob, signal: AbortSignal): PlanFace => ({
  open: async () => Promise.all((await openPlans(doctor)).slice(0, 20).map((record) => openPlan(doctor, record))),
  whyNot: (asked) => whyNot(doctor, job, asked, signal),
  undo: (named) => undo(doctor, job, named),
  breakGlass: (wish) => askBreakGlass(doctor, job.user, wish, job.replyTo.channel),
  lifted: async () => breakGlassDocument(doctor.policy.liftable, await breakGlasses(doctor), doctor.clock.now()),
  agreement: async () => agreementDocument(await observations(doctor)),
  actions: [...doctor.actions.keys()].sort(),
})

const openPlan = async (doctor: Doctor, record: PlanRecord): Promise<OpenPlan> => {
  const { card, plan } = record
  const [link, approvers] = await Promise.all([
    card === null ? undefined : doctor.chat.permalink(card.channel, card.ts).catch(() => undefined),
    Promise.all(plan.rule.approvers.slice(0, 10).map((id) => nameOf(doctor, id))),
  ])
  return { record, name: planName(record), approvers, ...(link === undefined ? {} : { link }) }
}

/** A person's name, or the id of a group: names decide nothing, they are only read. */
const nameOf = async (doctor: Doctor, id: string): Promise<string> => {
  if (id.startsWith('S')) return `group ${id}`
  const read = await doctor.chat.user(id).catch(() => undefined)
  return read?.kind === 'ok' ? read.value.name : id
}

const whyNot = async (
  doctor: Doctor,
  job: AnswerJob,
  asked: WhyNotAsked,
  signal: AbortSignal,
): Promise<WhyNot | Refusal> => {
  switch (asked.kind) {
    case 'plan': {
      const record = await planNamed(doctor, asked.plan)
      return isRefusal(record) ? record : whyNotPlan(doctor, record, job.user, signal)
    }
    case 'wish': {
      const reason = { summary: 'asked why not', evidence: [] }
      return whyNotWish(doctor, { ...asked.wish, requester: job.user, reason }, signal)
    }
    case 'thread':
      return whyNotHere(doctor, job, signal)
  }
}

/** In a thread: what was refused there last, or its newest plan, whichever is newer. */
const whyNotHere = async (doctor: Doctor, job: AnswerJob, signal: AbortSignal): Promise<WhyNot | Refusal> => {
  const usage =
    'Say what: why-not PLAN, or why-not ACTION WORKLOAD. In the thread of an incident, why-not alone is enough.'
  if (job.inThread === undefined) return refused('usage', usage)
  const [record, refusal] = await Promise.all([planOfIncident(doctor, job.inThread), lastRefused(doctor, job.inThread)])
  if (refusal !== undefined && (record === undefined || record.plan.createdAt < refusal.at)) {
    const { incident: _, ...request }: PlanRequest = refusal.request
    const found = await whyNotWish(doctor, request, signal)
    const then = {
      name: `when it was asked (${refusal.at.slice(11, 16)} UTC)`,
      said: 'no',
      says: refusal.reason,
    } as const
    return isRefusal(found) ? found : { ...found, gates: [then, ...found.gates] }
  }
  return record === undefined
    ? refused('plan-unknown', 'Nothing was proposed or refused in this thread yet.')
    : whyNotPlan(doctor, record, job.user, signal)
}

/** Plans the way back of a change that was made: the one that is named, else the last one of this thread. */
const undo = async (doctor: Doctor, job: AnswerJob, named?: string): Promise<string | Refusal> => {
  const record = named === undefined ? await lastDone(doctor, job) : await planNamed(doctor, named)
  if (isRefusal(record)) return record
  const asked = await wayBack(doctor, record, job.user.id, job.replyTo)
  if (isRefusal(asked)) return asked
  await doctor.jobs.add({ v: 1, kind: 'plan', request: asked }, { key: `undo-${record.plan.id}` })
  return `The way back of “${record.plan.summary}” is being planned. Its card asks for approval like every other.`
}

const lastDone = async (doctor: Doctor, job: AnswerJob): Promise<PlanRecord | Refusal> => {
  const done = (record: PlanRecord) => record.life.effect === 'done' && record.plan.undo.kind === 'action'
  if (job.inThread !== undefined)
    return (
      (await planOfIncident(doctor, job.inThread, done)) ??
      refused('nothing-to-undo', 'Nothing that can be put back was changed in this thread.')
    )
  const known = (await allPlans(doctor)).filter(done).slice(0, 5)
  return known.length === 0
    ? refused('nothing-to-undo', 'Nothing was changed that can be put back.')
    : refused(
        'usage',
        `Which one? ${known.map((record) => `undo ${planName(record)} (${record.plan.summary})`).join('; ')}`,
      )
}
