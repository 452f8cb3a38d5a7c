import { createHash } from 'node:crypto'
import { seconds } from '../clock.ts'
import type { Pod } from '../controllers/objects.ts'
import { quantity } from '../schema/quantity.ts'
import type { Behaviour } from './behaviour.ts'
import { ConfigFault, environmentOf, filesOf } from './config.ts'
import { imageSize, isImageName, pullError } from './images.ts'
import { say } from './log-book.ts'
import { connectFault } from './network.ts'
import { listeningPorts, probeContainer } from './probes.ts'
import type { ContainerRuntime, ContainerStep, Kubelet } from './runtime.ts'

const firstBackOff = 10_000
const longestBackOff = 300_000

/** Brings one container a step further; returns the milliseconds until something is due. */
export function stepContainer(kubelet: Kubelet, step: ContainerStep): number | undefined {
  const { state } = step
  for (let round = 0; round < 12; round++) {
    const now = kubelet.hands.clock.now()
    const busy = now < state.until
    switch (state.state) {
      case 'waiting':
        if (busy) return state.until - now
        if (state.waiting.reason === 'CrashLoopBackOff') restart(kubelet, step)
        else startPull(kubelet, step)
        break
      case 'pulling':
        if (busy) return state.until - now
        finishPull(kubelet, step)
        break
      case 'ended':
        if (busy && state.until !== Number.POSITIVE_INFINITY) return state.until - now
        if (!restarts(step)) return undefined
        restart(kubelet, step)
        break
      case 'running': {
        if (state.planned !== undefined && !busy) {
          end(kubelet, step, state.planned)
          break
        }
        const probing = probeContainer(kubelet, step, (message) => kill(kubelet, step, message))
        const wait =
          state.planned === undefined ? probing : Math.min(state.until - now, probing ?? Number.POSITIVE_INFINITY)
        const still = (state.state as ContainerRuntime['state']) === 'running'
        if (still) return wait
      }
    }
  }
  return 50
}

function note(
  kubelet: Kubelet,
  step: ContainerStep,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
): void {
  const { pod, container, kind } = step
  const fieldPath = `spec.${kind === 'main' ? 'containers' : 'initContainers'}{${container.name}}`
  kubelet.hands.event(
    pod,
    { type, reason, message, fieldPath },
    { component: 'kubelet', host: pod.spec.nodeName ?? '' },
  )
}

function wait(state: ContainerRuntime, reason: string, until: number, message?: string): void {
  state.state = 'waiting'
  state.waiting = { reason, ...(message === undefined ? {} : { message }) }
  state.until = until
}

function startPull(kubelet: Kubelet, step: ContainerStep): void {
  const { container, state, pod } = step
  const { hands, images } = kubelet
  const now = hands.clock.now()
  if (!isImageName(container.image)) {
    const message = `Failed to apply default image tag "${container.image}": couldn't parse image name "${container.image}": invalid reference format`
    note(kubelet, step, 'Warning', 'InspectFailed', message)
    note(kubelet, step, 'Warning', 'Failed', 'Error: InvalidImageName')
    wait(state, 'InvalidImageName', now + hands.pace(12_000), message)
    return
  }
  if (state.pullTried && state.waiting.reason === 'ErrImagePull') {
    const message = `Back-off pulling image "${container.image}"`
    note(kubelet, step, 'Normal', 'BackOff', message)
    note(kubelet, step, 'Warning', 'Failed', 'Error: ImagePullBackOff')
    wait(state, 'ImagePullBackOff', now + hands.pace(state.pullBackOff), `${message}: ErrImagePull: ${state.lastError}`)
    return
  }
  const present = images.has(`${pod.spec.nodeName} ${container.image}`)
  if (present && container.imagePullPolicy !== 'Always') {
    note(
      kubelet,
      step,
      'Normal',
      'Pulled',
      `Container image "${container.image}" already present on machine and can be accessed by the pod`,
    )
    createContainer(kubelet, step)
    return
  }
  if (container.imagePullPolicy === 'Never') {
    const message = `Container image "${container.image}" is not present with pull policy of Never`
    note(kubelet, step, 'Warning', 'ErrImageNeverPull', message)
    note(kubelet, step, 'Warning', 'Failed', 'Error: ErrImageNeverPull')
    wait(state, 'ErrImageNeverPull', now + hands.pace(12_000), message)
    return
  }
  note(kubelet, step, 'Normal', 'Pulling', `Pulling image "${container.image}"`)
  const behaviour = kubelet.behaviours.of(container.image)
  state.state = 'pulling'
  state.until = now + hands.pace(present ? 150 : (behaviour.pullsIn ?? 900))
}

