import type { PagerEntry } from '../../domain/pager.ts'
import type { Pager } from '../../ports.ts'
import { pagerRefusedMessage } from '../../views/pager.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { note, nowText } from '../record.ts'
import { changePages, pagesKept } from './pager.ts'

/** What the pager did not take within this time, in ms, is old news and is given up. */
const giveUpAfter = 86_400_000

/** A note that got no answer may still arrive for this long, in ms; only then does its absence say that it never did. */
const mayStillArrive = 20_000

/**
 * The `page` job: tells the pager what waits, in order, each at most once. What got no answer is read back before it is sent
 * again; a pager that is away is asked again later, and the case goes on meanwhile.
 */
export const page = async (doctor: Doctor, incident: string, signal: AbortSignal): Promise<void> => {
  const { pager } = doctor
  const waits = (await pagesKept(doctor, incident)).some(unfinished)
  if (!waits) return
  if (pager === undefined) return drop(doctor, incident)
  const done = await doctor.store.lock(`page-${incident}`, 30, async () => {
    for (;;) {
      const entry = (await pagesKept(doctor, incident)).find(unfinished)
      if (entry === undefined) return { later: undefined }
      const later = await tell(doctor, pager, incident, entry, signal)
      if (later !== undefined) return { later, entry }
    }
  })
  if (done !== undefined && done.later === undefined) return
  const again =
    done?.entry === undefined ? `${Math.floor(doctor.clock.now() / 5_000)}` : `${done.entry.key}-${done.entry.tries}`
  await doctor.jobs.add(
    { v: 1, kind: 'page', incident },
    { key: `page-${incident}-${again}`, delay: done?.later ?? 5_000 },
  )
}

/**
 * Takes up what a stop, or a store that was away for a moment, left untold: at the start of a worker. Returns for how many
 * incidents.
 */
export const resumePages = async (doctor: Pick<Doctor, 'store' | 'jobs'>): Promise<number> => {
  const lists = await doctor.store.list<readonly PagerEntry[]>('pager-list', 500)
  const left = lists.flatMap(({ value }) => value.find(unfinished)?.incident ?? [])
  for (const incident of left) await doctor.jobs.add({ v: 1, kind: 'page', incident }, { key: `page-${incident}` })
  return left.length
}

const unfinished = ({ state }: PagerEntry): boolean => state === 'waiting' || state === 'sending'

/** Without a token nothing can be told, and nothing is expected to be. */
const drop = async (doctor: Doctor, incident: string): Promise<void> => {
  const reason = 'PAGERDUTY_TOKEN is not set'
  await changePages(doctor, incident, (known) =>
    known.map((one) => (unfinished(one) ? { ...one, state: 'refused', reason } : one)),
  )
}

/** Tells one thing. Returns in how many ms it has to be tried again, or undefined where it is finished. */
const tell = async (
  doctor: Doctor,
  pager: Pager,
  incident: string,
  entry: PagerEntry,
  signal: AbortSignal,
): Promise<number | undefined> => {
  if (doctor.clock.now() - Date.parse(entry.asked) > giveUpAfter)
    return finish(doctor, incident, entry, 'refused', 'PagerDuty could not be reached for a day')
  if (entry.state === 'sending') {
    const seen = await readBack(doctor, pager, entry, signal)
    if (seen === 'done') return finish(doctor, incident, entry, 'sent')
    if (seen === 'unknown') return pause(await waitOn(doctor, incident, entry))
  }
  const chosen = await withLevel(pager, entry, signal)
  if (chosen === 'away') return pause(await stand(doctor, incident, entry, entry.state, 1))
  if (typeof chosen === 'string') return finish(doctor, incident, entry, 'refused', chosen)
  const leaving = await stand(doctor, incident, chosen, 'sending', 1)
  doctor.crashpoint('page.sending')
  const answer = await pager.send(entry.at, leaving.command, leaving.as, signal)
  doctor.crashpoint('page.sent')
  switch (answer.kind) {
    case 'done':
      return finish(doctor, incident, leaving, 'sent')
    case 'not-sent':
      return Math.max(answer.afterMs, pause(await stand(doctor, incident, leaving, 'waiting', 0)))
    case 'unknown':
      return pause(leaving)
    case 'refused': {
      // What was asked for may be so already, as when somebody resolved it there a moment ago.
      const so = entry.command.kind !== 'note' && (await readBack(doctor, pager, leaving, signal)) === 'done'
      return finish(doctor, incident, leaving, so ? 'sent' : 'refused', so ? undefined : answer.message)
    }
  }
}

/** Grows from a second to five minutes. */
const pause = ({ tries }: PagerEntry): number => Math.min(300_000, 1_000 * 2 ** Math.max(0, tries - 1))

