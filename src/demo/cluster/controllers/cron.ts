/** A parsed cron schedule: which minutes, hours, days of month, months and days of week it names. */
export type Schedule = {
  readonly fields: readonly ReadonlySet<number>[]
  readonly everyDay: boolean
  readonly everyWeekday: boolean
}

const ranges = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const months = ['', 'jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Reads a schedule of five fields or a macro; undefined for one that is neither. */
export function parseSchedule(text: string): Schedule | undefined {
  const parts = (macros[text.trim()] ?? text).trim().split(/\s+/)
  if (parts.length !== 5) return undefined
  const fields = parts.map((part, index) => parseField(part, index))
  if (fields.some((field) => field.size === 0)) return undefined
  if (fields[4]?.has(7) === true) (fields[4] as Set<number>).add(0)
  return { fields, everyDay: parts[2] === '*' || parts[2] === '?', everyWeekday: parts[4] === '*' || parts[4] === '?' }
}

function parseField(part: string, index: number): Set<number> {
  const [least, most] = ranges[index] ?? [0, 0]
  const values = new Set<number>()
  for (const entry of part.toLowerCase().split(',')) {
    const [range = '', step = '1'] = entry.split('/')
    const [from, to] =
      range === '*' || range === '?' ? [least, most] : bounds(range, index, entry.includes('/') ? most : undefined)
    for (let value = from; value <= to && value <= most; value += Math.max(1, Number(step))) values.add(value)
  }
  return values
}

function bounds(range: string, index: number, open: number | undefined): readonly [number, number] {
  const read = (text: string): number => {
    const named = index === 4 ? names.indexOf(text) : index === 3 ? months.indexOf(text) : -1
    return named >= 0 ? named : Number(text)
  }
  const [from = '', to] = range.split('-')
  return [read(from), to === undefined ? (open ?? read(from)) : read(to)]
}

const minute = 60_000

/** The first instant after `after` that the schedule names, in that time zone; undefined when there is none within two years. */
export function nextTime(schedule: Schedule, after: number, timeZone = 'UTC'): number | undefined {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    minute: 'numeric',
    hour: 'numeric',
    day: 'numeric',
    month: 'numeric',
    weekday: 'short',
  })
  let at = (Math.floor(after / minute) + 1) * minute
  const limit = after + 2 * 366 * 86_400_000
  const has = (index: number, value: number): boolean => schedule.fields[index]?.has(value) === true
  while (at < limit) {
    const part = Object.fromEntries(format.formatToParts(at).map((entry) => [entry.type, entry.value]))
    const [minutes, hours] = [Number(part['minute']), Number(part['hour'])]
    const [dayFits, weekdayFits] = [
      has(2, Number(part['day'])),
      has(4, names.indexOf((part['weekday'] ?? '').toLowerCase())),
    ]
    const day = schedule.everyDay ? weekdayFits : schedule.everyWeekday ? dayFits : dayFits || weekdayFits
    if (!has(3, Number(part['month'])) || !day) at += (24 * 60 - hours * 60 - minutes) * minute
    else if (!has(1, hours)) at += (60 - minutes) * minute
    else if (!has(0, minutes)) at += minute
    else return at
  }
  return undefined
}