function finishPull(kubelet: Kubelet, step: ContainerStep): void {
  const { container, state, pod } = step
  const { hands, images } = kubelet
  const behaviour = kubelet.behaviours.of(container.image)
  const error = pullError(container.image, behaviour)
  if (error !== undefined) {
    note(kubelet, step, 'Warning', 'Failed', `Failed to pull image "${container.image}": ${error}`)
    note(kubelet, step, 'Warning', 'Failed', 'Error: ErrImagePull')
    state.pullBackOff = state.pullBackOff === 0 ? firstBackOff : Math.min(longestBackOff, state.pullBackOff * 2)
    state.pullTried = true
    state.lastError = error
    wait(state, 'ErrImagePull', hands.clock.now() + hands.pace(1_000), error)
    return
  }
  state.pullBackOff = 0
  state.pullTried = false
  const took = `${((behaviour.pullsIn ?? 900) / 1000).toFixed(3).replace(/0+$/, '').replace(/\.$/, '')}s`
  images.add(`${pod.spec.nodeName} ${container.image}`)
  note(
    kubelet,
    step,
    'Normal',
    'Pulled',
    `Successfully pulled image "${container.image}" in ${took} (${took} including waiting). Image size: ${imageSize(container.image)} bytes.`,
  )
  createContainer(kubelet, step)
}

function createContainer(kubelet: Kubelet, step: ContainerStep): void {
  const { pod, container, state } = step
  const { hands } = kubelet
  const now = hands.clock.now()
  let env: ReadonlyMap<string, string>
  let files: ReadonlyMap<string, string>
  try {
    env = environmentOf(hands, pod, container)
    files = filesOf(hands, pod, container)
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error
    note(kubelet, step, 'Warning', 'Failed', `Error: ${error.message}`)
    wait(state, 'CreateContainerConfigError', now + hands.pace(12_000), error.message)
    return
  }
  const behaviour = kubelet.behaviours.of(container.image)
  note(kubelet, step, 'Normal', 'Created', 'Container created')
  note(kubelet, step, 'Normal', 'Started', 'Container started')
  state.state = 'running'
  state.id = createHash('sha256').update(`${pod.metadata.uid} ${container.name} ${state.restarts}`).digest('hex')
  state.startedAt = now
  state.listensAt = now + hands.pace(behaviour.readyIn ?? 400)
  state.started = container.startupProbe === undefined
  state.ready = container.readinessProbe === undefined && state.started
  for (const probe of Object.values(state.probes)) Object.assign(probe, { failures: 0, successes: 0, nextAt: 0 })
  state.log = { lines: [] }
  for (const line of behaviour.greets ?? []) say(state.log, now, line)
  plan(kubelet, step, behaviour, env, files)
}

