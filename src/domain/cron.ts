import { lookup } from './lookup.ts'

type Field = { readonly values: ReadonlySet<number>; readonly any: boolean }

/** A cron schedule as Kubernetes reads it (robfig/cron v3 standard: five fields, names, steps, `@daily` and the like). */
export type Cron = {
  readonly minute: Field
  readonly hour: Field
  readonly day: Field
  readonly month: Field
  readonly weekday: Field
  readonly every?: number
}

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const numberOf = (text: string, names: readonly string[], base: number): number => {
  const name = names.indexOf(text.toLowerCase())
  return name >= 0 ? name + base : /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
}

const field = (text: string, low: number, high: number, names: readonly string[] = []): Field | undefined => {
  const values = new Set<number>()
  for (const part of text.split(',')) {
    const [range = '', stepText] = part.split('/')
    const step = stepText === undefined ? 1 : Number(stepText)
    const any = range === '*' || range === '?'
    const [from = '', to] = any ? [String(low), String(high)] : range.split('-')
    const start = numberOf(from, names, names === months ? 1 : 0)
    const end =
      to === undefined ? (stepText === undefined ? start : high) : numberOf(to, names, names === months ? 1 : 0)
    if (
      !Number.isInteger(step) ||
      step < 1 ||
      Number.isNaN(start) ||
      Number.isNaN(end) ||
      start < low ||
      end > high ||
      start > end
    )
      return undefined
    for (let value = start; value <= end; value += step) values.add(value)
  }
  return { values, any: /^[*?](?:\/1)?$/.test(text) }
}

const nothing: Field = { values: new Set(), any: true }

const goDuration = (text: string): number | undefined => {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|m|s)/g)]
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text) return undefined
  return parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1),
    0,
  )
}

/** Parses a schedule, a `TZ=` or `CRON_TZ=` prefix left out; undefined where Kubernetes would refuse it. */
export const parseCron = (schedule: string): Cron | undefined => {
  const text = schedule.trim().replace(/^(?:CRON_)?TZ=\S+\s+/, '')
  if (text.startsWith('@every ')) {
    const every = goDuration(text.slice(7).trim())
    return every === undefined
      ? undefined
      : { minute: nothing, hour: nothing, day: nothing, month: nothing, weekday: nothing, every }
  }
  const fields = (lookup(macros, text) ?? text).split(/\s+/)
  if (fields.length !== 5) return undefined
  const [a = '', b = '', c = '', d = '', e = ''] = fields
  const minute = field(a, 0, 59)
  const hour = field(b, 0, 23)
  const day = field(c, 1, 31)
  const month = field(d, 1, 12, months)
  const weekday = field(e, 0, 7, weekdays)
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined)
    return undefined
  const days = new Set([...weekday.values].map((value) => value % 7))
  return { minute, hour, day, month, weekday: { values: days, any: weekday.any } }
}

/** Minutes that a time zone is ahead of UTC at a moment; undefined for a zone that does not exist. */
export const zoneOffset = (zone: string, at: number): number | undefined => {
  try {
    const parts = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }).formatToParts(at)
    const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value)
    const local = Date.UTC(
      value('year'),
      value('month') - 1,
      value('day'),
      value('hour'),
      value('minute'),
      value('second'),
    )
    return Math.round((local - Math.floor(at / 1000) * 1000) / 60_000)
  } catch {
    return undefined
  }
}

const dayMatches = (cron: Cron, date: Date): boolean => {
  if (!cron.month.values.has(date.getUTCMonth() + 1)) return false
  const day = cron.day.values.has(date.getUTCDate())
  const weekday = cron.weekday.values.has(date.getUTCDay())
  // As in every cron: where both are restricted, either is enough.
  return cron.day.any || cron.weekday.any ? day && weekday : day || weekday
}

const dayLength = 86_400_000

/**
 * The latest moments at or before `now` (ms) at which the schedule is due, newest first, at most `limit`. Empty where it is never
 * due within eight years (`0 0 31 2 *`) or the zone does not exist. The zone's offset is that of now.
 */
export const dueBefore = (cron: Cron, now: number, limit: number, zone = 'UTC'): readonly number[] => {
  const offset = zoneOffset(zone, now)
  if (offset === undefined) return []
  if (cron.every !== undefined)
    return cron.every < 1 ? [] : Array.from({ length: limit }, (_, index) => now - index * (cron.every ?? 1) * 1000)
  const local = now + offset * 60_000
  const hours = [...cron.hour.values].sort((a, b) => b - a)
  const minutes = [...cron.minute.values].sort((a, b) => b - a)
  const found: number[] = []
  for (
    let back = 0, start = Math.floor(local / dayLength) * dayLength;
    back < 2930 && found.length < limit;
    back += 1, start -= dayLength
  ) {
    if (!dayMatches(cron, new Date(start))) continue
    for (const hour of hours) {
      for (const minute of minutes) {
        const at = start + (hour * 60 + minute) * 60_000
        if (at <= local && found.length < limit) found.push(at - offset * 60_000)
      }
    }
  }
  return found
}
