import type { MaintenanceRule } from '../../config/maintenance.ts'
import type { Incident } from '../../domain/incident.ts'
import type { MaintenanceWindow } from '../../domain/maintenance.ts'
import type { Principal } from '../../domain/principal.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import { fullMember } from '../../policy/authorize.ts'
import type { Doctor } from '../doctor.ts'
import { note } from '../record.ts'

type Place = Pick<Incident, 'cluster' | 'namespace'>
type Asker = Pick<Doctor, 'config' | 'store' | 'clock'>

/** The windows that are open now: those of the configuration, and those that people opened. */
export const openWindows = async (doctor: Asker): Promise<readonly MaintenanceWindow[]> => {
  const now = doctor.clock.now()
  const { maintenance, report } = doctor.config
  const planned = maintenance.flatMap((rule) => windowOf(rule, now, report.timezone))
  const kept = (await doctor.store.list<MaintenanceWindow>('maintenance', 100)).map(({ value }) => value)
  return [...planned, ...kept.filter(({ until }) => until > now)].sort((a, b) => b.until - a.until)
}

/** The maintenance that a place is in now, the one that ends last; undefined where it is in none. */
export const maintenanceAt = async (doctor: Asker, place: Place): Promise<MaintenanceWindow | undefined> =>
  (await openWindows(doctor)).find((one) => covers(one, place))

const covers = (window: Pick<MaintenanceWindow, 'cluster' | 'namespace'>, place: Place): boolean =>
  (window.cluster === undefined || window.cluster === place.cluster) &&
  (window.namespace === undefined || window.namespace === place.namespace)

/**
 * Whether nobody is to hear of an incident yet, since its place is in maintenance: it is told and looked into when that ends, if it
 * is not over by then. Who was told already goes on being told.
 */
export const waitsOut = async (doctor: Doctor, incident: Incident): Promise<boolean> => {
  if (incident.thread !== undefined || incident.source === 'slack' || incident.endedAt !== undefined) return false
  const window = await maintenanceAt(doctor, incident)
  if (window === undefined) return false
  const delay = Math.max(1_000, window.until - doctor.clock.now())
  const { id } = incident
  for (const kind of ['announce', 'investigate'] as const)
    await doctor.jobs.add({ v: 1, kind, incident: id }, { key: `${kind}-${id}-${window.until}`, delay })
  return true
}

/** The window of a rule that is open at a moment. Around a change of the clocks a weekly one may be an hour off. */
const windowOf = (rule: MaintenanceRule, now: number, timezone: string): readonly MaintenanceWindow[] => {
  const { reason, cluster, namespace } = rule
  const place = { ...(cluster === undefined ? {} : { cluster }), ...(namespace === undefined ? {} : { namespace }) }
  const base = { ...place, reason, by: 'the configuration' }
  if (rule.kind === 'once') return rule.from <= now && now < rule.until ? [{ ...base, until: rule.until }] : []
  const local = localTime(now, timezone)
  // One that began yesterday may reach into today.
  for (const [back, minute] of [
    [0, local.minute],
    [1, local.minute + 24 * 60],
  ] as const) {
    const day = (local.day - back + 7) % 7
    const left = rule.minute + rule.minutes - minute
    if (rule.days.includes(day) && minute >= rule.minute && left > 0)
      return [{ ...base, until: Math.floor(now / 60_000) * 60_000 + left * 60_000 }]
  }
  return []
}

const localTime = (now: number, timeZone: string): { readonly day: number; readonly minute: number } => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  return {
    day: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part('weekday')),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  }
}

/** What a person asks for: a place, for how many seconds, and why. Zero seconds end it. */
export type WindowWish = {
  readonly cluster?: string
  readonly namespace?: string
  readonly seconds: number
  readonly reason: string
}

/** Opens or ends a window at a full member's wish. What is open by the configuration can only be ended there. */
export const maintain = async (doctor: Doctor, user: string, wish: WindowWish): Promise<string | Refusal> => {
  const by = await fullMember(user, doctor.chat)
  if (isRefusal(by)) return by
  const { cluster, namespace } = wish
  if (cluster !== undefined && !doctor.readers.has(cluster))
    return refused('cluster-unknown', `There is no cluster ${cluster.slice(0, 80)} here.`)
  const id = `${cluster ?? '*'}:${namespace ?? '*'}`
  const before = await doctor.store.get<MaintenanceWindow>('maintenance', id)
  const open = before !== undefined && before.value.until > doctor.clock.now()
  if (wish.seconds === 0) return open ? end(doctor, id, before.value, by) : refused('no-maintenance', 'There is none.')
  const until = doctor.clock.now() + wish.seconds * 1_000
  const place = { ...(cluster === undefined ? {} : { cluster }), ...(namespace === undefined ? {} : { namespace }) }
  const window: MaintenanceWindow = { ...place, until, reason: wish.reason.slice(0, 200), by: by.name }
  if (!(await doctor.store.put('maintenance', id, window, before?.version ?? 0, wish.seconds)))
    return refused('try-again', 'Somebody else changed it just now. Try again.')
  const data = { ...place, until: new Date(until).toISOString(), reason: window.reason }
  await note(doctor, { kind: 'maintenance.on', actor: by.id, ...(cluster === undefined ? {} : { cluster }), data })
  return `Maintenance ${placeText(window)} until ${new Date(until).toISOString().slice(11, 16)} UTC: signals are counted, and told only if they still hold then.`
}

const end = async (doctor: Doctor, id: string, window: MaintenanceWindow, by: Principal): Promise<string> => {
  await doctor.store.remove('maintenance', id)
  const { cluster } = window
  await note(doctor, {
    kind: 'maintenance.off',
    actor: by.id,
    ...(cluster === undefined ? {} : { cluster }),
    data: { reason: window.reason },
  })
  const held = (await doctor.store.list<Incident>('incident', 500))
    .map(({ value }) => value)
    .filter((one) => one.thread === undefined && one.endedAt === undefined && covers(window, one))
  for (const { id: incident } of held)
    for (const kind of ['announce', 'investigate'] as const)
      await doctor.jobs.add({ v: 1, kind, incident }, { key: `${kind}-${incident}` })
  return `The maintenance ${placeText(window)} is over.${held.length === 0 ? '' : ` ${held.length} held back come now.`}`
}

const placeText = ({ cluster, namespace }: Pick<MaintenanceWindow, 'cluster' | 'namespace'>): string =>
  [namespace === undefined ? '' : `of ${namespace}`, cluster === undefined ? 'everywhere' : `on ${cluster}`]
    .filter(Boolean)
    .join(' ')
