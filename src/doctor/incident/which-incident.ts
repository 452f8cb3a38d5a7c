import type { Incident } from '../../domain/incident.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { recentIncidents } from './incident-store.ts'

/**
 * The id of the incident that is meant: by its id, by its number at PagerDuty, else the thread's, else the only open one. With
 * `ended` also the one that ended last. Refuses with what there is to choose from.
 */
export const whichIncident = async (
  doctor: Pick<Doctor, 'store'>,
  named: string | undefined,
  inThread: string | undefined,
  ended = false,
): Promise<string | Refusal> => {
  if (named === undefined && inThread !== undefined) return inThread
  if (named?.startsWith('i-')) return named
  const all = await recentIncidents(doctor, 200)
  if (named !== undefined) {
    const number = Number(named.replace('#', ''))
    const found = all.find(({ link }) => link?.number === number)
    return found?.id ?? refused('incident-unknown', `There is no incident with the number ${number} here.`)
  }
  const open = all.filter((incident) => incident.endedAt === undefined)
  const [first] = open.length > 0 || !ended ? open : all.filter(({ mergedInto }) => mergedInto === undefined)
  if (first === undefined) return refused('no-incident', 'No incident is open.')
  if (open.length <= 1) return first.id
  return refused('which-incident', `Which one? ${choices(open)}. Or say it in the incident’s thread.`)
}

const choices = (open: readonly Incident[]): string =>
  open
    .slice(0, 5)
    .map(({ id, title }) => `${id} (${title.slice(0, 60)})`)
    .join(', ')
