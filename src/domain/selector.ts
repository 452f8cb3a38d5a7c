import type { LabelSelector, Labels } from './kubernetes.ts'

type Requirement = NonNullable<LabelSelector['matchExpressions']>[number]

const meets = (requirement: Requirement, labels: Labels): boolean => {
  const { key, operator, values = [] } = requirement
  if (key === undefined) return false
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return false
  }
}

/** Whether labels carry every pair of a plain map selector (a Service's). An empty map matches all. */
export const matchesLabels = (wanted: Labels, labels: Labels | undefined): boolean =>
  Object.entries(wanted).every(([key, value]) => labels !== undefined && labels[key] === value)

/**
 * Whether a label selector selects these labels, as apimachinery does: an empty selector selects all, an absent one
 * nothing, and an operator that is not known selects nothing.
 */
export const matchesSelector = (selector: LabelSelector | undefined, labels: Labels | undefined): boolean =>
  selector !== undefined &&
  matchesLabels(selector.matchLabels ?? {}, labels) &&
  (selector.matchExpressions ?? []).every((requirement) => meets(requirement, labels ?? {}))

/** A map of labels as `kubectl -l` takes it: `app=web,tier=front`, keys sorted. */
export const labelsText = (labels: Labels | undefined): string =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')

/** A selector as people write it: `app=web,tier in (a,b),!legacy`; `(everything)` for the empty one. */
export const selectorText = (selector: LabelSelector | undefined): string => {
  if (selector === undefined) return '(nothing)'
  const expressions = (selector.matchExpressions ?? []).map(({ key = '', operator, values = [] }) => {
    if (operator === 'Exists') return key
    if (operator === 'DoesNotExist') return `!${key}`
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values.join(',')})`
  })
  const text = [labelsText(selector.matchLabels), ...expressions].filter((part) => part !== '').join(',')
  return text === '' ? '(everything)' : text
}
