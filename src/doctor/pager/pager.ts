import type { Incident } from '../../domain/incident.ts'
import { longestNote, noteMark, type PagerCommand, type PagerEntry } from '../../domain/pager.ts'
import { plain } from '../../domain/plain.ts'
import { redact } from '../../domain/redact.ts'
import type { Doctor } from '../doctor.ts'
import { readIncident } from '../incident/incident-store.ts'
import { nowText } from '../record.ts'

/** How long it is kept what the pager was told about an incident, in seconds. */
const keep = 30 * 86_400

/** The most that waits for one incident; more is refused, so that a loop anywhere cannot fill the store. */
const most = 200

/** Who wants something told, and by which key it is told once. */
export type Asked = { readonly key: string; readonly by: string; readonly as?: string }

/** What can put something on the list: any role, for the list is in the store. */
export type Teller = Pick<Doctor, 'store' | 'jobs' | 'clock'>

/** The ids at the pager of the pages that belong to an incident: its own, and those of the incidents that joined it. */
export const pagesOf = (incident: Incident): readonly string[] => {
  const own = incident.source === 'pagerduty' && incident.link !== undefined ? [incident.link.id] : []
  const joined = (incident.joined ?? []).flatMap(({ source, link }) =>
    source === 'pagerduty' && link !== undefined ? [link.id] : [],
  )
  return [...new Set([...own, ...joined])]
}

/**
 * Puts a command for the pager on the incident's list and sets its telling going; never waits for the pager. Says how many pages
 * it is for: none where no page belongs to the incident.
 */
export const tellPager = async (
  doctor: Teller,
  incident: Incident,
  command: PagerCommand,
  asked: Asked,
): Promise<number> => {
  const pages = pagesOf(incident)
  if (pages.length === 0) return 0
  const entries = pages.map((at): PagerEntry => {
    const key = pages.length === 1 ? asked.key : `${asked.key}.${at}`
    return {
      incident: incident.id,
      key,
      at,
      command: command.kind === 'note' ? { ...command, text: marked(incident.id, key, command.text) } : command,
      by: asked.by,
      ...(asked.as === undefined ? {} : { as: asked.as }),
      asked: nowText(doctor),
      state: 'waiting',
      tries: 0,
    }
  })
  await changePages(doctor, incident.id, (known) => {
    const fresh = entries.filter(({ key }) => !known.some((one) => one.key === key))
    if (known.length + fresh.length > most) throw new Error('too much waits to be told to the pager')
    return [...known, ...fresh]
  })
  await doctor.jobs.add({ v: 1, kind: 'page', incident: incident.id }, { key: `page-${incident.id}` })
  return pages.length
}

/** The same for an incident that is known by its id only. */
export const tellPagerOf = async (doctor: Teller, id: string, command: PagerCommand, asked: Asked): Promise<number> => {
  const incident = (await readIncident(doctor, id))?.value
  return incident === undefined ? 0 : tellPager(doctor, incident, command, asked)
}

const marked = (incident: string, key: string, text: string): string =>
  `${plain(redact(text), longestNote)}\n${noteMark(incident, key)}`

/** What the pager was and is to be told about an incident, in order. */
export const pagesKept = async (doctor: Pick<Doctor, 'store'>, incident: string): Promise<readonly PagerEntry[]> =>
  (await doctor.store.get<readonly PagerEntry[]>('pager-list', incident))?.value ?? []

/** Changes the list by compare-and-swap. */
export const changePages = async (
  doctor: Pick<Doctor, 'store'>,
  incident: string,
  change: (known: readonly PagerEntry[]) => readonly PagerEntry[],
): Promise<readonly PagerEntry[]> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const stored = await doctor.store.get<readonly PagerEntry[]>('pager-list', incident)
    const next = change(stored?.value ?? [])
    if (await doctor.store.put('pager-list', incident, next, stored?.version ?? 0, keep)) return next
  }
  throw new Error('what the pager is to be told could not be stored: others kept changing it')
}
