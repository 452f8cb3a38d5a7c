import type { Job } from '../domain/job.ts'
import { theDoctor } from '../domain/principal.ts'
import { isRefusal } from '../domain/refusal.ts'
import { failedMessage } from '../views/incident.ts'
import { announce } from './announce.ts'
import { answer, reply } from './answer.ts'
import { settle } from './close.ts'
import { expire } from './decide.ts'
import { checkRollout } from './deploy/check-rollout.ts'
import { lookForRollouts } from './deploy/rollouts.ts'
import type { Doctor } from './doctor.ts'
import { execute } from './execute.ts'
import { follow } from './follow/follow-merge.ts'
import { readIncident } from './incident/incident-store.ts'
import { moveIncident } from './incident/move-incident.ts'
import { waitWith } from './incident/move-with-plan.ts'
import { investigate } from './investigate.ts'
import { issue } from './issue/issue.ts'
import { consultModel } from './model/consult-model.ts'
import { page } from './pager/page.ts'
import { relay } from './pager/relay.ts'
import { sendMail } from './places/mail.ts'
import { refused, tellPlace } from './places/tell-places.ts'
import { plan } from './plan.ts'
import { readPlan } from './plans/plan-store.ts'
import { report } from './report.ts'

/** One job, one step of a case. Each step may run twice; a throw means that it is tried again. */
export const handle = async (doctor: Doctor, job: Job, signal: AbortSignal): Promise<void> => {
  switch (job.kind) {
    case 'investigate':
      return investigate(doctor, job.incident, signal, job.again)
    case 'announce':
      // In a storm the first announcement waits for its channel while the next, a newer count, waits for it.
      await announce(doctor, job.incident, 45_000)
      return
    case 'page':
      return page(doctor, job.incident, signal)
    case 'relay':
      return relay(doctor, job.incident, job.id, job.news)
    case 'settle':
      return settle(doctor, job.incident, job.since)
    case 'elsewhere':
      return tellPlace(doctor, job, signal)
    case 'mail':
      return sendMail(doctor, job.id, signal)
    case 'answer':
      return answer(doctor, job, signal)
    case 'consult':
      return consultModel(doctor, job, signal)
    case 'report':
      return report(doctor, job, signal)
    case 'plan': {
      const outcome = await plan(doctor, job.request, signal)
      const { incident, requester } = job.request
      if (incident === undefined) return
      if (!isRefusal(outcome)) await waitWith(doctor, incident, outcome.record)
      // A wish of a person that is refused says nothing about the incident.
      else if (requester.id === theDoctor.id) await moveIncident(doctor, incident, 'escalated')
      return
    }
    case 'execute':
      await execute(doctor, job.plan, signal)
      return
    case 'expire':
      await expire(doctor, job.plan)
      return
    case 'follow':
      await follow(doctor, job.plan, job.turn, signal)
      return
    case 'rollouts':
      return lookForRollouts(doctor, job, signal)
    case 'deployed':
      return checkRollout(doctor, job.check, job.turn, signal)
    case 'issue':
      await issue(doctor, job.fingerprint)
  }
}

/** After the last attempt: says in the thread, or to whoever asked, what could not be done. Never why in the words of a library. */
export const gaveUp = async (doctor: Doctor, job: Job, error: Error): Promise<void> => {
  doctor.log.error({ err: error, kind: job.kind }, 'a job failed for the last time')
  const message = failedMessage(whatFailed(job), plainReason(error))
  switch (job.kind) {
    case 'answer':
      return reply(doctor, job.replyTo, message)
    case 'consult':
      if (job.replyTo !== undefined) return reply(doctor, job.replyTo, message)
      return inThread(doctor, job.incident, message)
    case 'report':
      if (job.replyTo !== undefined) await reply(doctor, job.replyTo, message)
      return
    case 'investigate':
      await moveIncident(doctor, job.incident, 'escalated')
      return inThread(doctor, job.incident, message)
    case 'plan':
      if (job.request.incident !== undefined) await moveIncident(doctor, job.request.incident, 'escalated')
      if (job.request.replyTo !== undefined) return reply(doctor, job.request.replyTo, message)
      return inThread(doctor, job.request.incident, message)
    case 'follow':
    case 'execute': {
      const record = await readPlan(doctor, job.plan)
      return inThread(doctor, isRefusal(record) ? undefined : record.plan.incident, message)
    }
    case 'elsewhere':
      return refused(doctor, job.incident, job.place, plainReason(error))
    case 'mail':
    case 'announce':
    case 'page':
    case 'relay':
    case 'settle':
    case 'expire':
    case 'rollouts':
    case 'deployed':
      return
  }
}

const inThread = async (
  doctor: Doctor,
  id: string | null | undefined,
  message: ReturnType<typeof failedMessage>,
): Promise<void> => {
  const thread = id === null || id === undefined ? undefined : (await readIncident(doctor, id))?.value.thread
  if (thread !== undefined) await doctor.chat.post(thread.channel, message, { thread: thread.ts })
}

const whatFailed = (job: Job): string => {
  switch (job.kind) {
    case 'investigate':
      return 'finish looking into this'
    case 'announce':
      return 'announce this'
    case 'page':
      return 'tell the pager about this'
    case 'relay':
      return 'say what happened at the pager'
    case 'settle':
      return 'end this after its quiet time'
    case 'elsewhere':
      return `tell ${job.place}`
    case 'mail':
      return 'mail the report'
    case 'answer':
      return `answer “${job.text.slice(0, 80)}”`
    case 'consult':
      return 'ask Claude'
    case 'report':
      return 'write the report'
    case 'plan':
      return `plan ${job.request.action}`
    case 'execute':
      return 'carry out or check the change, so look at the object before you trust it'
    case 'expire':
      return 'mark a plan as expired'
    case 'follow':
      return 'follow the pull request any further, so look at it yourselves'
    case 'rollouts':
      return 'look for rollouts'
    case 'deployed':
      return 'check a rollout'
    case 'issue':
      return 'write the issue'
  }
}

/** People get a kind of trouble, not a stack: what a library says may hold addresses or secrets. */
const plainReason = (error: Error): string => {
  if (error.name === 'StoreUnavailable') return 'my memory (Redis) was away'
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || /no end within/.test(error.message))
    return 'it took too long'
  return 'something went wrong on my side'
}
