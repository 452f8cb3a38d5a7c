import { seconds } from '../clock.ts'
import type { ContainerStatus, Pod } from '../controllers/objects.ts'
import { listAt } from '../types.ts'
import { imageId } from './images.ts'
import { say } from './log-book.ts'
import { connectFault } from './network.ts'
import { listeningPorts } from './probes.ts'
import { type ContainerRuntime, type Kubelet, newContainer, type PodRuntime } from './runtime.ts'

type Ephemeral = { readonly name: string; readonly image: string; readonly command?: readonly string[] }

/** The ephemeral containers that a pod was given. */
export const ephemeralOf = (pod: Pod): readonly Ephemeral[] =>
  listAt(pod.spec as never, 'ephemeralContainers') as readonly Ephemeral[]

/** Brings the ephemeral containers of a pod a step further: each runs its command once. Returns when something is due. */
export function runEphemeral(kubelet: Kubelet, pod: Pod, runtime: PodRuntime): (number | undefined)[] {
  return ephemeralOf(pod).map((container) => {
    const state = runtime.containers.get(container.name) ?? newContainer('ContainerCreating')
    runtime.containers.set(container.name, state)
    return step(kubelet, pod, container, state)
  })
}

function step(kubelet: Kubelet, pod: Pod, container: Ephemeral, state: ContainerRuntime): number | undefined {
  const { hands } = kubelet
  const now = hands.clock.now()
  if (state.state === 'waiting') {
    const { code, lines, lasts } = outcome(kubelet, pod, container.command ?? [])
    Object.assign(state, {
      state: 'running',
      startedAt: now,
      id: `${container.name}-${now}`,
      until: now + hands.pace(lasts),
    })
    state.planned = { exitCode: code, reason: code === 0 ? 'Completed' : 'Error', lines }
  }
  if (state.state !== 'running') return undefined
  if (now < state.until) return state.until - now
  for (const line of state.planned?.lines ?? []) say(state.log, now, line)
  state.state = 'ended'
  state.ended = {
    exitCode: state.planned?.exitCode ?? 0,
    reason: state.planned?.reason ?? 'Completed',
    startedAt: seconds(state.startedAt),
    finishedAt: seconds(now),
    containerID: `containerd://${state.id}`,
  }
  return undefined
}

type Outcome = { readonly code: number; readonly lines: readonly string[]; readonly lasts: number }

/** What the programs of busybox say about the network as the simulation has it. */
function outcome(kubelet: Kubelet, pod: Pod, command: readonly string[]): Outcome {
  const [program = '', ...rest] = command[0] === 'timeout' ? command.slice(2) : command
  const fault = (host: string, port: number) =>
    connectFault(kubelet.hands, pod, host, port, (other) => listeningPorts(kubelet, other))
  switch (program) {
    case 'nslookup': {
      const host = rest.at(-1) ?? ''
      const why = fault(host, 80)
      const lost = why?.includes('lookup') === true
      return lost
        ? { code: 1, lines: ['Server:\t\t10.96.0.10', `** server can't find ${host}: ${why}`], lasts: 600 }
        : { code: 0, lines: ['Server:\t\t10.96.0.10', `Name:\t${host}`], lasts: 400 }
    }
    case 'nc': {
      const [host = '', port = ''] = rest.slice(-2)
      const why = fault(host, Number(port))
      return why === undefined
        ? { code: 0, lines: [`${host} (${host}:${port}) open`], lasts: 400 }
        : { code: 1, lines: [`nc: ${host} (${host}:${port}): ${why}`], lasts: 900 }
    }
    case 'wget': {
      const url = new URL(rest.at(-1) ?? 'http://none')
      const why = fault(url.hostname, Number(url.port || 80))
      return why === undefined
        ? { code: 0, lines: [`Connecting to ${url.host}`, '  HTTP/1.1 200 OK'], lasts: 400 }
        : { code: 1, lines: [`Connecting to ${url.host}`, `wget: ${why}`], lasts: 900 }
    }
    default:
      return { code: 0, lines: [], lasts: program === 'sleep' ? Number(rest[0] ?? 0) * 1000 : 100 }
  }
}

/** Their statuses, as the kubelet reports them. */
export function ephemeralStatuses(pod: Pod, runtime: PodRuntime): ContainerStatus[] {
  return ephemeralOf(pod).map(({ name, image }) => {
    const state = runtime.containers.get(name)
    return {
      name,
      state:
        state?.state === 'running'
          ? { running: { startedAt: seconds(state.startedAt) } }
          : state?.ended !== undefined
            ? { terminated: state.ended }
            : { waiting: { reason: 'ContainerCreating' } },
      lastState: {},
      ready: false,
      restartCount: 0,
      image,
      imageID: imageId(image),
      started: state?.state === 'running',
    }
  })
}
