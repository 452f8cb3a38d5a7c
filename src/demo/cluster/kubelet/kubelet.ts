import type { Controller } from '../controllers/control-loops.ts'
import { type Hands, keyOf, splitKey } from '../controllers/hands.ts'
import type { Container, ContainerStatus, Pod } from '../controllers/objects.ts'
import type { Behaviours } from './behaviour.ts'
import { mountFault } from './config.ts'
import { stepContainer } from './container.ts'
import { runEphemeral } from './ephemeral.ts'
import { type ContainerRuntime, type ContainerStep, type Kubelet, newContainer, type PodRuntime } from './runtime.ts'
import { podStatus } from './status.ts'

/** Kubelets that run containers as their images' behaviours say. */
export function createKubelet(hands: Hands, behaviours: Behaviours): Kubelet {
  const used = new Map<string, number>()
  return {
    hands,
    behaviours,
    runtimes: new Map(),
    images: new Set(),
    offline: new Set(),
    nextAddress: (node) => {
      const index = Math.max(
        0,
        hands.list('nodes').findIndex((entry) => entry.metadata.name === node),
      )
      const next = (used.get(node) ?? 1) + 1
      used.set(node, next)
      return `10.244.${index + Math.floor(next / 250) * 16}.${(next % 250) + 2}`
    },
  }
}

/** The control loop of the kubelets. */
export function kubeletController(kubelet: Kubelet): Controller {
  const { hands } = kubelet
  return {
    name: 'kubelet',
    watches: {
      pods: (pod, change) => {
        if (change?.type === 'DELETED') kubelet.runtimes.delete(pod.metadata.uid ?? '')
        return (pod as Pod).spec.nodeName === undefined || change?.type === 'DELETED' ? [] : [keyOf(pod)]
      },
    },
    reconcile: (key) => {
      const pod = hands.get<Pod>('pods', ...splitKey(key))
      if (pod?.spec.nodeName === undefined || kubelet.offline.has(pod.spec.nodeName)) return undefined
      return syncPod(kubelet, pod)
    },
  }
}

function syncPod(kubelet: Kubelet, pod: Pod): number | undefined {
  const { hands } = kubelet
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') {
    if (pod.metadata.deletionTimestamp !== undefined) hands.remove('pods', pod, { gracePeriodSeconds: 0 })
    return undefined
  }
  const runtime = runtimeOf(kubelet, pod)
  if (pod.metadata.deletionTimestamp !== undefined) return terminate(kubelet, pod, runtime)
  const mounting = mount(kubelet, pod, runtime)
  if (mounting !== undefined) {
    report(kubelet, pod, runtime)
    return mounting
  }
  runtime.ip ??= pod.spec.hostNetwork === true ? hostAddress(hands, pod) : kubelet.nextAddress(pod.spec.nodeName ?? '')
  const waits = runContainers(kubelet, pod, runtime)
  report(kubelet, pod, runtime)
  const next = waits.filter((wait) => wait !== undefined)
  return next.length === 0 ? undefined : Math.max(1, Math.min(...next))
}

