import type { Container, Pod, Probe } from '../controllers/objects.ts'
import type { Behaviour } from './behaviour.ts'
import { say } from './log-book.ts'
import { connectFault, portNumber } from './network.ts'
import type { ContainerRuntime, ContainerStep, Kubelet } from './runtime.ts'

/** The ports that a container of this image listens on once it is up. */
function portsOf(behaviour: Behaviour, container: Container): readonly number[] {
  if (behaviour.listensOn !== undefined) return behaviour.listensOn
  const declared = (container.ports ?? []).map((port) => port.containerPort)
  if (declared.length > 0) return declared
  return [container.readinessProbe, container.livenessProbe, container.startupProbe].flatMap((probe) => {
    const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port
    return typeof port === 'number' ? [port] : []
  })
}

/** The ports that a pod's running containers listen on now. */
export function listeningPorts(kubelet: Kubelet, pod: Pod): readonly number[] {
  if (kubelet.offline.has(pod.spec.nodeName ?? '')) return []
  const runtime = kubelet.runtimes.get(pod.metadata.uid ?? '')
  const now = kubelet.hands.clock.now()
  return pod.spec.containers.flatMap((container) => {
    const state = runtime?.containers.get(container.name)
    const up = state?.state === 'running' && now >= state.listensAt
    return up ? portsOf(kubelet.behaviours.of(container.image), container) : []
  })
}

/** Runs what is due of a container's probes; returns when the next is. */
export function probeContainer(
  kubelet: Kubelet,
  step: ContainerStep,
  kill: (message: string) => void,
): number | undefined {
  const { container, state } = step
  const behaviour = kubelet.behaviours.of(container.image)
  const now = kubelet.hands.clock.now()
  const faults = needFaults(kubelet, step, behaviour)
  const waits: number[] = faults.next === undefined ? [] : [faults.next]
  for (const kind of ['startup', 'liveness', 'readiness'] as const) {
    const probe = container[`${kind}Probe`]
    if (probe === undefined || (kind !== 'startup' && !state.started) || (kind === 'startup' && state.started)) continue
    const count = state.probes[kind]
    if (count.nextAt === 0)
      count.nextAt = Math.max(
        state.startedAt + kubelet.hands.pace((probe.initialDelaySeconds ?? 0) * 1000),
        state.listensAt > now && kind === 'readiness' ? state.listensAt : 0,
      )
    if (count.nextAt > now) {
      waits.push(count.nextAt - now)
      continue
    }
    count.nextAt = now + kubelet.hands.pace(probe.periodSeconds * 1000)
    const problem = probeProblem(kubelet, step, behaviour, probe, kind === 'readiness' ? faults.unready : undefined)
    if (settle(kubelet, step, kind, probe, problem, kill)) return undefined
    if (kind === 'startup' && state.started) return probeContainer(kubelet, step, kill)
    const calm = problem === undefined && faults.next === undefined && count.successes >= probe.successThreshold
    if (!calm) waits.push(count.nextAt - now)
  }
  return waits.length === 0 ? undefined : Math.min(...waits)
}

/** Counts one result; returns whether the container was killed for it. */
function settle(
  kubelet: Kubelet,
  step: ContainerStep,
  kind: 'startup' | 'liveness' | 'readiness',
  probe: Probe,
  problem: string | undefined,
  kill: (message: string) => void,
): boolean {
  const { container, state } = step
  const count = state.probes[kind]
  if (problem === undefined) {
    count.failures = 0
    count.successes++
    if (count.successes < probe.successThreshold) return false
    if (kind === 'startup') {
      state.started = true
      state.ready = container.readinessProbe === undefined
    }
    if (kind === 'readiness') state.ready = true
    return false
  }
  count.successes = 0
  count.failures++
  const title = `${kind[0]?.toUpperCase()}${kind.slice(1)}`
  note(kubelet, step, `${title} probe failed: ${problem}`)
  if (count.failures < probe.failureThreshold) return false
  if (kind === 'readiness') {
    state.ready = false
    return false
  }
  count.failures = 0
  kill(`Container ${container.name} failed ${kind} probe, will be restarted`)
  return true
}

function note(kubelet: Kubelet, { pod, container }: ContainerStep, message: string): void {
  kubelet.hands.event(
    pod,
    { type: 'Warning', reason: 'Unhealthy', message, fieldPath: `spec.containers{${container.name}}` },
    { component: 'kubelet', host: pod.spec.nodeName ?? '' },
  )
}

function probeProblem(
  kubelet: Kubelet,
  step: ContainerStep,
  behaviour: Behaviour,
  probe: Probe,
  unready: string | undefined,
): string | undefined {
  const { pod, container, state, address } = step
  const up = kubelet.hands.clock.now() >= state.listensAt
  const target = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port
  if (target === undefined) return up ? (unready === undefined ? undefined : '') : ''
  const port = portNumber({ ...pod, spec: { ...pod.spec, containers: [container] } }, target)
  const open = up && portsOf(behaviour, container).includes(port)
  const refused = `dial tcp ${address}:${port}: connect: connection refused`
  const http = probe.httpGet
  if (http === undefined)
    return open
      ? undefined
      : probe.grpc === undefined
        ? refused
        : `timeout: failed to connect service "${address}:${port}" within 1s: context deadline exceeded`
  if (!open) return `Get "${(http.scheme ?? 'HTTP').toLowerCase()}://${address}:${port}${http.path ?? '/'}": ${refused}`
  if (behaviour.paths !== undefined && !behaviour.paths.includes(http.path ?? '/'))
    return 'HTTP probe failed with statuscode: 404'
  return unready === undefined ? undefined : 'HTTP probe failed with statuscode: 503'
}

const checkEvery = 10_000

/** Connections that a running program has lost: it logs them, and says that it is not ready where it cannot do without. */
function needFaults(
  kubelet: Kubelet,
  step: ContainerStep,
  behaviour: Behaviour,
): { unready: string | undefined; next: number | undefined } {
  const { pod, container, state, address } = step
  const needs = behaviour.needs ?? []
  if (needs.length === 0) return { unready: undefined, next: undefined }
  const { hands } = kubelet
  const now = hands.clock.now()
  const here: Pod = { ...pod, status: { ...pod.status, podIP: address } }
  let unready: string | undefined
  for (const need of needs) {
    const fault = connectFault(hands, here, need.host, need.port, (other) => listeningPorts(kubelet, other))
    if (fault === undefined) continue
    if (need.without === 'unready') unready ??= fault
    complain(state, now, need.says.replace('{error}', fault))
  }
  return { unready, next: hands.pace((container.readinessProbe?.periodSeconds ?? checkEvery / 1000) * 1000) }
}

/** At most one such line a second. */
function complain(state: ContainerRuntime, now: number, text: string): void {
  const last = state.log.lines.at(-1)
  if (last !== undefined && now - last.at < 900 && last.text === text) return
  say(state.log, now, text)
}
