import type { NodeAgents } from '../http/api.ts'
import { badRequest } from '../registry/errors.ts'
import { fieldsAt } from '../types.ts'

/** The answers of nodes that run nothing: what a cluster without kubelets says. */
export const idleAgents: NodeAgents = {
  logs: (pod, container) => {
    const node = String(fieldsAt(pod, 'spec')['nodeName'] ?? '')
    throw badRequest(
      `container "${container}" in pod "${pod.metadata.name}" is waiting to start: ContainerCreating (node ${node} runs no kubelet)`,
    )
  },
  podMetrics: () => undefined,
  nodeMetrics: () => undefined,
  nodeLogs: () => undefined,
  statsSummary: () => ({}),
}
