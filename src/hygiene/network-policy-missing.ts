import type { ObjectRef } from '../domain/object.ts'
import type { Check, Said } from './check.ts'
import { judged } from './reading/specs.ts'
import { isSystemNamespace } from './reading/system.ts'

/** Policies of other makers that hold for namespaces from outside. */
const wide = [
  'CiliumClusterwideNetworkPolicy',
  'GlobalNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
]
const own = ['NetworkPolicy', 'CiliumNetworkPolicy'] as const

/**
 * Namespaces with workloads and no NetworkPolicy, where others have some: the one open door. A cluster without any policy made
 * another choice, and is not nagged. What a policy does is not judged here: a default-deny is as good as any.
 */
export const check: Check = {
  id: 'network-policy-missing',
  looksFor: 'namespaces without a NetworkPolicy where others have one',
  reads: ['NetworkPolicy'],
  look: (view) => {
    if (wide.some((kind) => view.list(kind).length > 0)) return []
    const guarded = new Set(own.flatMap((kind) => view.list(kind).map(({ metadata }) => metadata.namespace ?? '')))
    if ([...guarded].filter((one) => !isSystemNamespace(one)).length === 0) return []
    const inhabited = [...new Set(judged(view).map(({ namespace }) => namespace))].sort()
    return inhabited
      .filter((namespace) => !guarded.has(namespace) && !isSystemNamespace(namespace))
      .map((name): Said => {
        const object: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', name }
        return {
          severity: 'info',
          object,
          summary: `no NetworkPolicy, while ${guarded.size} other namespace${guarded.size === 1 ? ' has' : 's have'} some: its pods reach and are reached by everything`,
          fix: 'start with a default-deny policy for ingress and allow what it needs',
        }
      })
  },
}
