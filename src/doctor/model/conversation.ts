import type { Consultation } from '../../domain/consultation.ts'
import type { Job } from '../../domain/job.ts'
import { redact } from '../../domain/redact.ts'
import { short } from '../../domain/words.ts'
import type { Doctor } from '../doctor.ts'

/** How many questions of a conversation are kept, and for how long, in seconds. */
const most = 4
const keep = 7_200

type ConsultJob = Extract<Job, { kind: 'consult' }>

/** What was asked and answered before in the thread of this question, so that people can ask on. Commands have no thread. */
export const earlierIn = async (doctor: Pick<Doctor, 'store'>, job: ConsultJob): Promise<readonly string[]> => {
  const key = keyOf(job)
  return key === undefined ? [] : ((await doctor.store.get<readonly string[]>('model-talk', key))?.value ?? [])
}

/** Keeps a question with what was held to be true of its answer. Losing a race loses a line of talk, nothing else. */
export const keepAnswer = async (doctor: Pick<Doctor, 'store'>, job: ConsultJob, said: Consultation): Promise<void> => {
  const key = keyOf(job)
  if (key === undefined || said.kind === 'without') return
  const stored = await doctor.store.get<readonly string[]>('model-talk', key)
  const claims = [...said.answer, ...said.hypotheses].map(({ text }) => text)
  const line = `Asked: ${job.question ?? 'what is wrong'} Answered: ${claims.join(' ') || 'not known'}`
  const lines = [...(stored?.value ?? []), redact(short(line, 1_200))].slice(-most)
  await doctor.store.put('model-talk', key, lines, stored?.version ?? 0, keep)
}

const keyOf = ({ incident, replyTo }: ConsultJob): string | undefined => {
  if (replyTo?.responseUrl !== undefined) return undefined
  if (incident !== undefined) return incident
  return replyTo?.thread === undefined ? undefined : `${replyTo.channel}:${replyTo.thread}`
}
