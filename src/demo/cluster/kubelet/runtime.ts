import type { Hands } from '../controllers/hands.ts'
import type { Container, Pod, Terminated } from '../controllers/objects.ts'
import type { Behaviours } from './behaviour.ts'

/** One line of a log and when it was written. */
export type LogLine = { readonly at: number; readonly text: string }

/** The log of one run of a container: written lines, and lines that come at a steady pace while it runs. */
export type LogBook = {
  readonly lines: LogLine[]
  chatter?: { readonly from: number; readonly every: number; readonly lines: readonly string[]; until?: number }
}

/** A kubelet's count for one probe. */
export type ProbeState = { failures: number; successes: number; nextAt: number }

/** What a kubelet remembers of one container. */
export type ContainerRuntime = {
  state: 'waiting' | 'pulling' | 'running' | 'ended'
  waiting: { reason: string; message?: string }
  /** When the present state is over: the pull, the back-off, the run. */
  until: number
  startedAt: number
  listensAt: number
  id: string
  restarts: number
  backOff: number
  backOffSince: number
  pullBackOff: number
  pullTried: boolean
  planned:
    | {
        readonly exitCode: number
        readonly reason: string
        readonly lines: readonly string[]
        readonly signal?: number
      }
    | undefined
  ended: Terminated | undefined
  last: Terminated | undefined
  ready: boolean
  started: boolean
  log: LogBook
  previousLog: LogBook | undefined
  probes: Record<'liveness' | 'readiness' | 'startup', ProbeState>
  lastError: string
}

/** What a kubelet remembers of one pod. */
export type PodRuntime = {
  readonly uid: string
  readonly containers: Map<string, ContainerRuntime>
  ip: string | undefined
  mountTries: number
  mountRetryAt: number
  killingSince: number | undefined
  settledAt: number
}

/** The kubelets of all nodes. */
export type Kubelet = {
  readonly hands: Hands
  readonly behaviours: Behaviours
  readonly runtimes: Map<string, PodRuntime>
  /** Images that lie on a node: `node image`. */
  readonly images: Set<string>
  /** Nodes whose machine is off: nothing on them is looked after or reported. */
  readonly offline: Set<string>
  readonly nextAddress: (node: string) => string
}

/** One container to look at. */
export type ContainerStep = {
  readonly pod: Pod
  readonly container: Container
  readonly state: ContainerRuntime
  readonly kind: 'init' | 'sidecar' | 'main'
  readonly address: string
}

/** A container nobody has looked at yet. */
export function newContainer(waiting: string): ContainerRuntime {
  const probe = (): ProbeState => ({ failures: 0, successes: 0, nextAt: 0 })
  return {
    state: 'waiting',
    waiting: { reason: waiting },
    until: 0,
    startedAt: 0,
    listensAt: 0,
    id: '',
    restarts: 0,
    backOff: 0,
    backOffSince: 0,
    pullBackOff: 0,
    pullTried: false,
    planned: undefined,
    ended: undefined,
    last: undefined,
    ready: false,
    started: false,
    log: { lines: [] },
    previousLog: undefined,
    probes: { liveness: probe(), readiness: probe(), startup: probe() },
    lastError: '',
  }
}
