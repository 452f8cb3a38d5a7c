import type { Labels } from './kubernetes.ts'
import { nameGap } from './near-name.ts'

/** How a label map falls short of a map selector, and how likely a person meant it all the same (0 to 1). */
export type SelectorGap = {
  readonly likeness: number
  /** One entry per pair that does not hold: what the selector wants and what is there. */
  readonly differences: readonly {
    readonly key: string
    readonly wants: string
    readonly has?: string
    readonly hasKey?: string
  }[]
}

/** Labels that controllers put on pods while they run; a Service that selects by one is empty by design at times. */
const runtimeKeys =
  /^(?:pod-template-hash|controller-revision-hash|rollouts-pod-template-hash|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|(?:.*[/-])?(?:role|instanceRole))$/

/** Whether a selector uses a label that is set while pods run (leader, primary, revision), so that selecting none can be meant. */
export const selectsByRuntimeLabel = (selector: Labels): boolean =>
  Object.keys(selector).some((key) => runtimeKeys.test(key) && key !== 'role')

/** Compares a selector with labels that it does not match; undefined where nothing suggests that they were meant. */
export const selectorGap = (selector: Labels, labels: Labels): SelectorGap | undefined => {
  const pairs = Object.entries(selector)
  const differences: SelectorGap['differences'][number][] = []
  let score = 0
  for (const [key, wants] of pairs) {
    const has = labels[key]
    if (has === wants) {
      score += 1
      continue
    }
    if (has !== undefined) {
      differences.push({ key, wants, has })
      score += nameGap(wants, has) === undefined ? 0 : 0.8
      continue
    }
    const sameValue = Object.entries(labels).find(([, value]) => value === wants)
    const nearKey = Object.keys(labels).find((other) => nameGap(key, other) !== undefined)
    const hasKey = sameValue?.[0] ?? nearKey
    const hasValue = hasKey === undefined ? undefined : labels[hasKey]
    differences.push({
      key,
      wants,
      ...(hasKey === undefined ? {} : { hasKey }),
      ...(hasValue === undefined ? {} : { has: hasValue }),
    })
    score += sameValue !== undefined ? 0.8 : nearKey !== undefined ? 0.4 : 0
  }
  const likeness = pairs.length === 0 ? 0 : score / pairs.length
  return likeness === 0 || differences.length === 0 ? undefined : { likeness, differences }
}

/** The differences as a person reads them: `selector wants app=web-api, pods have app=webapi`. */
export const gapText = (gap: SelectorGap): string =>
  gap.differences
    .map(({ key, wants, has, hasKey }) => {
      if (hasKey !== undefined) return `selector wants ${key}=${wants}, pods have ${hasKey}=${has ?? ''}`
      return has === undefined
        ? `selector wants ${key}=${wants}, which the pods lack`
        : `selector wants ${key}=${wants}, pods have ${key}=${has}`
    })
    .join('; ')
