import { groupOf, type ObjectRef } from './object.ts'

/** How kubectl addresses an object: `deployment/checkout`; kinds outside the usual groups carry theirs: `rollout.argoproj.io/web`. */
export const kubectlTarget = (ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'name'>): string => {
  const group = groupOf(ref.apiVersion)
  const builtIn = group === '' || !group.includes('.') || group.endsWith('.k8s.io')
  return `${ref.kind.toLowerCase()}${builtIn ? '' : `.${group}`}/${ref.name}`
}

/** A command about one object, with its namespace: `kubectl -n shop describe deployment/checkout`. */
export const kubectl = (ref: ObjectRef, verb: string, rest = ''): string =>
  `kubectl ${ref.namespace === undefined ? '' : `-n ${ref.namespace} `}${verb} ${kubectlTarget(ref)}${rest === '' ? '' : ` ${rest}`}`
