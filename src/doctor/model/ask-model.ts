import { randomBytes } from 'node:crypto'
import type { Incident } from '../../domain/incident.ts'
import type { Job } from '../../domain/job.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { verbNamed, verbs } from '../../verbs/all.ts'
import { cleanText, nearest, splitWords } from '../../verbs/arguments.ts'
import type { Doctor } from '../doctor.ts'

type AnswerJob = Extract<Job, { kind: 'answer' }>

/** How many questions one person may ask in an hour, and how often the doctor asks by itself. */
const mostAsked = 30
const mostUnasked = 20
const hour = 3_600

/** How long after a consultation the doctor does not ask about the same incident by itself again, in ms. */
const quietFor = 1_800_000

/** Hands a person's question to the model; the answer comes where they asked. A refusal where there is none, or it is too much. */
export const askModel = async (
  doctor: Doctor,
  job: AnswerJob,
  asked: { readonly cluster: string; readonly namespace?: string; readonly question: string },
): Promise<undefined | Refusal> => {
  if (doctor.agent === undefined)
    return refused('no-model', 'No language model is set up here (ANTHROPIC_API_KEY). `diagnose` answers without one.')
  if ((await doctor.store.count(`model-asked-${job.user.id}`, hour)) > mostAsked)
    return refused('too-often', `You asked ${mostAsked} questions within an hour; please wait a little.`)
  await doctor.jobs.add({
    v: 1,
    kind: 'consult',
    id: randomBytes(8).toString('hex'),
    ...asked,
    user: job.user,
    replyTo: job.replyTo,
    ...(job.inThread === undefined ? {} : { incident: job.inThread }),
  })
  return undefined
}

/**
 * Asks the model about an incident that the analyzers could not explain: at once where a person waits, after the second look
 * where an alert does, for what has just broken often shows itself by then. A person's question is asked although all is well.
 */
export const askAboutUnexplained = async (doctor: Doctor, incident: Incident): Promise<void> => {
  const { diagnosis, consultedAt, rounds = 1, question } = incident
  if (doctor.agent === undefined || diagnosis === undefined || diagnosis.rootCauses.length > 0) return
  const byPerson = incident.source === 'slack'
  if (
    byPerson ? question === undefined && diagnosis.verdict === 'healthy' : rounds < 2 || incident.endedAt !== undefined
  )
    return
  if (consultedAt !== undefined && doctor.clock.now() - Date.parse(consultedAt) < quietFor) return
  if (!byPerson && (await doctor.store.count('model-unasked', hour)) > mostUnasked) {
    doctor.log.info({ incident: incident.id }, 'the model is not asked: it was asked often in the last hour')
    return
  }
  const asked = question === undefined ? {} : { question }
  await doctor.jobs.add(
    {
      v: 1,
      kind: 'consult',
      id: `${incident.id}-${rounds}`,
      cluster: incident.cluster,
      incident: incident.id,
      ...asked,
    },
    { key: `consult-${incident.id}` },
  )
}

/**
 * The question in a line, where there is a model: four words or more that end in a question mark or begin with `why`, or
 * several words that begin with no command's name nor with what is nearly one. Undefined otherwise, and without a model always.
 */
export const asQuestion = (doctor: Pick<Doctor, 'agent'>, line: string): string | undefined => {
  if (doctor.agent === undefined) return undefined
  const text = cleanText(line)
  const words = text.split(/\s+/)
  const first = (words[0] ?? '').toLowerCase()
  // `ask what's wrong`: what is no pair of quotes is an apostrophe.
  if (first === 'ask') return isRefusal(splitWords(text)) ? text.slice(first.length).trim() : undefined
  if (words.length >= 4 && (text.endsWith('?') || first === 'why')) return text
  const names = verbs.map(({ name }) => name)
  const command = verbNamed(first) !== undefined || (words.length < 5 && nearest(first, names) !== undefined)
  return command || words.length < 3 ? undefined : text
}