/** Counts a look that told nothing; when the command left stays as it was, for a note is waited for from then on. */
const waitOn = async (doctor: Doctor, incident: string, entry: PagerEntry): Promise<PagerEntry> => {
  const next: PagerEntry = { ...entry, tries: entry.tries + 1 }
  await changePages(doctor, incident, (known) => known.map((one) => (one.key === entry.key ? next : one)))
  return next
}

/** Stores how an entry stands now; `tries` counts what was tried, so that pauses grow. */
const stand = async (
  doctor: Doctor,
  incident: string,
  entry: PagerEntry,
  state: PagerEntry['state'],
  more: 0 | 1,
): Promise<PagerEntry> => {
  const next: PagerEntry = { ...entry, state, tries: entry.tries + more, tried: nowText(doctor) }
  await changePages(doctor, incident, (known) => known.map((one) => (one.key === entry.key ? next : one)))
  return next
}

/** Whether what was sent is so at the pager; `unknown` where that cannot be said yet. */
const readBack = async (
  doctor: Doctor,
  pager: Pager,
  { at, command, tried, asked }: PagerEntry,
  signal: AbortSignal,
): Promise<'done' | 'not-done' | 'unknown'> => {
  if (command.kind === 'note') {
    const notes = await pager.notes(at, signal)
    if (notes.kind !== 'ok') return 'unknown'
    const mark = command.text.slice(command.text.lastIndexOf('\n') + 1)
    if (notes.value.some((text) => text.includes(mark))) return 'done'
    return doctor.clock.now() - Date.parse(tried ?? asked) < mayStillArrive ? 'unknown' : 'not-done'
  }
  const read = await pager.incident(at, signal)
  if (read.kind !== 'ok') return 'unknown'
  const { status, assignees } = read.value
  switch (command.kind) {
    case 'acknowledge':
      return status === 'triggered' ? 'not-done' : 'done'
    case 'resolve':
      return status === 'resolved' ? 'done' : 'not-done'
    case 'assign':
      return assignees.some(({ id }) => id === command.user) ? 'done' : 'not-done'
    case 'escalate':
      return assignees.some(({ id }) => command.people?.includes(id)) ? 'done' : 'not-done'
  }
}

/**
 * An escalation with the level that comes next and who is there, chosen once: a second try must not go one further. A text
 * says why there is none.
 */
const withLevel = async (
  pager: Pager,
  entry: PagerEntry,
  signal: AbortSignal,
): Promise<PagerEntry | 'away' | string> => {
  if (entry.command.kind !== 'escalate' || entry.command.level !== undefined) return entry
  const read = await pager.incident(entry.at, signal)
  if (read.kind === 'absent') return 'PagerDuty does not know this incident'
  if (read.kind !== 'ok') return 'away'
  const { policy, assignees, status } = read.value
  if (status === 'resolved') return 'it is resolved at PagerDuty'
  if (policy === undefined) return 'it follows no escalation policy'
  const onCalls = await pager.onCalls({ policy }, signal)
  if (onCalls.kind !== 'ok') return 'away'
  const levels = onCalls.value
    .filter(({ user }) => assignees.some(({ id }) => id === user.id))
    .map(({ level }) => level)
  const level = Math.max(0, ...levels) + 1
  const people = onCalls.value.filter((one) => one.level === level).map(({ user }) => user.id)
  if (people.length === 0) return 'it is at the last level of its escalation policy'
  return { ...entry, command: { kind: 'escalate', level, people } }
}

const finish = async (
  doctor: Doctor,
  incident: string,
  entry: PagerEntry,
  state: 'sent' | 'refused',
  reason?: string,
): Promise<undefined> => {
  await changePages(doctor, incident, (known) =>
    known.map((one) => (one.key === entry.key ? { ...one, state, ...(reason === undefined ? {} : { reason }) } : one)),
  )
  await note(doctor, {
    kind: state === 'sent' ? 'pager.sent' : 'pager.refused',
    incident,
    actor: entry.by,
    data: { at: entry.at, command: entry.command.kind, key: entry.key, ...(reason === undefined ? {} : { reason }) },
  })
  if (reason === undefined) return
  doctor.log.warn({ incident, command: entry.command.kind, reason }, 'the pager did not take what it was told')
  const thread = (await readIncident(doctor, incident))?.value.thread
  if (thread === undefined) return
  await doctor.chat
    .post(thread.channel, pagerRefusedMessage(entry.command, reason), {
      thread: thread.ts,
      key: `pager-${incident}-${entry.key}`,
    })
    .catch((err: unknown) => doctor.log.warn({ err, incident }, 'the thread could not be told about the pager'))
}
