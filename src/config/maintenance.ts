import type { Problem, YamlFile } from './raw.ts'

/**
 * Maintenance that is known in advance: once (RFC 3339 times), or again each week on those days (0 is Sunday) from a minute of the
 * day for so many minutes, by the clock of the report's time zone. Without a cluster or namespace it is about all of them.
 */
export type MaintenanceRule = {
  readonly cluster?: string
  readonly namespace?: string
  readonly reason: string
} & (
  | { readonly kind: 'once'; readonly from: number; readonly until: number }
  | { readonly kind: 'weekly'; readonly days: readonly number[]; readonly minute: number; readonly minutes: number }
)

const fields = ['cluster', 'namespace', 'reason', 'from', 'until', 'days', 'at', 'for']
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const longest = 7 * 24 * 60

/** The windows of `maintenance` in doctor.yaml; what is wrong with one is a problem with its place. */
export const maintenanceRules = (file: YamlFile, problem: Problem): readonly MaintenanceRule[] => {
  const value = file.values['maintenance']
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    problem(`${file.path}: maintenance`, 'must be a list of { cluster?, namespace?, from, until } or { days, at, for }')
    return []
  }
  return value.flatMap((item: unknown, index) => {
    const place = `${file.path}: maintenance[${index}]`
    const window = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {}
    const strange = Object.keys(window).find((key) => !fields.includes(key))
    if (strange !== undefined) problem(`${place}.${strange}`, 'is not a field of a maintenance window')
    const text = (name: string): string | undefined => {
      const given = window[name]
      if (given === undefined || typeof given === 'string') return given
      problem(`${place}.${name}`, 'must be text')
      return undefined
    }
    const [cluster, namespace] = [text('cluster'), text('namespace')]
    const time =
      window['days'] === undefined ? once(text, place, problem) : weekly(window['days'], text, place, problem)
    if (time === undefined || strange !== undefined) return []
    return [
      {
        ...time,
        ...(cluster === undefined ? {} : { cluster }),
        ...(namespace === undefined ? {} : { namespace }),
        reason: (text('reason') ?? 'planned maintenance').slice(0, 200),
      },
    ]
  })
}

type Text = (name: string) => string | undefined

const once = (text: Text, place: string, problem: Problem) => {
  const [from, until] = [Date.parse(text('from') ?? ''), Date.parse(text('until') ?? '')]
  if (from < until && until - from <= longest * 60_000) return { kind: 'once', from, until } as const
  problem(place, 'needs from and until as times such as 2026-11-21T22:00:00Z, at most a week apart')
  return undefined
}

const weekly = (days: unknown, text: Text, place: string, problem: Problem) => {
  const named = Array.isArray(days) ? days.map((day) => dayNames.indexOf(String(day).toLowerCase())) : []
  const at = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text('at') ?? '')
  const span = /^(\d{1,4})(m|h)$/.exec(text('for') ?? '')
  const minutes = span === null ? 0 : Number(span[1]) * (span[2] === 'h' ? 60 : 1)
  if (named.length > 0 && !named.includes(-1) && at !== null && minutes > 0 && minutes <= 24 * 60)
    return { kind: 'weekly', days: named, minute: Number(at[1]) * 60 + Number(at[2]), minutes } as const
  problem(place, 'needs days (sun to sat), at such as 22:00, and for such as 90m or 2h, at most a day')
  return undefined
}