function runtimeOf(kubelet: Kubelet, pod: Pod): PodRuntime {
  const uid = pod.metadata.uid ?? ''
  let runtime = kubelet.runtimes.get(uid)
  if (runtime === undefined) {
    runtime = {
      uid,
      containers: new Map(),
      ip: pod.status.podIP,
      mountTries: 0,
      mountRetryAt: 0,
      killingSince: undefined,
      settledAt: 0,
    }
    const init = new Map((pod.status.initContainerStatuses ?? []).map((status) => [status.name, status]))
    const main = new Map((pod.status.containerStatuses ?? []).map((status) => [status.name, status]))
    const waiting = (pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating'
    for (const container of pod.spec.initContainers ?? [])
      runtime.containers.set(container.name, adopt(init.get(container.name), 'PodInitializing'))
    for (const container of pod.spec.containers)
      runtime.containers.set(container.name, adopt(main.get(container.name), waiting))
    kubelet.runtimes.set(uid, runtime)
  }
  return runtime
}

/** A container that ran before this kubelet looked goes on as its status says. */
function adopt(status: ContainerStatus | undefined, waiting: string): ContainerRuntime {
  const container = newContainer(waiting)
  const running = status?.state.running
  if (status === undefined || (running === undefined && status.state.terminated === undefined)) return container
  container.id = (status.containerID ?? '').replace('containerd://', '')
  container.restarts = status.restartCount
  container.last = status.lastState.terminated
  container.ready = status.ready
  container.started = status.started === true
  container.state = running === undefined ? 'ended' : 'running'
  container.ended = status.state.terminated
  container.startedAt = running === undefined ? 0 : Date.parse(running.startedAt)
  container.listensAt = container.startedAt
  container.until = Number.POSITIVE_INFINITY
  return container
}

function hostAddress(hands: Hands, pod: Pod): string {
  const node = hands.get<{ status: { addresses?: { type: string; address: string }[] } } & Pod>(
    'nodes',
    undefined,
    pod.spec.nodeName ?? '',
  )
  return node?.status.addresses?.find((entry) => entry.type === 'InternalIP')?.address ?? '172.18.0.2'
}

/** Volumes are mounted before anything starts; returns when to try again. */
function mount(kubelet: Kubelet, pod: Pod, runtime: PodRuntime): number | undefined {
  const { hands } = kubelet
  if ([...runtime.containers.values()].some((container) => container.startedAt > 0)) return undefined
  const fault = mountFault(hands, pod)
  if (fault === undefined) return undefined
  const now = hands.clock.now()
  if (now < runtime.mountRetryAt) return runtime.mountRetryAt - now
  const wait = hands.pace(Math.min(122_000, 500 * 2 ** runtime.mountTries))
  runtime.mountTries++
  runtime.mountRetryAt = now + wait
  hands.event(
    pod,
    { type: 'Warning', reason: 'FailedMount', message: fault.message },
    { component: 'kubelet', host: pod.spec.nodeName ?? '' },
  )
  return wait
}

function runContainers(kubelet: Kubelet, pod: Pod, runtime: PodRuntime): (number | undefined)[] {
  const waits: (number | undefined)[] = []
  const step = (container: Container, kind: ContainerStep['kind']): ContainerRuntime => {
    const state = runtime.containers.get(container.name) ?? newContainer('ContainerCreating')
    runtime.containers.set(container.name, state)
    waits.push(stepContainer(kubelet, { pod, container, state, kind, address: runtime.ip ?? '' }))
    return state
  }
  for (const container of pod.spec.initContainers ?? []) {
    const sidecar = container.restartPolicy === 'Always'
    const state = step(container, sidecar ? 'sidecar' : 'init')
    if (sidecar ? !state.started : !(state.state === 'ended' && state.ended?.exitCode === 0)) return waits
  }
  for (const container of pod.spec.containers) {
    const state = runtime.containers.get(container.name)
    if (state !== undefined && state.state === 'waiting' && state.waiting.reason === 'PodInitializing')
      state.waiting = { reason: 'ContainerCreating' }
    step(container, 'main')
  }
  waits.push(...runEphemeral(kubelet, pod, runtime))
  return waits
}

function terminate(kubelet: Kubelet, pod: Pod, runtime: PodRuntime): number | undefined {
  const { hands } = kubelet
  const now = hands.clock.now()
  const host = { component: 'kubelet', host: pod.spec.nodeName ?? '' }
  if (runtime.killingSince === undefined) {
    runtime.killingSince = now
    for (const [name, container] of runtime.containers) {
      if (container.state !== 'running') continue
      hands.event(
        pod,
        { type: 'Normal', reason: 'Killing', message: `Stopping container ${name}`, fieldPath: fieldPathOf(pod, name) },
        host,
      )
    }
  }
  const grace = Math.min((pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000, 1200)
  const end = runtime.killingSince + hands.pace(grace)
  if (now < end) return end - now
  hands.remove('pods', pod, { gracePeriodSeconds: 0 })
  return undefined
}

/** Where a container stands in its pod's spec, as events name it. */
export function fieldPathOf(pod: Pod, name: string): string {
  const init = (pod.spec.initContainers ?? []).some((container) => container.name === name)
  return `spec.${init ? 'initContainers' : 'containers'}{${name}}`
}

function report(kubelet: Kubelet, pod: Pod, runtime: PodRuntime): void {
  const { hands } = kubelet
  const live = hands.get<Pod>('pods', pod.metadata.namespace, pod.metadata.name)
  if (live === undefined || live.metadata.uid !== pod.metadata.uid) return
  hands.status('pods', live, podStatus(hands, live, runtime), 'kubelet')
}
