import type { Fields } from '../types.ts'
import { isFields, listAt } from '../types.ts'
import { badRequest } from './errors.ts'

/** Decides whether labels are selected. */
export type LabelMatch = (labels: Readonly<Record<string, string>> | undefined) => boolean

type Requirement = { key: string; operator: string; values: readonly string[] }

/** Parses the text form (`a=b,c in (d,e),!f`); a form that cannot be read is a 400 in the words of the real parser. */
export function parseLabelSelector(text: string): LabelMatch {
  const tokens = text.match(/\s+|\(|\)|,|==|!=|=|!|>|<|[^\s(),=!<>]+/g)?.filter((token) => token.trim() !== '') ?? []
  const requirements: Requirement[] = []
  let at = 0
  const outside = (found: string, wanted: string): Error => badRequest(`found '${found}', expected: ${wanted}`)
  const fail = (found: string, wanted: string): Error =>
    badRequest(`unable to parse requirement: found '${found}', expected: ${wanted}`)
  while (at < tokens.length) {
    const absent = tokens[at] === '!'
    if (absent) at++
    const key = tokens[at++] ?? ''
    if (absent && !/^[A-Za-z0-9./_-]+$/.test(key)) throw fail(key, 'identifier')
    if (!/^[A-Za-z0-9./_-]+$/.test(key)) throw outside(key, "!, identifier, or 'end of string'")
    checkKey(key)
    const operator = tokens[at]
    if (absent || operator === undefined || operator === ',') {
      requirements.push({ key, operator: absent ? '!' : 'exists', values: [] })
    } else if (operator === 'in' || operator === 'notin') {
      const read = parseSet(tokens, at + 1, fail)
      requirements.push({ key, operator, values: read.values })
      at = read.next
    } else if (['=', '==', '!=', '>', '<'].includes(operator)) {
      const value = tokens[at + 1]
      const hasValue = value !== undefined && value !== ','
      at += hasValue ? 2 : 1
      if (hasValue) checkValue(key, value, operator)
      requirements.push({ key, operator: operator === '==' ? '=' : operator, values: [hasValue ? value : ''] })
    } else throw fail(operator, 'in, notin, =, ==, !=, gt, lt')
    if (at < tokens.length) {
      if (tokens[at] !== ',') throw outside(tokens[at] ?? '', "',' or 'end of string'")
      at++
      if (at === tokens.length) throw outside('', "identifier after ','")
    }
  }
  return (labels) => requirements.every((requirement) => holds(requirement, labels ?? {}))
}

function parseSet(tokens: readonly string[], from: number, fail: (found: string, wanted: string) => Error) {
  if (tokens[from] !== '(') throw fail(tokens[from] ?? '', "'('")
  const values: string[] = []
  let at = from + 1
  for (; tokens[at] !== ')'; at++) {
    const token = tokens[at]
    if (token === undefined) throw fail('', "',' or ')'")
    if (token !== ',') values.push(token)
  }
  return { values, next: at + 1 }
}

function checkKey(key: string): void {
  const name = key.split('/').at(-1) ?? ''
  if (/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name) && name.length <= 63) return
  throw badRequest(
    `unable to parse requirement: <nil>: Invalid value: ${JSON.stringify(key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  )
}

function checkValue(key: string, value: string, operator: string): void {
  if ((operator === '>' || operator === '<') && !/^-?[0-9]+$/.test(value)) {
    throw badRequest(
      `unable to parse requirement: values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    )
  }
  if (/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value) && value.length <= 63) return
  throw badRequest(
    `unable to parse requirement: values[0][${key}]: Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  )
}

function holds({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key]
  switch (operator) {
    case '!':
      return value === undefined
    case 'exists':
      return value !== undefined
    case '=':
    case 'in':
      return value !== undefined && values.includes(value)
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value)
    case '>':
      return value !== undefined && Number(value) > Number(values[0])
    default:
      return value !== undefined && Number(value) < Number(values[0])
  }
}

const operators: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' }

/** The object form (`matchLabels`, `matchExpressions`). An absent selector selects nothing, an empty one everything. */
export function labelSelector(selector: unknown): LabelMatch {
  if (!isFields(selector)) return () => false
  const labels = Object.entries((selector['matchLabels'] as Fields | undefined) ?? {})
  const requirements = labels.map(([key, value]): Requirement => ({ key, operator: '=', values: [String(value)] }))
  for (const entry of listAt(selector, 'matchExpressions')) {
    const { key, operator, values } = entry as { key: string; operator: string; values?: string[] }
    requirements.push({ key, operator: operators[operator] ?? operator, values: values ?? [] })
  }
  return (held) => requirements.every((requirement) => holds(requirement, held ?? {}))
}

/** The plain map form of Services and ReplicationControllers; an absent or empty map selects nothing. */
export function mapSelector(map: Readonly<Record<string, string>> | undefined): LabelMatch {
  const wanted = Object.entries(map ?? {})
  return (labels) => wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value)
}
