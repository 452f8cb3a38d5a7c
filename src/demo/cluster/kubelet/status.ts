import { seconds } from '../clock.ts'
import { withCondition } from '../controllers/conditions.ts'
import type { Hands } from '../controllers/hands.ts'
import type { Condition, Container, ContainerStatus, Node, Pod, PodStatus } from '../controllers/objects.ts'
import { fullName } from './behaviour.ts'
import { ephemeralStatuses } from './ephemeral.ts'
import { imageId } from './images.ts'
import type { ContainerRuntime, PodRuntime } from './runtime.ts'

/** A pod's status as its kubelet sees it. */
export function podStatus(hands: Hands, pod: Pod, runtime: PodRuntime): PodStatus {
  const init = (pod.spec.initContainers ?? []).map((container) => containerStatus(container, runtime, true))
  const main = pod.spec.containers.map((container) => containerStatus(container, runtime, false))
  const ephemeral = ephemeralStatuses(pod, runtime)
  const phase = phaseOf(pod, init, main)
  const node = hands.get<Node>('nodes', undefined, pod.spec.nodeName ?? '')
  const hostIP = node?.status.addresses?.find((entry) => entry.type === 'InternalIP')?.address
  const { message: _message, reason: _reason, ...kept } = pod.status
  return {
    ...kept,
    observedGeneration: pod.metadata.generation ?? 1,
    phase,
    conditions: conditionsOf(hands, pod, runtime, init, main, phase),
    ...(hostIP === undefined ? {} : { hostIP, hostIPs: [{ ip: hostIP }] }),
    ...(runtime.ip === undefined ? {} : { podIP: runtime.ip, podIPs: [{ ip: runtime.ip }] }),
    startTime: pod.status.startTime ?? hands.clock.stamp(),
    ...(init.length === 0 ? {} : { initContainerStatuses: init }),
    containerStatuses: main,
    ...(ephemeral.length === 0 ? {} : { ephemeralContainerStatuses: ephemeral }),
    qosClass: pod.status.qosClass ?? 'BestEffort',
  }
}

function containerStatus(container: Container, runtime: PodRuntime, isInit: boolean): ContainerStatus {
  const state = runtime.containers.get(container.name)
  const seen = state !== undefined && state.id !== ''
  return {
    name: container.name,
    state: stateOf(state),
    lastState: state?.last === undefined ? {} : { terminated: state.last },
    ready: readyOf(state, isInit),
    restartCount: state?.restarts ?? 0,
    image: seen ? fullName(container.image) : container.image,
    imageID: seen ? imageId(container.image) : '',
    ...(seen ? { containerID: `containerd://${state.id}` } : {}),
    started: state?.state === 'running' && state.started,
  }
}

/** An init container is ready once it has done its work, any other while it runs and its probe says so. */
function readyOf(state: ContainerRuntime | undefined, isInit: boolean): boolean {
  if (state === undefined) return false
  if (isInit && state.state === 'ended') return state.ended?.exitCode === 0
  return state.state === 'running' && state.ready
}

function stateOf(state: ContainerRuntime | undefined): ContainerStatus['state'] {
  if (state === undefined) return { waiting: { reason: 'ContainerCreating' } }
  if (state.state === 'running') return { running: { startedAt: seconds(state.startedAt) } }
  if (state.state === 'ended' && state.ended !== undefined) return { terminated: state.ended }
  return { waiting: state.waiting }
}

function phaseOf(pod: Pod, init: readonly ContainerStatus[], main: readonly ContainerStatus[]): PodStatus['phase'] {
  const sidecars = new Set(
    (pod.spec.initContainers ?? [])
      .filter((container) => container.restartPolicy === 'Always')
      .map((container) => container.name),
  )
  const setup = init.filter((status) => !sidecars.has(status.name))
  if (
    setup.some((status) => status.state.terminated !== undefined && status.state.terminated.exitCode !== 0) &&
    pod.spec.restartPolicy === 'Never'
  )
    return 'Failed'
  if (setup.some((status) => status.state.terminated?.exitCode !== 0)) return 'Pending'
  if (main.some((status) => status.state.waiting !== undefined && status.lastState.terminated === undefined))
    return 'Pending'
  if (main.some((status) => status.state.running !== undefined)) return 'Running'
  if (pod.spec.restartPolicy === 'Always') return 'Running'
  if (main.some((status) => status.state.waiting !== undefined)) return 'Running'
  if (main.every((status) => status.state.terminated?.exitCode === 0)) return 'Succeeded'
  return pod.spec.restartPolicy === 'Never' ? 'Failed' : 'Running'
}

function conditionsOf(
  hands: Hands,
  pod: Pod,
  runtime: PodRuntime,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
  phase: PodStatus['phase'],
): Condition[] {
  const now = hands.clock.stamp()
  const observedGeneration = pod.metadata.generation ?? 1
  const sidecars = new Set(
    (pod.spec.initContainers ?? [])
      .filter((container) => container.restartPolicy === 'Always')
      .map((container) => container.name),
  )
  const unready = main.filter((status) => !status.ready).map((status) => status.name)
  const incomplete = init
    .filter((status) => (sidecars.has(status.name) ? !status.started : status.state.terminated?.exitCode !== 0))
    .map((status) => status.name)
  const finished = phase === 'Succeeded'
  const ready: Omit<Condition, 'type'> = finished
    ? { status: 'False', reason: 'PodCompleted' }
    : unready.length === 0 && incomplete.length === 0
      ? { status: 'True' }
      : {
          status: 'False',
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${unready.join(' ')}]`,
        }
  const initialized: Omit<Condition, 'type'> = finished
    ? { status: 'True', reason: 'PodCompleted' }
    : incomplete.length === 0
      ? { status: 'True' }
      : {
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        }
  const wanted: Condition[] = [
    { type: 'PodReadyToStartContainers', status: runtime.ip !== undefined && !finished ? 'True' : 'False' },
    { type: 'Initialized', ...initialized },
    { type: 'Ready', ...ready },
    { type: 'ContainersReady', ...ready },
  ]
  let conditions: Condition[] = pod.status.conditions ?? []
  for (const condition of wanted)
    conditions = withCondition(conditions, { ...condition, lastProbeTime: null, observedGeneration }, now)
  const order = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']
  return [...conditions].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type))
}
