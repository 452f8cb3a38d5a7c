/** The values that may be filled in: the facts of a cause and a few names of its object. */
export type Facts = Readonly<Record<string, string | number | boolean>>

const place = /\{\{\s*([a-z][A-Za-z0-9]{0,40})\s*\}\}/g

/** The names between `{{` and `}}`, or undefined where something else than a name stands there. */
export const placeholders = (text: string): readonly string[] | undefined => {
  const names = [...text.matchAll(place)].map((match) => match[1] ?? '')
  return /\{\{|\}\}/.test(text.replace(place, '')) ? undefined : names
}

/**
 * A value with its `{{fact}}` filled in; a value that is nothing but one placeholder keeps the fact's type. Undefined when a
 * fact is missing: then the step is not offered.
 */
export const fill = (value: unknown, facts: Facts): unknown => {
  if (typeof value === 'string') return fillText(value, facts)
  if (Array.isArray(value)) {
    const items = value.map((item) => fill(item, facts))
    return items.includes(undefined) ? undefined : items
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => [key, fill(item, facts)] as const)
    return entries.some(([, item]) => item === undefined) ? undefined : Object.fromEntries(entries)
  }
  return value
}

const fillText = (text: string, facts: Facts): string | number | boolean | undefined => {
  const names = placeholders(text)
  if (names === undefined || names.some((name) => !Object.hasOwn(facts, name))) return undefined
  const whole = /^\{\{\s*([a-z][A-Za-z0-9]{0,40})\s*\}\}$/.exec(text)?.[1]
  if (whole !== undefined) return facts[whole]
  return text.replace(place, (_, name: string) => String(facts[name]))
}
