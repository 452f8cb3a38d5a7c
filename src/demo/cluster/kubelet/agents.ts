import { createHash } from 'node:crypto'
import { seconds } from '../clock.ts'
import type { Container, Node, Pod } from '../controllers/objects.ts'
import type { LogOptions, NodeAgents } from '../http/api.ts'
import { ApiError, badRequest } from '../registry/errors.ts'
import { quantity } from '../schema/quantity.ts'
import type { Fields } from '../types.ts'
import { logText } from './log-book.ts'
import { nodeLogFiles } from './node-logs.ts'
import type { Kubelet } from './runtime.ts'

/** The kubelets as the API server and metrics-server reach them. */
export function createAgents(kubelet: Kubelet): NodeAgents {
  const { hands } = kubelet
  return {
    logs: (pod, container, options) => logs(kubelet, pod as Pod, container, options),
    podMetrics: (pod) => podMetrics(kubelet, pod as Pod),
    nodeMetrics: (node) => nodeMetrics(kubelet, node as Node),
    nodeLogs: (node, path) => nodeLogFiles(hands, node as Node, path),
    statsSummary: (node) => statsSummary(kubelet, node as Node),
  }
}

function logs(kubelet: Kubelet, pod: Pod, name: string, options: LogOptions): string {
  if (kubelet.offline.has(pod.spec.nodeName ?? '')) {
    throw new ApiError(
      500,
      'InternalError',
      `Get "https://${pod.status.hostIP}:10250/containerLogs/${pod.metadata.namespace}/${pod.metadata.name}/${name}": dial tcp ${pod.status.hostIP}:10250: connect: no route to host`,
    )
  }
  const who = `container "${name}" in pod "${pod.metadata.name}"`
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status
  const status = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (entry) => entry.name === name,
  )
  if (status === undefined) throw badRequest(`${who} is not available`)
  const runtime = kubelet.runtimes.get(pod.metadata.uid ?? '')?.containers.get(name)
  const { state, lastState } = status
  const now = kubelet.hands.clock.now()
  const text = (book: Parameters<typeof logText>[0] | undefined): string =>
    book === undefined ? '' : logText(book, now, options)
  if (options.previous) {
    if (lastState.terminated === undefined) throw badRequest(`previous terminated ${who} not found`)
    return text(state.waiting !== undefined ? runtime?.log : runtime?.previousLog)
  }
  if (state.running === undefined && state.terminated === undefined && lastState.terminated === undefined) {
    const reason = state.waiting?.reason ?? 'ContainerCreating'
    const words: Readonly<Record<string, string>> = {
      ErrImagePull: "image can't be pulled",
      ImagePullBackOff: 'trying and failing to pull image',
    }
    throw badRequest(`${who} is waiting to start: ${words[reason] ?? reason}`)
  }
  return text(runtime?.log)
}

const window = 15_000

/** A steady wobble of ±8 % that depends on the pod and the minute only. */
function wobble(key: string, now: number): number {
  const hash = createHash('sha256')
    .update(`${key} ${Math.floor(now / 60_000)}`)
    .digest()
    .readUInt16BE(0)
  return 0.92 + (hash / 65_535) * 0.16
}

function useOf(kubelet: Kubelet, pod: Pod, container: Container): { cpu: number; memory: number } {
  const behaviour = kubelet.behaviours.of(container.image)
  const requests = container.resources?.requests ?? {}
  const factor = wobble(`${pod.metadata.uid} ${container.name}`, kubelet.hands.clock.now())
  const limit = container.resources?.limits?.['memory']
  const memory = (behaviour.memory ?? quantity(requests['memory'] ?? '64Mi') * 0.6) * factor
  return {
    cpu: (behaviour.cpu ?? quantity(requests['cpu'] ?? '50m') * 0.3) * factor,
    memory: limit === undefined ? memory : Math.min(memory, quantity(limit)),
  }
}

const cores = (amount: number): string => `${Math.max(1, Math.round(amount * 1e9))}n`
const kibibytes = (amount: number): string => `${Math.max(1, Math.round(amount / 1024))}Ki`