/** How this run will end, decided by what the program finds when it starts. */
function plan(
  kubelet: Kubelet,
  step: ContainerStep,
  behaviour: Behaviour,
  env: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, string>,
): void {
  const { pod, container, state, address } = step
  const { hands } = kubelet
  const now = state.startedAt
  state.planned = undefined
  state.until = Number.POSITIVE_INFINITY
  const ends = (after: number, exitCode: number, reason: string, lines: readonly string[]): void => {
    state.planned = { exitCode, reason, lines }
    state.until = now + hands.pace(after)
    if (exitCode !== 0) state.listensAt = Number.POSITIVE_INFINITY
  }
  const missing = (behaviour.needsEnv ?? []).find((name) => (env.get(name) ?? '') === '')
  if (missing !== undefined) {
    ends(300, 1, 'Error', [
      `level=fatal msg="configuration error: required environment variable ${missing} is not set"`,
    ])
    return
  }
  const crash = behaviour.starts?.({ pod, container, env, files, now })
  if (crash !== undefined) {
    ends(crash.after, crash.exitCode, 'Error', crash.lines)
    return
  }
  const here: Pod = { ...pod, status: { ...pod.status, podIP: address } }
  for (const need of behaviour.needs ?? []) {
    const fault =
      need.without === 'crash'
        ? connectFault(hands, here, need.host, need.port, (other) => listeningPorts(kubelet, other))
        : undefined
    if (fault === undefined) continue
    ends(fault.includes('timeout') ? 3_000 : 600, 1, 'Error', [need.says.replace('{error}', fault)])
    return
  }
  const limit = container.resources?.limits?.['memory']
  if (limit !== undefined && behaviour.memory !== undefined && behaviour.memory > quantity(limit)) {
    ends(1_400, 137, 'OOMKilled', [])
    return
  }
  if (behaviour.endsAfter !== undefined) ends(behaviour.endsAfter, 0, 'Completed', [])
  if (behaviour.chatter !== undefined)
    state.log.chatter = { from: now, every: behaviour.chatter.every, lines: behaviour.chatter.lines }
}

function end(kubelet: Kubelet, step: ContainerStep, how: NonNullable<ContainerRuntime['planned']>): void {
  const { state } = step
  const { hands } = kubelet
  const now = hands.clock.now()
  for (const line of how.lines) say(state.log, now, line)
  if (state.log.chatter !== undefined) state.log.chatter.until = now
  state.ended = {
    exitCode: how.exitCode,
    reason: how.reason,
    startedAt: seconds(state.startedAt),
    finishedAt: seconds(now),
    containerID: `containerd://${state.id}`,
  }
  state.state = 'ended'
  state.ready = false
  state.started = false
  state.planned = undefined
  state.until = restarts(step) ? now + hands.pace(700) : Number.POSITIVE_INFINITY
}

function kill(kubelet: Kubelet, step: ContainerStep, message: string): void {
  note(kubelet, step, 'Normal', 'Killing', message)
  end(kubelet, step, { exitCode: 137, reason: 'Error', lines: ['received signal: terminated, shutting down'] })
}

function restarts({ pod, kind, state }: ContainerStep): boolean {
  const failed = state.ended !== undefined && state.ended.exitCode !== 0
  if (kind === 'sidecar') return true
  if (kind === 'init') return failed && pod.spec.restartPolicy !== 'Never'
  return pod.spec.restartPolicy === 'Always' || (pod.spec.restartPolicy === 'OnFailure' && failed)
}

function restart(kubelet: Kubelet, step: ContainerStep): void {
  const { pod, container, state } = step
  const { hands } = kubelet
  const now = hands.clock.now()
  const finished = Date.parse(state.ended?.finishedAt ?? '')
  if (finished - state.backOffSince > 2 * longestBackOff) state.backOff = 0
  state.last = state.ended
  const until = finished + hands.pace(state.backOff)
  if (state.backOff > 0 && now < until) {
    const name = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`
    note(kubelet, step, 'Warning', 'BackOff', `Back-off restarting failed container ${container.name} in pod ${name}`)
    wait(
      state,
      'CrashLoopBackOff',
      until,
      `back-off ${duration(state.backOff)} restarting failed container=${container.name} pod=${name}`,
    )
    return
  }
  state.backOff = state.backOff === 0 ? firstBackOff : Math.min(longestBackOff, state.backOff * 2)
  state.backOffSince = now
  state.previousLog = state.log
  state.restarts++
  state.ended = undefined
  wait(state, 'ContainerCreating', now)
}

function duration(milliseconds: number): string {
  const total = milliseconds / 1000
  return total < 60 ? `${total}s` : `${Math.floor(total / 60)}m${total % 60}s`
}
