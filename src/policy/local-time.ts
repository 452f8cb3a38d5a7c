/** A moment as a clock on the wall shows it. `weekday` 0 is Sunday; `day` is 20261224, so that days can be compared. */
export type LocalTime = { readonly weekday: number; readonly minuteOfDay: number; readonly day: number }

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** The wall clock of a time zone (a name of the tz database) at an RFC 3339 moment. Throws where either is none. */
export const localTime = (at: string, timezone: string): LocalTime => {
  const moment = new Date(at)
  if (Number.isNaN(moment.getTime())) throw new Error('the time of the request is not a time')
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(moment)
      .map((part) => [part.type, part.value]),
  )
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
  return {
    weekday: weekdays.indexOf(parts.get('weekday') ?? ''),
    minuteOfDay: number('hour') * 60 + number('minute'),
    day: number('year') * 10_000 + number('month') * 100 + number('day'),
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  formats.set(timeZone, made)
  return made
}
