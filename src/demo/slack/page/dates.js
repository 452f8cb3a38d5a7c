import { state } from './state.js'

/** The zone of the person reading. */
function zone() {
  return state.users.find((user) => user.id === state.me)?.tz ?? 'UTC'
}

function format(date, options) {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: zone(), ...options }).format(date)
  } catch {
    return new Intl.DateTimeFormat('en-GB', options).format(date)
  }
}

function dayNumber(date) {
  const [day, month, year] = format(date, { day: '2-digit', month: '2-digit', year: 'numeric' }).split('/')
  return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000
}

function pretty(date, otherwise) {
  const days = dayNumber(date) - dayNumber(new Date())
  return { 0: 'today', '-1': 'yesterday', 1: 'tomorrow' }[days] ?? otherwise
}

function ago(date) {
  const seconds = Math.round((Date.now() - date.getTime()) / 1000)
  const [size, unit] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
    [1, 'second'],
  ].find(([length]) => Math.abs(seconds) >= length) ?? [1, 'second']
  const count = Math.round(Math.abs(seconds) / size)
  const words = `${count} ${unit}${count === 1 ? '' : 's'}`
  return seconds >= 0 ? `${words} ago` : `in ${words}`
}

const tokens = {
  date_num: (date) =>
    format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }).split('/').reverse().join('-'),
  date_slash: (date) => format(date, { year: 'numeric', month: '2-digit', day: '2-digit' }),
  date_long: (date) => format(date, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' }),
  date_long_full: (date) => format(date, { year: 'numeric', month: 'long', day: 'numeric' }),
  date: (date) => format(date, { month: 'long', day: 'numeric' }),
  date_short: (date) => format(date, { year: 'numeric', month: 'short', day: 'numeric' }),
  date_pretty: (date) => pretty(date, tokens.date(date)),
  date_short_pretty: (date) => pretty(date, tokens.date_short(date)),
  date_long_pretty: (date) => pretty(date, tokens.date_long(date)),
  day_divider_pretty: (date) => pretty(date, format(date, { weekday: 'long', month: 'long', day: 'numeric' })),
  time: (date) => format(date, { hour: '2-digit', minute: '2-digit' }),
  time_secs: (date) => format(date, { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  ago,
}

/** A Slack date format with its tokens replaced, in the zone of the person reading. */
export function formatDate(seconds, template, fallback = '') {
  if (!Number.isFinite(seconds)) return fallback
  const date = new Date(seconds * 1000)
  return template.replace(/\{([a-z_]+)\}/g, (all, name) => tokens[name]?.(date) ?? all)
}

/** The clock time of a message. */
export function timeOf(ts) {
  return formatDate(Number(ts), '{time}')
}

/** The heading above the messages of a day, with a capital. */
export function dayOf(ts) {
  const text = formatDate(Number(ts), '{day_divider_pretty}')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
