import type { Incident } from '../../domain/incident.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import { joinedHereMessage, joinedThereMessage } from '../../views/joined.ts'
import type { Doctor } from '../doctor.ts'
import { note, nowText } from '../record.ts'
import { changeIncident, readIncident } from './incident-store.ts'

/** The most incidents that one takes in; a storm has an incident of its own. */
const most = 100

/**
 * Lets one incident go on in another: its signals count and end there, its thread says where. `by` is who wants it, `why` the
 * cause that both have where the doctor found that; `quiet` says it in no thread. Safe to repeat.
 */
export const merge = async (
  doctor: Doctor,
  from: string,
  into: string,
  by: string,
  why?: string,
  quiet = false,
): Promise<string | Refusal> => {
  // One at a time: two that go into each other at once would both be gone.
  for (let tries = 0; tries < 50; tries += 1) {
    const merged = await doctor.store.lock('merge', 10, () => mergeAlone(doctor, from, into, by, why, quiet))
    if (merged !== undefined) return merged
    await doctor.clock.sleep(100)
  }
  return refused('try-again', 'Others are being merged just now. Try again.')
}

const mergeAlone = async (
  doctor: Doctor,
  from: string,
  into: string,
  by: string,
  why: string | undefined,
  quiet: boolean,
): Promise<string | Refusal> => {
  if (from === into) return refused('usage', 'An incident cannot be merged into itself.')
  const [source, target] = await Promise.all([readIncident(doctor, from), readIncident(doctor, into)])
  const wrong = cannot(source?.value, target?.value, into)
  if (wrong !== undefined || source === undefined || target === undefined)
    return wrong ?? refused('incident-unknown', `There is no incident ${into.slice(0, 40)} (any more).`)
  const at = nowText(doctor)
  // First it is taken in, then it lets go: a crash between the two leaves it counted where it was, and a second run ends it.
  const after = await changeIncident(doctor, into, (now) => withJoined(now, source.value, at))
  if (after?.joined?.some(({ id }) => id === from) !== true)
    return refused('cannot-merge', 'That incident takes in no more.')
  await changeIncident(doctor, from, (now) => ({
    ...now,
    mergedInto: into,
    state: 'resolved',
    endedAt: now.endedAt ?? at,
    updatedAt: at,
  }))
  await note(doctor, {
    kind: 'incident.merged',
    incident: from,
    cluster: after.cluster,
    actor: by,
    data: { into, ...(why === undefined ? {} : { cause: why }) },
  })
  if (!quiet) await tellBoth(doctor, source.value, after, why)
  return `It goes on in ${into}.`
}

const cannot = (source: Incident | undefined, target: Incident | undefined, into: string): Refusal | undefined => {
  if (target === undefined) return refused('incident-unknown', `There is no incident ${into.slice(0, 40)} (any more).`)
  if (target.mergedInto !== undefined)
    return refused('cannot-merge', `${into} itself goes on in ${target.mergedInto}; merge into that one.`)
  if (target.endedAt !== undefined) return refused('cannot-merge', `${into} has ended.`)
  if (source?.state === 'executing' || source?.state === 'verifying')
    return refused('change-under-way', 'A change is under way here; its check will say how it ended.')
  return source?.plans.length === 0 || source?.state !== 'awaiting-approval'
    ? undefined
    : refused('cannot-merge', 'A plan waits here for a decision. Decide about it first.')
}

const withJoined = (into: Incident, from: Incident, at: string): Incident | undefined => {
  const joined = into.joined ?? []
  if (joined.some(({ id }) => id === from.id) || joined.length >= most) return undefined
  const one = {
    id: from.id,
    title: from.title,
    source: from.source,
    ...(from.link === undefined ? {} : { link: from.link }),
    over: from.endedAt !== undefined,
  }
  // Those that it had taken in itself come along.
  return { ...into, joined: [...joined, one, ...(from.joined ?? [])], updatedAt: at }
}

const tellBoth = async (doctor: Doctor, from: Incident, into: Incident, why: string | undefined): Promise<void> => {
  for (const incident of [from.id, into.id])
    await doctor.jobs.add({ v: 1, kind: 'announce', incident }, { key: `announce-${incident}` })
  const link =
    into.thread === undefined
      ? undefined
      : await doctor.chat.permalink(into.thread.channel, into.thread.ts).catch(() => undefined)
  const posts = [
    [from.thread, joinedThereMessage(into, link, why), `merged-${from.id}-${into.id}`],
    [into.thread, joinedHereMessage(from, why), `took-${into.id}-${from.id}`],
  ] as const
  for (const [thread, message, key] of posts) {
    if (thread === undefined) continue
    await doctor.chat.post(thread.channel, message, { thread: thread.ts, key }).catch((err: unknown) => {
      doctor.log.warn({ err, incident: from.id }, 'a thread could not be told of a merge')
    })
  }
}

/** Takes a merged incident out again: it goes on by itself and is looked into. Without an id it is the thread's own one. */
export const split = async (
  doctor: Doctor,
  here: string,
  other: string | undefined,
  by: string,
): Promise<string | Refusal> => {
  const asked = (await readIncident(doctor, other ?? here))?.value
  const into = asked?.mergedInto
  if (asked === undefined || into === undefined) {
    const joined = (await readIncident(doctor, here))?.value.joined ?? []
    const names = joined.map(({ id, title }) => `${id} (${title})`).join(', ')
    return refused('not-merged', names === '' ? 'Nothing was merged here.' : `Which one? Merged here: ${names}.`)
  }
  const at = nowText(doctor)
  let over = false
  await changeIncident(doctor, asked.id, ({ mergedInto: _, endedAt: __, ...now }) => ({
    ...now,
    state: 'investigating',
    updatedAt: at,
  }))
  const after = await changeIncident(doctor, into, (now) => {
    over = now.joined?.find(({ id }) => id === asked.id)?.over ?? false
    const joined = (now.joined ?? []).filter(({ id }) => id !== asked.id)
    const { joined: _, ...rest } = now
    return { ...rest, ...(joined.length === 0 ? {} : { joined }), updatedAt: at }
  })
  if (over) await changeIncident(doctor, asked.id, (now) => ({ ...now, state: 'resolved', endedAt: at, updatedAt: at }))
  await note(doctor, {
    kind: 'incident.split',
    incident: asked.id,
    cluster: asked.cluster,
    actor: by,
    data: { from: into },
  })
  for (const incident of [asked.id, ...(after === undefined ? [] : [into])])
    await doctor.jobs.add({ v: 1, kind: 'announce', incident }, { key: `announce-${incident}` })
  if (!over)
    await doctor.jobs.add({ v: 1, kind: 'investigate', incident: asked.id }, { key: `investigate-${asked.id}` })
  return `${asked.id} goes on by itself again.`
}
