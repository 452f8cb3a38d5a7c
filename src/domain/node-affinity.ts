import type { Node, NodeSelectorTerm, PodSpec } from './kubernetes.ts'
import { lookup } from './lookup.ts'
import { nameGap } from './near-name.ts'
import { matchesLabels } from './selector.ts'
import { some } from './words.ts'

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number]

const meets = (requirement: Requirement, value: string | undefined): boolean => {
  const values = requirement.values ?? []
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}

/** Whether a node meets one term: all of its expressions and fields. A term without any matches nothing. */
export const matchesTerm = (term: NodeSelectorTerm, node: Node): boolean => {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  const labels = node.metadata.labels ?? {}
  return (
    matchExpressions.every((one) => one.key !== undefined && meets(one, labels[one.key])) &&
    matchFields.every((one) => one.key === 'metadata.name' && meets(one, node.metadata.name))
  )
}

/** Whether any of the terms matches; no terms at all match every node. */
export const matchesTerms = (terms: readonly NodeSelectorTerm[] | undefined, node: Node): boolean =>
  terms === undefined || terms.some((term) => matchesTerm(term, node))

const requiredTerms = (spec: PodSpec | undefined): readonly NodeSelectorTerm[] | undefined =>
  spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms

/** Whether a node meets the pod's nodeSelector and its required node affinity. */
export const matchesNode = (spec: PodSpec | undefined, node: Node): boolean =>
  matchesLabels(spec?.nodeSelector ?? {}, node.metadata.labels) && matchesTerms(requiredTerms(spec), node)

const requirementText = ({ key = '', operator, values = [] }: Requirement): string => {
  if (operator === 'In' && values.length === 1) return `${key}=${values[0]}`
  if (operator === 'Exists') return key
  if (operator === 'DoesNotExist') return `!${key}`
  const words: Readonly<Record<string, string>> = { In: 'in', NotIn: 'notin', Gt: '>', Lt: '<' }
  return `${key} ${lookup(words, operator ?? '') ?? operator ?? '?'} (${values.join(',')})`
}

const termText = (term: NodeSelectorTerm): string =>
  [...(term.matchExpressions ?? []), ...(term.matchFields ?? [])].map(requirementText).join(' and ')

/** Node selector terms as a person says them: `zone=eu-1a and disk in (ssd,nvme)`. */
export const termsText = (terms: readonly NodeSelectorTerm[] | undefined): string =>
  (terms ?? [])
    .map(termText)
    .filter((text) => text !== '')
    .join(' or ')

/** What the pod asks of its node, as a person says it: `nodeSelector disktype=ssd`, `node affinity zone in (a,b)`. */
export const placementText = (spec: PodSpec | undefined): string => {
  const selector = Object.entries(spec?.nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`)
  const affinity = termsText(requiredTerms(spec))
  return [
    selector.length === 0 ? '' : `nodeSelector ${selector.sort().join(', ')}`,
    affinity === '' ? '' : `node affinity ${affinity}`,
  ]
    .filter((part) => part !== '')
    .join(' and ')
}

/** One wanted label that no node carries, and the node's label that was likely meant. */
export type NearLabel = { readonly wanted: string; readonly found: string; readonly node: string }

type Wanted = { readonly key: string; readonly values: readonly string[] }

const wantedLabels = (spec: PodSpec | undefined): readonly Wanted[] => [
  ...Object.entries(spec?.nodeSelector ?? {}).map(([key, value]) => ({ key, values: [value] })),
  ...(requiredTerms(spec) ?? []).flatMap((term) =>
    (term.matchExpressions ?? []).flatMap(({ key, operator, values = [] }) =>
      key !== undefined && (operator === 'In' || operator === 'Exists') ? [{ key, values }] : [],
    ),
  ),
]

const shortKey = (key: string): string => key.slice(key.lastIndexOf('/') + 1)

const gapOf = (wanted: Wanted, key: string, value: string): number | undefined => {
  const keyGap = key === wanted.key ? 0 : shortKey(key) === shortKey(wanted.key) ? 0.5 : nameGap(wanted.key, key)
  if (keyGap === undefined) return undefined
  if (wanted.values.length === 0 || wanted.values.includes(value)) return keyGap
  const gaps = wanted.values.flatMap((one) => nameGap(one, value) ?? [])
  return gaps.length > 0 ? keyGap + Math.min(...gaps) : undefined
}

const isMet = (wanted: Wanted, node: Node): boolean => {
  const value = node.metadata.labels?.[wanted.key]
  return value !== undefined && (wanted.values.length === 0 || wanted.values.includes(value))
}

/** For labels that the pod wants and no node has: which values of that key there are, `zone: a, b`, or that no node carries it. */
export const valuesThere = (spec: PodSpec | undefined, nodes: readonly Node[]): readonly string[] =>
  wantedLabels(spec).flatMap((wanted) => {
    if (nodes.length === 0 || nodes.some((node) => isMet(wanted, node))) return []
    const values = [...new Set(nodes.flatMap((node) => node.metadata.labels?.[wanted.key] ?? []))].sort()
    return [values.length === 0 ? `no node has the label ${wanted.key}` : `${wanted.key} here: ${some(values)}`]
  })

/** The labels on nodes nearest to what the pod wants and no node has: `disktype=sdd` wanted, `disktype=ssd` on worker-1. */
export const nearLabels = (spec: PodSpec | undefined, nodes: readonly Node[]): readonly NearLabel[] =>
  wantedLabels(spec).flatMap((wanted) => {
    if (nodes.some((node) => isMet(wanted, node))) return []
    let best: { readonly near: NearLabel; readonly gap: number } | undefined
    for (const node of nodes) {
      for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
        const gap = gapOf(wanted, key, value)
        if (gap === undefined || (best !== undefined && gap >= best.gap)) continue
        const text = wanted.values.length === 0 ? wanted.key : `${wanted.key}=${wanted.values.join('|')}`
        best = { near: { wanted: text, found: `${key}=${value}`, node: node.metadata.name }, gap }
      }
    }
    return best === undefined ? [] : [best.near]
  })
