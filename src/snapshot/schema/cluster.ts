import type {
  LimitRange,
  Namespace,
  Node,
  PriorityClass,
  ResourceQuota,
  RuntimeClass,
} from '../../domain/kubernetes.ts'
import { metadata, namespaceConditions, nodeConditions, quantities, texts } from './meta.ts'
import { bool, f, int, list, message, raw, text, time } from './shape.ts'

type Some<T> = NonNullable<T>

export const node = message<Omit<Node, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<Node['spec']>>({
      podCIDR: f(1, text),
      providerID: f(3, text),
      unschedulable: f(4, bool),
      taints: f(
        5,
        list(
          message<Some<Some<Node['spec']>['taints']>[number]>({
            key: f(1, text),
            value: f(2, text),
            effect: f(3, text),
            timeAdded: f(4, time),
          }),
        ),
      ),
      podCIDRs: f(7, texts),
    }),
  ),
  status: f(
    3,
    message<Some<Node['status']>>({
      capacity: f(1, quantities),
      allocatable: f(2, quantities),
      conditions: f(4, nodeConditions),
      addresses: f(5, list(message<{ type?: string; address?: string }>({ type: f(1, text), address: f(2, text) }))),
      nodeInfo: f(
        7,
        message<Some<Some<Node['status']>['nodeInfo']>>({
          osImage: f(5, text),
          containerRuntimeVersion: f(6, text),
          kubeletVersion: f(7, text),
          operatingSystem: f(9, text),
          architecture: f(10, text),
        }),
      ),
    }),
  ),
})

export const namespace = message<Omit<Namespace, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(2, message<Some<Namespace['spec']>>({ finalizers: f(1, texts) })),
  status: f(3, message<Some<Namespace['status']>>({ phase: f(1, text), conditions: f(2, namespaceConditions) })),
})

type QuotaScopes = Some<Some<ResourceQuota['spec']>['scopeSelector']>

const scopedRequirement = message<Some<QuotaScopes['matchExpressions']>[number]>({
  scopeName: f(1, text),
  operator: f(2, text),
  values: f(3, texts),
})

export const resourceQuota = message<Omit<ResourceQuota, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<ResourceQuota['spec']>>({
      hard: f(1, quantities),
      scopes: f(2, texts),
      scopeSelector: f(3, message<QuotaScopes>({ matchExpressions: f(1, list(scopedRequirement)) })),
    }),
  ),
  status: f(3, message<Some<ResourceQuota['status']>>({ hard: f(1, quantities), used: f(2, quantities) })),
})

export const limitRange = message<Omit<LimitRange, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  spec: f(
    2,
    message<Some<LimitRange['spec']>>({
      limits: f(
        1,
        list(
          message<Some<Some<LimitRange['spec']>['limits']>[number]>({
            type: f(1, text),
            max: f(2, quantities),
            min: f(3, quantities),
            default: f(4, quantities),
            defaultRequest: f(5, quantities),
            maxLimitRequestRatio: f(6, quantities),
          }),
        ),
      ),
    }),
  ),
  status: f(0, raw),
})

export const priorityClass = message<Omit<PriorityClass, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  value: f(2, int),
  globalDefault: f(3, bool),
  preemptionPolicy: f(5, text),
})

export const runtimeClass = message<Omit<RuntimeClass, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  handler: f(2, text),
})
