import type { CaseStory } from '../domain/case-story.ts'
import type { Press, Said, Submitted } from '../domain/chat-input.ts'
import type { IncidentWish } from '../domain/incident-wish.ts'
import { isRefusal } from '../domain/refusal.ts'
import { applyView, saidIn } from '../views/apply.ts'
import { homeView } from '../views/home.ts'
import { changesView, evidenceView, feedbackView } from '../views/incident.ts'
import { postmortemView, timelineView } from '../views/story.ts'
import { decide, type Press as PlanPress } from './decide.ts'
import type { Doctor } from './doctor.ts'
import { pressMerge } from './follow/press-merge.ts'
import { incidentOfThread, readIncident, recentIncidents } from './incident/incident-store.ts'
import { storyFor } from './incident/story.ts'
import { tend } from './incident/tend.ts'
import { pressBreakGlass } from './plans/break-glass.ts'
import { showDetails } from './plans/details.ts'
import { waitingFor } from './plans/waiting-for.ts'
import { note } from './record.ts'
import { undo } from './undo.ts'

/** What the doctor does with what people say and press. `said` only stores and enqueues, so that the ack is quick. */
export type Ears = {
  said(said: Said): Promise<string | undefined>
  pressed(press: Press): Promise<void>
  submitted(submitted: Submitted): Promise<void>
  home(user: string): Promise<void>
}

/** The ears of one doctor. */
export const ears = (doctor: Doctor): Ears => ({
  said: (said) => enqueue(doctor, said),
  pressed: (press) => pressed(doctor, press),
  submitted: (submitted) => submittedView(doctor, submitted),
  home: async (user) => {
    const [incidents, waiting] = await Promise.all([recentIncidents(doctor, 30), waitingFor(doctor, user)])
    await doctor.chat.publishHome(user, homeView(incidents, [...doctor.readers.keys()], waiting))
  },
})

/** Every line becomes an `answer` job. Throws StoreUnavailable where it cannot be kept. */
const enqueue = async (doctor: Doctor, said: Said): Promise<undefined> => {
  const { text, user, channel, thread, responseUrl } = said
  const incident = thread === undefined ? undefined : await incidentOfThread(doctor, channel, thread)
  await doctor.jobs.add({
    v: 1,
    kind: 'answer',
    // Long enough for a manifest; one that is cut misses the end of its code block and is refused.
    text: text.slice(0, 16_000),
    user,
    replyTo: {
      channel,
      user: user.id,
      ...(thread === undefined ? {} : { thread }),
      ...(responseUrl === undefined ? {} : { responseUrl }),
    },
    ...(incident === undefined ? {} : { inThread: incident.id }),
  })
  return undefined
}

const planButtons = {
  'doctor.approve': 'approve',
  'doctor.deny': 'deny',
  'doctor.undo': 'undo',
  'doctor.details': 'details',
} as const

const gone = 'This button does not work any more. Ask again with `/doctor`.'

/** Only a press decides, and only on the message that we posted: each step checks that against what is stored. */
const pressed = async (doctor: Doctor, press: Press): Promise<void> => {
  const button = planButtons[press.action as keyof typeof planButtons] as PlanPress['button'] | undefined
  try {
    if (press.action.startsWith('doctor.break-glass.')) await pressBreakGlass(doctor, press)
    else if (press.action === 'doctor.merge') await tellThem(doctor, press, await pressMerge(doctor, press))
    else if (press.action === 'doctor.apply') await show(doctor, press, applyView(press))
    else if (button === undefined) await incidentPress(doctor, press)
    else await planPress(doctor, press, button)
  } catch (error) {
    doctor.log.error({ err: error, action: press.action }, 'a press could not be handled')
    await tellThem(
      doctor,
      press,
      'That did not work: something went wrong on my side. Nothing was decided; please press again.',
    )
  }
}

