import type { Job, ReplyTo } from '../domain/job.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { fullMember } from '../policy/authorize.ts'
import type { ChatMessage } from '../ports.ts'
import { runLine } from '../verbs/run.ts'
import type { AppFace, VerbContext } from '../verbs/verb.ts'
import { documentMessage } from '../views/document-blocks.ts'
import { ask } from './ask.ts'
import type { Doctor } from './doctor.ts'
import { everywhere, freezeOf, setFreeze } from './freeze.ts'
import { readIncident, recentIncidents } from './incident-store.ts'

type AnswerJob = Extract<Job, { kind: 'answer' }>

/**
 * Runs the line that a person typed and answers where they typed it: privately to a command, in the thread to a mention or a
 * direct message. In an incident's thread a missing cluster, namespace or workload means that incident's.
 */
export const answer = async (doctor: Doctor, job: AnswerJob, signal: AbortSignal): Promise<void> => {
  const incident = job.inThread === undefined ? undefined : (await readIncident(doctor, job.inThread))?.value
  const cluster = incident?.cluster ?? [...doctor.readers.keys()][0] ?? ''
  const context: VerbContext = {
    readers: doctor.readers,
    cluster,
    ...(incident?.namespace === undefined ? {} : { namespace: incident.namespace }),
    ...(incident?.focus === undefined ? {} : { workload: incident.focus }),
    now: doctor.clock.now(),
    signal,
    app: faceOf(doctor, job, cluster),
  }
  const { document, shared = false } = await runLine(context, job.text)
  await reply(doctor, job.replyTo, documentMessage(document), shared)
}

/** Answers where a person asked. A response URL that no longer works falls back to a message that only they see. */
export const reply = async (doctor: Doctor, to: ReplyTo, message: ChatMessage, shared = false): Promise<void> => {
  if (to.responseUrl === undefined) {
    await doctor.chat.post(to.channel, message, to.thread === undefined ? {} : { thread: to.thread })
    return
  }
  try {
    await doctor.chat.respond(to.responseUrl, message, { inChannel: shared })
  } catch (error) {
    doctor.log.warn({ err: error }, 'a response url did not work')
    await doctor.chat.ephemeral(to.channel, to.user, message, to.thread)
  }
}

const faceOf = (doctor: Doctor, job: AnswerJob, cluster: string): AppFace => ({
  user: job.user,
  incidents: () => recentIncidents(doctor),
  investigate: async (question) => {
    const incident = job.inThread === undefined ? undefined : (await readIncident(doctor, job.inThread))?.value
    return ask(doctor, question, job.user, job.replyTo, incident)
  },
  plan: async (wish) => {
    const incident = job.inThread === undefined ? {} : { incident: job.inThread }
    const request = { ...wish, requester: job.user, replyTo: job.replyTo, ...incident }
    await doctor.jobs.add({ v: 1, kind: 'plan', request })
    return 'Planning it. The card with the exact change comes here; nothing happens before somebody approves it.'
  },
  report: async (wanted) => {
    if (wanted !== undefined && !doctor.readers.has(wanted))
      return refused('cluster-unknown', `There is no cluster ${wanted} here.`)
    await doctor.jobs.add({
      v: 1,
      kind: 'report',
      replyTo: job.replyTo,
      ...(wanted === undefined ? {} : { cluster: wanted }),
    })
    return 'Writing the report; it comes here.'
  },
  frozen: async () => {
    const { frozen, reason } = await freezeOf(doctor, cluster)
    return frozen ? { on: true, reason } : { on: false }
  },
  freeze: (on, reason) => freeze(doctor, job, on, reason),
})

/** Every full member may stop changes; only those who may approve may let them go on. */
const freeze = async (doctor: Doctor, job: AnswerJob, on: boolean, reason: string): Promise<string | Refusal> => {
  const by = await fullMember(job.user.id, doctor.chat)
  if (isRefusal(by)) return by
  if (!on && !(await approves(doctor, by.id)))
    return refused('not-an-approver', 'Only those who may approve changes may end a freeze.')
  await setFreeze(doctor, everywhere, on, by, reason === '' ? 'no reason given' : reason)
  return on
    ? 'Frozen: no change is made anywhere until somebody who may approve says `/doctor unfreeze`. Diagnosis goes on.'
    : 'No longer frozen: approved changes are made again.'
}

const approves = async (doctor: Doctor, user: string): Promise<boolean> => {
  const { approvers } = doctor.config
  if (approvers.includes(user)) return true
  for (const group of approvers.filter((entry) => entry.startsWith('S'))) {
    const members = await doctor.chat.groupMembers(group)
    if (members.kind === 'ok' && members.value.includes(user)) return true
  }
  return false
}
