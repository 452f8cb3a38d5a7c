import { type Action, kindOf } from '../actions/action.ts'
import type { Runbook } from '../domain/runbook.ts'

/** A resource type as an API server lists it, with all the words that kubectl takes for it. */
export type ServedType = {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly singular: string
  readonly shortNames: readonly string[]
}

/** Where a runbook names something that the cluster does not have. */
export type Drift = { readonly runbook: string; readonly what: string }

/**
 * Where runbooks and a cluster's API have grown apart: an action none of whose kinds is served, kinds that it waits for and are not,
 * a resource in a copy-paste command that kubectl could not find. A runbook for an add-on of which the cluster has nothing at
 * all never comes up there, so it is none. Empty: they fit. Pure; `served` must be the whole list.
 */
export const driftOf = (
  runbooks: readonly Runbook[],
  actions: ReadonlyMap<string, Action>,
  served: readonly ServedType[],
): readonly Drift[] => {
  const kinds = new Set(served.map((type) => kindOf({ apiVersion: `${type.group}/${type.version}`, kind: type.kind })))
  const core = new Set(served.filter((type) => type.group === '').map((type) => type.kind))
  const isServed = (kind: string): boolean => kinds.has(kind) || core.has(kind)
  const bare = new Set(served.map((type) => type.kind))
  const words = new Set(served.flatMap(wordsOf))
  const groups = new Set(served.map((type) => type.group))
  return runbooks.flatMap((runbook) => {
    if (runbook.steps.some((step) => step.kind === 'action' && forAddOn(actions.get(step.action), groups))) return []
    const gone = runbook.steps.flatMap((step) => {
      if (step.kind === 'human')
        return step.commands
          .flatMap(resourcesOf)
          .filter((word) => !words.has(word.toLowerCase()))
          .map((word) => `a command asks for ${word}, which the cluster does not serve`)
      const action = actions.get(step.action)
      if (action === undefined) return [`the action ${step.action} is not in the catalogue`]
      return action.kinds.length === 0 || action.kinds.some(isServed)
        ? []
        : [`${step.action} works on ${action.kinds.join(', ')}, none of which the cluster serves`]
    })
    const unknown = runbook.preconditions.flatMap((condition) =>
      condition.kind !== 'object-kind' || condition.in.some((kind) => bare.has(kind))
        ? []
        : [`it waits for ${condition.in.join(' or ')}, which the cluster does not serve`],
    )
    return [...new Set([...gone, ...unknown])].map((what) => ({ runbook: runbook.id, what }))
  })
}

/** Whether an action works only on what an add-on brings that is not installed: `Certificate.cert-manager.io`. */
const forAddOn = (action: Action | undefined, groups: ReadonlySet<string>): boolean =>
  action !== undefined &&
  action.kinds.length > 0 &&
  action.kinds.every((kind) => {
    const group = kind.slice(kind.indexOf('.') + 1)
    return /\./.test(group) && !group.endsWith('.k8s.io') && !groups.has(group)
  })

const wordsOf = (type: ServedType): readonly string[] => {
  const names = [type.resource, type.singular, type.kind.toLowerCase(), ...type.shortNames].filter(
    (word) => word !== '',
  )
  return type.group === '' ? names : names.flatMap((name) => [name, `${name}.${type.group}`])
}

/** The resource words of `kubectl … get|describe|delete|edit|patch|explain WORD[,WORD]`; places for values are nobody's business. */
const resourcesOf = (command: string): readonly string[] => {
  const words = command.split(/\s+/)
  if (words[0] !== 'kubectl') return []
  const verb = words.findIndex((word) => ['get', 'describe', 'delete', 'edit', 'patch', 'explain'].includes(word))
  const named = verb < 0 ? undefined : words[verb + 1]
  if (named === undefined || named.startsWith('-') || named.includes('{{')) return []
  return named.split(',').map((word) => word.split('/')[0] ?? word)
}
