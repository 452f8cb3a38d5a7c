import { type Incident, runOfIncident } from '../domain/incident.ts'
import type { Job, ReplyTo } from '../domain/job.ts'
import type { Principal } from '../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { fullMember } from '../policy/authorize.ts'
import type { ChatMessage } from '../ports.ts'
import { runLine, runWords } from '../verbs/run.ts'
import type { AppFace, VerbContext } from '../verbs/verb.ts'
import { documentMessage } from '../views/document-blocks.ts'
import { documentMarkdown } from '../views/document-markdown.ts'
import { ask } from './ask.ts'
import type { Doctor } from './doctor.ts'
import { everywhere, freezeOf, setFreeze } from './freeze.ts'
import { readIncident, recentIncidents } from './incident/incident-store.ts'
import { maintain, openWindows } from './incident/maintenance.ts'
import { storyFor } from './incident/story.ts'
import { tend } from './incident/tend.ts'
import { whichIncident } from './incident/which-incident.ts'
import { publishPostmortem } from './issue/publish-postmortem.ts'
import { lookAtClusters } from './look/look.ts'
import { askModel, asQuestion } from './model/ask-model.ts'
import { whoIsOnCall } from './pager/on-call.ts'
import { planFace } from './plans/plan-face.ts'

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
    ...(doctor.kubeconfig === undefined ? {} : { kubeconfig: doctor.kubeconfig }),
    now: doctor.clock.now(),
    signal,
    app: faceOf(doctor, job, cluster, signal),
    look: lookAtClusters(doctor.readers, doctor.analyzers),
    ...pipelinesOf(doctor, incident),
  }
  const question = asQuestion(doctor, job.text)
  const { document, shared = false } = await (question === undefined
    ? runLine(context, job.text)
    : runWords(context, ['ask', '--', question]))
  // What answers by itself later has nothing to say now.
  if (document.length > 0) await reply(doctor, job.replyTo, documentMessage(document), shared)
}

/** The pipelines, and in the thread of a failed run that run. */
const pipelinesOf = ({ pipelines, config }: Doctor, incident: Incident | undefined): Pick<VerbContext, 'pipelines'> => {
  if (pipelines === undefined) return {}
  const run = incident === undefined ? undefined : runOfIncident(incident)
  const repositories = config.github?.repositories ?? []
  return { pipelines: { read: pipelines, repositories, ...(run === undefined ? {} : { run }) } }
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

const faceOf = (doctor: Doctor, job: AnswerJob, cluster: string, signal: AbortSignal): AppFace => ({
  user: job.user,
  incidents: () => recentIncidents(doctor),
  investigate: async (question) => {
    const incident = job.inThread === undefined ? undefined : (await readIncident(doctor, job.inThread))?.value
    return ask(doctor, question, job.user, job.replyTo, incident)
  },
  ask: (question) => askModel(doctor, job, question),
  plan: async (wish) => {
    const incident = job.inThread === undefined ? {} : { incident: job.inThread }
    const request = { ...wish, requester: job.user, replyTo: job.replyTo, ...incident }
    await doctor.jobs.add({ v: 1, kind: 'plan', request })
    return 'Planning it. The card with the exact change comes here; nothing happens before somebody approves it.'
  },
  plans: planFace(doctor, job, signal),
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
  tend: async (wish, named) => {
    const id = await whichIncident(doctor, named, job.inThread)
    return isRefusal(id) ? id : tend(doctor, job.user.id, id, wish)
  },
  story: async (named) => {
    const id = await whichIncident(doctor, named, job.inThread, true)
    return isRefusal(id) ? id : storyFor(doctor, id)
  },
  publishReview: async (to, named) => {
    const id = await whichIncident(doctor, named, job.inThread, true)
    return isRefusal(id) ? id : publishPostmortem(doctor, job.user.id, id, to)
  },
  onCall: async () => {
    const incident = job.inThread === undefined ? undefined : (await readIncident(doctor, job.inThread))?.value
    return whoIsOnCall(doctor, incident)
  },
  markdown: documentMarkdown,
  windows: () => openWindows(doctor),
  maintain: (wish) => maintain(doctor, job.user.id, wish),
})

/**
 * Every full member may stop changes; only those who may approve may let them go on. A first word that names a cluster means
 * that one; only by its name is a cluster unlocked that turned out to be another one.
 */
const freeze = async (doctor: Doctor, job: AnswerJob, on: boolean, words: string): Promise<string | Refusal> => {
  const by = await fullMember(job.user.id, doctor.chat)
  if (isRefusal(by)) return by
  if (!on && !(await approves(doctor, by.id)))
    return refused('not-an-approver', 'Only those who may approve changes may end a freeze.')
  const [first = '', ...rest] = words.split(' ')
  const named = doctor.readers.has(first)
  const why = (named ? rest.join(' ') : words) || 'no reason given'
  await setFreeze(doctor, named ? first : everywhere, on, by, why)
  if (on) {
    const [where, back] = named ? [`on ${first}`, `unfreeze ${first}`] : ['anywhere', 'unfreeze']
    return `Frozen: no change is made ${where} until somebody who may approve says \`/doctor ${back}\`. Diagnosis goes on.`
  }
  if (named) await unlock(doctor, first, by, why)
  return unfrozen(doctor, named)
}

const unlock = async (doctor: Doctor, cluster: string, by: Principal, why: string): Promise<void> => {
  const lock = await doctor.store.get<{ readonly on: boolean }>('cluster-lock', cluster)
  if (lock?.value.on === true) await setFreeze(doctor, cluster, false, by, why, 'cluster-lock')
}

/** What an end of a freeze leads to; another freeze or a lock may still hold, and then it says how that one ends. */
const unfrozen = async (doctor: Doctor, named: boolean): Promise<string> => {
  const all = await Promise.all(
    [...doctor.readers.keys()].map(async (cluster) => ({ cluster, ...(await freezeOf(doctor, cluster)) })),
  )
  const still = all.filter((one) => one.frozen)
  return still.length === 0
    ? 'No longer frozen: approved changes are made again.'
    : still
        .map(({ cluster, reason }) => {
          const end = named ? 'unfreeze' : `unfreeze ${cluster}`
          return `${cluster} stays as it is. ${reason} (\`/doctor ${end}\`)`
        })
        .join('\n')
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
