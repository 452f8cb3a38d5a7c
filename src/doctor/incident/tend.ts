import { type Incident, transition } from '../../domain/incident.ts'
import type { IncidentWish } from '../../domain/incident-wish.ts'
import type { PagerCommand } from '../../domain/pager.ts'
import { plain } from '../../domain/plain.ts'
import type { Principal } from '../../domain/principal.ts'
import { redact } from '../../domain/redact.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { fullMember } from '../../policy/authorize.ts'
import { noteTurn } from '../close.ts'
import type { Doctor } from '../doctor.ts'
import { pagesKept, pagesOf, tellPager } from '../pager/pager.ts'
import { note, nowText } from '../record.ts'
import { changeIncident, readIncident } from './incident-store.ts'
import { merge, split } from './merge.ts'

/**
 * Does with an incident what a full member of the workspace wants: it is said in the thread and, where a page belongs to it, at
 * the pager, in their name. Nothing here changes a cluster. Returns the sentence for them.
 */
export const tend = async (doctor: Doctor, user: string, id: string, wish: IncidentWish): Promise<string | Refusal> => {
  const by = await fullMember(user, doctor.chat)
  if (isRefusal(by)) return by
  const incident = (await readIncident(doctor, id))?.value
  if (incident === undefined) return refused('incident-unknown', `There is no incident ${id.slice(0, 40)} (any more).`)
  const goesOn = wish.kind === 'split' ? undefined : incident.mergedInto
  if (goesOn !== undefined) return tend(doctor, user, goesOn, wish)
  const ask: Ask = { doctor, by, incident }
  switch (wish.kind) {
    case 'acknowledge':
      return acknowledge(ask)
    case 'resolve':
      return resolve(ask)
    case 'escalate':
      return escalate(ask)
    case 'note':
      return addNote(ask, wish.text)
    case 'link':
      return link(ask, wish)
    case 'assign':
      return assign(ask, wish.user ?? by.id)
    case 'merge':
      return merge(doctor, incident.id, wish.into, by.id)
    case 'split':
      return split(doctor, incident.id, wish.incident, by.id)
  }
}

type Ask = { readonly doctor: Doctor; readonly by: Principal; readonly incident: Incident }

const acknowledge = async ({ doctor, by, incident }: Ask): Promise<string | Refusal> => {
  const over = ended(incident)
  if (over !== undefined) return over
  let mine = false
  const after = await changeIncident(doctor, incident.id, (now) => {
    mine = now.acknowledged === undefined
    return mine ? { ...now, acknowledged: { by: by.name, at: nowText(doctor) } } : undefined
  })
  if (!mine) return `${after?.acknowledged?.by ?? 'Somebody'} looks after it already.`
  await note(doctor, { kind: 'incident.acknowledged', incident: incident.id, cluster: incident.cluster, actor: by.id })
  return say('You look after it now.', await toPager({ doctor, by, incident }, { kind: 'acknowledge' }))
}

const resolve = async (ask: Ask): Promise<string | Refusal> => {
  const { doctor, by, incident } = ask
  const over = ended(incident)
  if (over !== undefined) return over
  const at = nowText(doctor)
  let before = incident
  const after = await changeIncident(doctor, incident.id, (now) => {
    before = now
    if (now.state === 'executing' || now.state === 'verifying') return undefined
    const { flapping: _, quietSince: __, turns: ___, ...calm } = now
    const moved = transition(calm, 'resolved', at)
    return isRefusal(moved) ? undefined : moved
  })
  if (after === undefined || after.state !== 'resolved')
    return refused('change-under-way', 'A change is under way here; its check will say how it ended.')
  await noteTurn(doctor, before, after, by.id)
  return say(
    'It is resolved. If its signal fires again, it goes on in this thread.',
    await toPager(ask, { kind: 'resolve' }),
  )
}

