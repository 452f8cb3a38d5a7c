import type { Problem, YamlFile } from './raw.ts'
import { secondsOf } from './seconds.ts'

/** So many effects within so many seconds. */
export type Budget = { readonly effects: number; readonly seconds: number }

/** How many effects may happen before a person has to look (SAFETY F38). */
export type Limits = {
  readonly perNamespace: Budget
  readonly perCluster: Budget
  /** How many of those effects may be nobody's decision, in one namespace. */
  readonly automatic: Budget
  /** How long people can still stop what is done by itself, after it was announced. */
  readonly holdSeconds: number
  /** How long a failed or repeated fix of the same object is not offered again. */
  readonly cooldownSeconds: number
}

/** The shipped limits: 3 effects in 10 minutes in one namespace, 10 in an hour on one cluster. */
export const defaultLimits: Limits = {
  perNamespace: { effects: 3, seconds: 600 },
  perCluster: { effects: 10, seconds: 3600 },
  automatic: { effects: 2, seconds: 3600 },
  holdSeconds: 30,
  cooldownSeconds: 600,
}

const fields = ['namespace', 'cluster', 'automatic', 'hold', 'cooldown']

/** The `limits` of doctor.yaml, each on its own; what is not said stays as shipped, and what is wrong is a problem with its place. */
export const limitsFrom = (file: YamlFile, problem: Problem): Limits => {
  const value = file.values['limits']
  if (value === undefined) return defaultLimits
  const place = `${file.path}: limits`
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problem(place, 'must be { namespace?: 3/10m, cluster?: 10/1h, automatic?: 2/1h, hold?: 30s, cooldown?: 10m }')
    return defaultLimits
  }
  const given = value as Record<string, unknown>
  for (const key of Object.keys(given))
    if (!fields.includes(key)) problem(`${place}.${key}`, `is not a limit; there are ${fields.join(', ')}`)
  const budget = (name: string, shipped: Budget): Budget => {
    if (given[name] === undefined) return shipped
    const match = /^(\d{1,3})\/(\d{1,4}[smh])$/.exec(String(given[name]))
    const seconds = match === null ? Number.NaN : secondsOf(match[2] ?? '')
    if (seconds >= 10 && seconds <= day) return { effects: Number(match?.[1]), seconds }
    problem(`${place}.${name}`, 'must be a number of changes in a time, such as 3/10m, at most a day')
    return shipped
  }
  const time = (name: string, shipped: number): number => {
    if (given[name] === undefined) return shipped
    const seconds = secondsOf(String(given[name]))
    if (seconds <= day) return seconds
    problem(`${place}.${name}`, 'must be a time such as 30s or 10m, at most a day')
    return shipped
  }
  return {
    perNamespace: budget('namespace', defaultLimits.perNamespace),
    perCluster: budget('cluster', defaultLimits.perCluster),
    automatic: budget('automatic', defaultLimits.automatic),
    holdSeconds: time('hold', defaultLimits.holdSeconds),
    cooldownSeconds: time('cooldown', defaultLimits.cooldownSeconds),
  }
}

const day = 86_400
