import type { Json } from '../model.ts'

export type { Json }

/** Where a block is shown; several types exist on only one of them. */
export type Surface = 'message' | 'modal' | 'home'

/** One complaint, with the JSON pointer Slack puts behind it. */
export type Problem = { readonly message: string; readonly pointer: string }

/** The state of one validation: what was wrong so far, and which ids were taken. */
export type Run = {
  readonly surface: Surface
  readonly problems: Problem[]
  readonly blockIds: Set<string>
  /** Characters seen per kind of block with a limit over the whole payload. */
  readonly totals: { markdown: number; tables: number; charts: number; focused: number }
}

/** Looks at one value and adds what is wrong with it to the run. */
export type Check = (value: unknown, pointer: string, run: Run) => void

/** A field of an object: its check, and whether it must be there. */
export type Field = { readonly check: Check; readonly required: boolean }

/** A validation that has seen nothing yet. */
export function startRun(surface: Surface): Run {
  return {
    surface,
    problems: [],
    blockIds: new Set(),
    totals: { markdown: 0, tables: 0, charts: 0, focused: 0 },
  }
}

/** Adds a complaint. */
export function complain(run: Run, message: string, pointer: string): void {
  run.problems.push({ message, pointer })
}

/** A field that must be there. */
export function required(check: Check): Field {
  return { check, required: true }
}

/** A field that may be left out. */
export function optional(check: Check): Field {
  return { check, required: false }
}

/** True for a JSON object. */
export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object with exactly these fields; Slack refuses any it does not know. `also` sees the whole object afterwards. */
export function object(
  fields: Readonly<Record<string, Field>>,
  also?: (value: Json, at: string, run: Run) => void,
): Check {
  return (value, pointer, run) => {
    if (!isRecord(value)) return complain(run, 'must provide an object', pointer)
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) complain(run, `invalid additional property: ${name}`, pointer)
    }
    for (const [name, field] of Object.entries(fields)) {
      const inner = value[name]
      if (inner !== undefined && inner !== null) field.check(inner, `${pointer}/${name}`, run)
      else if (field.required) complain(run, `missing required field: ${name}`, pointer)
    }
    also?.(value, pointer, run)
  }
}

/** A string between `min` and `max` characters long. */
export function characters(max: number, min = 1): Check {
  return (value, pointer, run) => {
    if (typeof value !== 'string') return complain(run, 'must be a string', pointer)
    if (value.length > max) complain(run, `must be less than ${max + 1} characters`, pointer)
    if (value.length < min) complain(run, `must be more than ${min - 1} characters`, pointer)
  }
}

/** A list of `min` to `max` items that each pass. */
export function list(item: Check, max: number, min = 1): Check {
  return (value, pointer, run) => {
    if (!Array.isArray(value)) return complain(run, 'must provide an array', pointer)
    if (value.length > max) complain(run, `no more than ${max} items allowed`, pointer)
    if (value.length < min) complain(run, `no less than ${min} items required`, pointer)
    for (const [index, inner] of value.entries()) item(inner, `${pointer}/${index}`, run)
  }
}

/** One of these words. */
export function word(...allowed: readonly string[]): Check {
  return (value, pointer, run) => {
    if (typeof value !== 'string' || !allowed.includes(value)) {
      complain(run, `must be one of: ${allowed.join(', ')}`, pointer)
    }
  }
}

/** true or false. */
export const flag: Check = (value, pointer, run) => {
  if (typeof value !== 'boolean') complain(run, 'must be a boolean', pointer)
}

/** A whole number within bounds. */
export function integer(min: number, max: number): Check {
  return (value, pointer, run) => {
    if (!Number.isInteger(value)) return complain(run, 'must be an integer', pointer)
    if ((value as number) < min || (value as number) > max) {
      complain(run, `must be between ${min} and ${max}`, pointer)
    }
  }
}

/** A string of this form. */
export function pattern(form: RegExp, says: string, max = 3000): Check {
  return (value, pointer, run) => {
    characters(max)(value, pointer, run)
    if (typeof value === 'string' && !form.test(value)) complain(run, says, pointer)
  }
}

/** A web address at most `max` characters long. */
export function webAddress(max = 3000): Check {
  return pattern(/^(https?:\/\/|mailto:|slack:\/\/)\S+$/i, 'must be a valid URL', max)
}

/** Picks the check by the `type` field; a type that is not listed is unsupported. */
export function byType(checks: Readonly<Record<string, Check>>): Check {
  return (value, pointer, run) => {
    if (!isRecord(value)) return complain(run, 'must provide an object', pointer)
    const type = value['type']
    const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined
    if (check === undefined) return complain(run, `unsupported type: ${String(type)}`, `${pointer}/type`)
    check(value, pointer, run)
  }
}

/** Accepts the `type` that `byType` already looked at. */
export const type: Field = required(() => {})

/** The characters of all strings inside a value, for limits that count over a whole block. */
export function countCharacters(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return value.reduce((sum: number, inner) => sum + countCharacters(inner), 0)
  if (isRecord(value)) {
    return Object.entries(value).reduce((sum, [name, inner]) => sum + (name === 'type' ? 0 : countCharacters(inner)), 0)
  }
  return 0
}