const planPress = async (doctor: Doctor, press: Press, button: PlanPress['button']): Promise<void> => {
  const asked: PlanPress = {
    button,
    plan: press.value,
    user: press.user.id,
    channel: press.channel,
    message: press.message,
    ...(press.thread === undefined ? {} : { thread: press.thread }),
  }
  switch (button) {
    case 'approve':
    case 'deny':
      await decide(doctor, asked)
      return
    case 'undo':
      await undo(doctor, asked)
      return
    case 'details':
      if (press.trigger === undefined) await tellThem(doctor, press, gone)
      else await showDetails(doctor, asked, press.trigger)
  }
}

const views = {
  'doctor.evidence': evidenceView,
  'doctor.changes': changesView,
  'doctor.feedback': feedbackView,
} as const

const wishes: Readonly<Record<string, IncidentWish>> = {
  'doctor.acknowledge': { kind: 'acknowledge' },
  'doctor.resolve': { kind: 'resolve' },
  'doctor.escalate': { kind: 'escalate' },
}

const stories: Readonly<Record<string, (story: CaseStory) => unknown>> = {
  'doctor.timeline': timelineView,
  'doctor.postmortem': postmortemView,
}

const incidentPress = async (doctor: Doctor, press: Press): Promise<void> => {
  const view = views[press.action as keyof typeof views] as (typeof views)[keyof typeof views] | undefined
  const incident = /^i-[0-9a-z]{10,16}$/.test(press.value)
    ? (await readIncident(doctor, press.value))?.value
    : undefined
  if (incident === undefined || incident.thread?.channel !== press.channel) return tellThem(doctor, press, gone)
  const wish = Object.hasOwn(wishes, press.action) ? wishes[press.action] : undefined
  if (wish !== undefined) {
    const said = await tend(doctor, press.user.id, incident.id, wish)
    return tellThem(doctor, press, isRefusal(said) ? said.reason : said)
  }
  const told = Object.hasOwn(stories, press.action) ? stories[press.action] : undefined
  if (told !== undefined) {
    const read = await storyFor(doctor, incident.id)
    return isRefusal(read) ? tellThem(doctor, press, read.reason) : show(doctor, press, told(read))
  }
  if (view === undefined) return tellThem(doctor, press, gone)
  await show(doctor, press, view(incident))
}

const show = async (doctor: Doctor, press: Press, view: unknown): Promise<void> => {
  if (press.trigger === undefined) return tellThem(doctor, press, gone)
  await doctor.chat.openView(press.trigger, view)
}

/** What a person says was wrong is kept for evaluation, as what one person said: it never changes a diagnosis. */
const submittedView = async (doctor: Doctor, submitted: Submitted): Promise<void> => {
  const { view, metadata, values, user } = submitted
  if (view === 'doctor.apply') {
    const said = saidIn(submitted)
    if (said !== undefined) await enqueue(doctor, said)
    return
  }
  if (view !== 'doctor.feedback') return
  const incident = (await readIncident(doctor, metadata))?.value
  const text = (values['wrong'] ?? '').slice(0, 2_000)
  if (incident?.thread === undefined || text === '') return
  const cause = incident.diagnosis?.rootCauses[0]
  await doctor.store.put(
    'feedback',
    `${incident.id}-${user.id}-${doctor.clock.now()}`,
    { incident: incident.id, user: user.id, text, code: cause?.code ?? null },
    0,
  )
  await note(doctor, { kind: 'diagnosis.disputed', incident: incident.id, cluster: incident.cluster, actor: user.id })
  await doctor.chat.ephemeral(
    incident.thread.channel,
    user.id,
    { text: 'Thank you. It is kept with this incident.' },
    incident.thread.ts,
  )
}

const tellThem = async (doctor: Doctor, press: Press, text: string): Promise<void> => {
  await doctor.chat.ephemeral(press.channel, press.user.id, { text }, press.thread).catch((error: unknown) => {
    doctor.log.warn({ err: error }, 'the person who pressed could not be answered')
  })
}