const escalate = async (ask: Ask): Promise<string | Refusal> => {
  const over = ended(ask.incident)
  if (over !== undefined) return over
  if (pagesOf(ask.incident).length === 0)
    return refused('no-page', 'Nobody was paged for this, so there is nobody to escalate to. Mention who should look.')
  if (ask.doctor.pager === undefined)
    return refused('no-pager', 'PagerDuty cannot be told from here: PAGERDUTY_TOKEN is not set. Escalate it there.')
  const now = ask.doctor.clock.now()
  const before = (await pagesKept(ask.doctor, ask.incident.id)).findLast(({ command }) => command.kind === 'escalate')
  // A second click must not page one level further.
  if (before !== undefined && before.state !== 'refused' && now - Date.parse(before.asked) < 60_000)
    return refused('just-escalated', 'It was escalated less than a minute ago. Give them a moment.')
  await toPager(ask, { kind: 'escalate' })
  return 'PagerDuty is asked to escalate it to the next level.'
}

const addNote = async (ask: Ask, words: string): Promise<string | Refusal> => {
  const text = plain(redact(words), 2_000).trim()
  if (text === '') return refused('usage', 'What should the note say?')
  const { doctor, by, incident } = ask
  const { id, cluster } = incident
  await note(doctor, { kind: 'incident.noted', incident: id, cluster, actor: by.id, data: { note: text } })
  return say('It is on the record.', await toPager(ask, { kind: 'note', text: `${by.name}: ${text}` }))
}

/** The most links of one incident; more would not be looked at. */
const mostLinks = 5

const link = async (
  { doctor, by, incident }: Ask,
  { url, name }: Extract<IncidentWish, { kind: 'link' }>,
): Promise<string | Refusal> => {
  if (!/^https?:\/\/[^\s<>|"]{1,1000}$/.test(url) || redact(url) !== url)
    return refused('usage', 'That is no address that can be linked.')
  const after = await changeIncident(doctor, incident.id, (now) => {
    const known = (now.links ?? []).filter((one) => one.url !== url)
    return known.length >= mostLinks ? undefined : { ...now, links: [...known, { url, name }] }
  })
  if (after?.links?.some((one) => one.url === url) !== true)
    return refused('too-many-links', `It has ${mostLinks} links already.`)
  const { id, cluster } = incident
  await note(doctor, { kind: 'incident.linked', incident: id, cluster, actor: by.id, data: { name, url } })
  await announceSoon(doctor, id)
  return 'It is linked in the parent message.'
}

const assign = async (ask: Ask, user: string): Promise<string | Refusal> => {
  const { doctor, by, incident } = ask
  const over = ended(incident)
  if (over !== undefined) return over
  const whom = user === by.id ? by : await fullMember(user, doctor.chat)
  if (isRefusal(whom)) return refused(whom.code, 'It can only be given to a full member of this workspace.')
  await changeIncident(doctor, incident.id, (now) => ({ ...now, assignee: whom.name, updatedAt: nowText(doctor) }))
  const { id, cluster } = incident
  await note(doctor, { kind: 'incident.assigned', incident: id, cluster, actor: by.id, data: { to: whom.id } })
  const there = await atPager(doctor, whom)
  const told = there === undefined ? 0 : await toPager(ask, { kind: 'assign', user: there, name: whom.name })
  if (told === 0) await announceSoon(doctor, id)
  const where = told > 0 || pagesOf(incident).length === 0 ? '' : ' PagerDuty knows nobody with their address.'
  return say(`${whom.name} has it now.${where}`, told)
}

const atPager = async (doctor: Doctor, { person }: Principal): Promise<string | undefined> => {
  if (person === undefined) return undefined
  const found = await doctor.pager?.userByEmail(person)
  return found?.kind === 'ok' ? found.value.id : undefined
}

/** Tells the pager in the person's name, and has the parent message edited. Each press is a wish of its own. */
const toPager = async ({ doctor, by, incident }: Ask, command: PagerCommand): Promise<number> => {
  const key = `${command.kind}-${by.id}-${doctor.clock.now()}`
  const as = by.person === undefined ? {} : { as: by.person }
  const pages = doctor.pager === undefined ? 0 : await tellPager(doctor, incident, command, { key, by: by.id, ...as })
  await announceSoon(doctor, incident.id)
  return pages
}

const announceSoon = (doctor: Doctor, incident: string): Promise<void> =>
  doctor.jobs.add({ v: 1, kind: 'announce', incident }, { key: `announce-${incident}` })

const say = (text: string, pages: number): string => (pages === 0 ? text : `${text} PagerDuty is told.`)

const ended = ({ endedAt }: Incident): Refusal | undefined =>
  endedAt === undefined ? undefined : refused('ended', 'It has ended already.')
