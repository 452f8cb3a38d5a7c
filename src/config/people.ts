import type { Problem, YamlFile } from './raw.ts'

/** Who a Slack user is on the clusters: a Kubernetes user and their groups. */
export type Person = { readonly slack: string; readonly user: string; readonly groups: readonly string[] }

/** The `people` of doctor.yaml; none where it has none. Everything that is no entry is a problem. */
export const people = (file: YamlFile, problem: Problem): readonly Person[] => {
  const value = file.values['people']
  if (value === undefined) return []
  const place = `${file.path}: people`
  if (!Array.isArray(value)) {
    problem(place, 'must be a list of { slack, user, groups? }')
    return []
  }
  const found = value.map((item: unknown, index): Person => {
    const one = typeof item === 'object' && item !== null ? (item as Record<string, unknown>) : {}
    const { slack, user, groups = [], ...rest } = one
    const listed = Array.isArray(groups) && groups.every((group) => typeof group === 'string' && group !== '')
    const named = typeof slack === 'string' && /^[UW][A-Z0-9]{2,20}$/.test(slack)
    const whole = named && typeof user === 'string' && user !== '' && listed && Object.keys(rest).length === 0
    if (!whole) problem(`${place}[${index}]`, 'must be { slack: U…, user: NAME, groups: [NAME, …] }')
    return { slack: String(slack), user: String(user), groups: listed ? groups : [] }
  })
  if (new Set(found.map((one) => one.slack)).size !== found.length) problem(place, 'names a Slack user twice')
  return found
}
