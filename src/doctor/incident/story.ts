import { type CaseStory, storyOf } from '../../domain/case-story.ts'
import type { Incident } from '../../domain/incident.ts'
import type { PlanRecord } from '../../domain/plan-record.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { Doctor } from '../doctor.ts'
import { readPlan } from '../plans/plan-store.ts'
import { readIncident } from './incident-store.ts'

/** The most people whose names are looked up for one story. */
const mostNames = 20

/** The story of an incident from the record; `names` gives people's names for ids. */
export const story = async (
  doctor: Pick<Doctor, 'audit' | 'store' | 'clock'>,
  incident: Incident,
  names: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>> = async () => new Map(),
): Promise<CaseStory> => {
  const entries = await doctor.audit.read({ incident: incident.id })
  const plans: PlanRecord[] = []
  for (const plan of incident.plans.slice(-50)) {
    const record = await readPlan(doctor, plan)
    if (!isRefusal(record)) plans.push(record)
  }
  const ids = entries.flatMap(({ actor, data }) => [actor, data?.['to']]).filter(isPerson)
  return storyOf(incident, entries, plans, await names([...new Set(ids)].slice(0, mostNames)))
}

/** The same for a person who asks, with the names of people. Refuses where there is no such incident. */
export const storyFor = async (doctor: Doctor, id: string): Promise<CaseStory | Refusal> => {
  const incident = (await readIncident(doctor, id))?.value
  return incident === undefined
    ? refused('incident-unknown', `There is no incident ${id.slice(0, 40)} (any more).`)
    : story(doctor, incident, (ids) => namesOf(doctor, ids))
}

const isPerson = (id: unknown): id is string => typeof id === 'string' && /^[UW][A-Z0-9]{2,20}$/.test(id)

const namesOf = async (doctor: Doctor, ids: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const found = await Promise.all(
    ids.map(async (id) => {
      const read = await doctor.chat.user(id).catch(() => undefined)
      return read?.kind === 'ok' ? ([id, read.value.name] as const) : undefined
    }),
  )
  return new Map(found.filter((one) => one !== undefined))
}
