import { modelName } from '../../domain/consultation.ts'
import { note } from '../../domain/document.ts'
import type { Incident } from '../../domain/incident.ts'
import type { Job } from '../../domain/job.ts'
import type { ChatMessage } from '../../ports.ts'
import { documentMessage } from '../../views/document-blocks.ts'
import { reply } from '../answer.ts'
import type { Doctor } from '../doctor.ts'

/** One message that says what is being done and becomes the answer. Telling never fails what is told about. */
export type Progress = {
  /** Says what is read next; at most one edit in three seconds reaches the chat. */
  step(doing: string): void
  end(message: ChatMessage): Promise<void>
}

const editEvery = 3_000
const shownSteps = 6

/**
 * Opens the message in the incident's thread or where the person asked. An answer to a command is private and is not edited:
 * its address takes five messages, so there is one at the beginning and one at the end.
 */
export const openProgress = async (
  doctor: Doctor,
  job: Extract<Job, { kind: 'consult' }>,
  incident: Incident | undefined,
): Promise<Progress> => {
  const { replyTo } = job
  if (replyTo?.responseUrl !== undefined) {
    await reply(doctor, replyTo, working(doctor, []))
    return { step: () => undefined, end: (message) => reply(doctor, replyTo, message) }
  }
  const thread = replyTo?.thread ?? incident?.thread?.ts
  const channel = replyTo?.channel ?? incident?.thread?.channel
  if (channel === undefined) return { step: () => undefined, end: async () => undefined }
  const place = { key: `claude-${job.id}`, ...(thread === undefined ? {} : { thread }) }
  const posted = await doctor.chat.post(channel, working(doctor, []), place)
  return editing(doctor, posted)
}

const editing = (doctor: Doctor, posted: { readonly channel: string; readonly ts: string }): Progress => {
  const steps: string[] = []
  let edited = doctor.clock.now()
  let sending: Promise<void> = Promise.resolve()
  const send = (message: ChatMessage): Promise<void> => doctor.chat.update(posted.channel, posted.ts, message)
  return {
    step: (doing) => {
      steps.push(doing)
      if (doctor.clock.now() - edited < editEvery) return
      edited = doctor.clock.now()
      sending = sending
        .then(() => send(working(doctor, steps)))
        .catch((error: unknown) => {
          doctor.log.warn({ err: error }, 'the progress of a consultation could not be told')
        })
    },
    end: async (message) => {
      await sending
      await send(message)
    },
  }
}

const working = (doctor: Pick<Doctor, 'agent'>, steps: readonly string[]): ChatMessage => {
  const name = modelName(doctor.agent?.model.name ?? '')
  return documentMessage([
    note(
      steps.length === 0
        ? `${name} is looking into it…`
        : `${name} is looking into it: ${steps.length > shownSteps ? '… ' : ''}${steps.slice(-shownSteps).join(', ')}…`,
    ),
  ])
}