function podMetrics(kubelet: Kubelet, pod: Pod): Fields | undefined {
  const { clock } = kubelet.hands
  if (pod.status.phase !== 'Running' || kubelet.offline.has(pod.spec.nodeName ?? '')) return undefined
  const running = pod.spec.containers.filter(
    (container) =>
      pod.status.containerStatuses?.find((status) => status.name === container.name)?.state.running !== undefined,
  )
  if (running.length === 0) return undefined
  return {
    metadata: {
      name: pod.metadata.name,
      namespace: pod.metadata.namespace,
      creationTimestamp: clock.stamp(),
      labels: pod.metadata.labels ?? {},
    },
    timestamp: seconds(clock.now() - window),
    window: '15s',
    containers: running.map((container) => {
      const { cpu, memory } = useOf(kubelet, pod, container)
      return { name: container.name, usage: { cpu: cores(cpu), memory: kibibytes(memory) } }
    }),
  }
}

/** Sums what the pods of a node use. */
export function nodeUse(kubelet: Kubelet, node: string): { cpu: number; memory: number } {
  const total = { cpu: 0.12, memory: 700 * 2 ** 20 }
  for (const pod of kubelet.hands.list<Pod>('pods')) {
    if (pod.spec.nodeName !== node || pod.status.phase !== 'Running') continue
    for (const container of pod.spec.containers) {
      const use = useOf(kubelet, pod, container)
      total.cpu += use.cpu
      total.memory += use.memory
    }
  }
  return total
}

function nodeMetrics(kubelet: Kubelet, node: Node): Fields | undefined {
  const { name } = node.metadata
  if (kubelet.offline.has(name)) return undefined
  const { clock } = kubelet.hands
  const use = nodeUse(kubelet, name)
  return {
    metadata: { name, creationTimestamp: clock.stamp(), labels: node.metadata.labels ?? {} },
    timestamp: seconds(clock.now() - window),
    window: '15s',
    usage: { cpu: cores(use.cpu), memory: kibibytes(use.memory) },
  }
}

/** The average CPU use of pods against their requests, in percent; undefined when nothing is measured or requested. */
export function cpuUtilization(
  kubelet: Kubelet,
  pods: readonly Pod[],
): { percent: number; average: number } | undefined {
  let used = 0
  let requested = 0
  for (const pod of pods) {
    if (podMetrics(kubelet, pod) === undefined) continue
    for (const container of pod.spec.containers) {
      used += useOf(kubelet, pod, container).cpu
      requested += quantity(container.resources?.requests?.['cpu'] ?? '0')
    }
  }
  return requested === 0
    ? undefined
    : { percent: Math.round((used / requested) * 100), average: used / Math.max(1, pods.length) }
}

function statsSummary(kubelet: Kubelet, node: Node): Fields {
  const { hands } = kubelet
  const time = hands.clock.stamp()
  const use = nodeUse(kubelet, node.metadata.name)
  const pods = hands
    .list<Pod>('pods')
    .filter((pod) => pod.spec.nodeName === node.metadata.name && pod.status.phase === 'Running')
  const capacity = quantity(node.status.capacity['memory'] ?? '0')
  return {
    node: {
      nodeName: node.metadata.name,
      startTime: node.metadata.creationTimestamp,
      cpu: { time, usageNanoCores: Math.round(use.cpu * 1e9) },
      memory: {
        time,
        availableBytes: Math.round(capacity - use.memory),
        usageBytes: Math.round(use.memory * 1.1),
        workingSetBytes: Math.round(use.memory),
      },
      fs: {
        time,
        availableBytes: 61_203_283_968,
        capacityBytes: 85_886_742_528,
        usedBytes: 24_683_458_560,
        inodesFree: 40_120_331,
        inodes: 41_942_464,
        inodesUsed: 1_822_133,
      },
    },
    pods: pods.map((pod) => ({
      podRef: { name: pod.metadata.name, namespace: pod.metadata.namespace, uid: pod.metadata.uid },
      startTime: pod.status.startTime,
      containers: pod.spec.containers.map((container) => {
        const { cpu, memory } = useOf(kubelet, pod, container)
        return {
          name: container.name,
          startTime: pod.status.startTime,
          cpu: { time, usageNanoCores: Math.round(cpu * 1e9) },
          memory: { time, workingSetBytes: Math.round(memory), usageBytes: Math.round(memory * 1.1) },
        }
      }),
    })),
  }
}
