import { randomBytes, randomUUID } from 'node:crypto'
import { createAdmission } from './admission/chain.ts'
import { accountUser, createTokens } from './auth/tokens.ts'
import { createClock } from './clock.ts'
import { createControllers } from './controllers/all.ts'
import { createHands } from './controllers/hands.ts'
import type { Api } from './http/api.ts'
import { createFaults, type Faults } from './http/faults.ts'
import { listen, type RequestRecord } from './http/server.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { createAgents } from './kubelet/agents.ts'
import { type Behaviour, createBehaviours } from './kubelet/behaviour.ts'
import { createKubelet } from './kubelet/kubelet.ts'
import { createAuthority } from './pki/certificate.ts'
import type { Ground } from './registry/context.ts'
import { createRegistry, type Registry } from './registry/registry.ts'
import { createObjectStore, type ObjectStore } from './store/object-store.ts'
import { createStorage } from './store/store.ts'
import { bootstrap } from './world/bootstrap.ts'

/** The users a kubeconfig can be had for: the doctor's reader and writer, and a cluster administrator. */
export type ClusterUser = 'reader' | 'writer' | 'admin'

/** A Kubernetes API served over TLS on loopback, with the controllers and kubelets of a cluster behind it. */
export type SimulatedCluster = {
  readonly name: string
  readonly url: string
  readonly caPem: string
  readonly kubeconfig: (user: ClusterUser) => string
  readonly token: (user: ClusterUser) => string
  readonly store: ObjectStore
  /** Every request that reached the server, oldest first; a long-lived array that grows. */
  readonly requests: readonly RequestRecord[]
  readonly faults: Pick<Faults, 'fail' | 'clear'>
  readonly controllers: Controllers
  /** What images do when they run; more can be added while the cluster runs. */
  readonly images: { readonly set: (image: string, behaviour: Behaviour) => void }
  readonly machines: Machines
  /** The cluster's own time in milliseconds since the epoch. */
  readonly now: () => number
  readonly close: () => Promise<void>
}

/** The control loops: deployments, scheduler, kubelets and the rest. */
export type Controllers = {
  /** Does what is due, then lets that many milliseconds pass on the cluster's clock without waiting for them. */
  readonly tick: (milliseconds?: number) => void
  /** Moves the clock on without doing what would have fallen due on the way; then does what is due. */
  readonly skip: (milliseconds: number) => void
  /** Lets them run by themselves as real time passes. */
  readonly run: () => void
  readonly stop: () => void
  /** Divides every delay of controllers and kubelets; 1 is a real cluster's pace. */
  speed: number
}

/** The machines under the nodes. */
export type Machines = {
  /** Cuts the power: the kubelet falls silent, its pods with it. */
  readonly powerOff: (node: string) => void
  readonly powerOn: (node: string) => void
}

/** How to start a cluster. */
export type ClusterOptions = {
  readonly name: string
  readonly port?: number
  readonly clock?: () => Date
  /** Fills the new cluster; runs before it is served, with controllers that can be ticked. */
  readonly seed?: (cluster: Omit<SimulatedCluster, 'url' | 'kubeconfig'>) => void
  /** Controllers run by themselves; false leaves them to `tick`. True when not given. */
  readonly controllers?: boolean
  readonly speed?: number
  /** What the images of the world do when they run. */
  readonly images?: Readonly<Record<string, Behaviour>>
}

/** Starts a simulated cluster; it is ready for requests when the promise settles. */
export async function startSimulatedCluster(options: ClusterOptions): Promise<SimulatedCluster> {
  const clock = createClock(options.clock ?? (() => new Date()))
  const ground: Ground = { storage: createStorage(), clock, randomName, newUid: randomUUID }
  const authority = createAuthority(`${options.name}-ca`, new Date(clock.now()))
  const server = authority.issue({
    commonName: 'kube-apiserver',
    dns: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ],
    ips: ['127.0.0.1', '10.96.0.1'],
  })
  const registry = createRegistry(ground, createAdmission(ground))
  const store = createObjectStore(ground, registry)
  const tokens = createTokens(ground)
  bootstrap(store, ground, authority.certificatePem)
  const users: Readonly<Record<ClusterUser, string>> = {
    reader: tokens.issue(accountUser('cluster-doctor', 'doctor-reader')),
    writer: tokens.issue(accountUser('cluster-doctor', 'doctor-writer')),
    admin: tokens.issue({ name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }),
  }
  const requests: RequestRecord[] = []
  const faults = createFaults()
  const { kubelet, behaviours, controllers, machines } = bringToLife(ground, registry, options)
  const base = {
    name: options.name,
    caPem: authority.certificatePem,
    token: (user: ClusterUser) => users[user],
    store,
    requests,
    faults,
    controllers,
    images: { set: behaviours.set },
    machines,
    now: clock.now,
  }
  options.seed?.({ ...base, close: async () => {} })
  let port = 0
  const api: Api = { ground, registry, tokens, agents: createAgents(kubelet), address: () => `127.0.0.1:${port}` }
  const listener = await listen(api, server, faults, requests, options.port ?? 0)
  port = listener.port
  const url = `https://127.0.0.1:${port}`
  if (options.controllers !== false) controllers.run()
  return {
    ...base,
    url,
    kubeconfig: (user) => kubeconfigText(options.name, url, authority.certificatePem, user, users[user]),
    close: async () => {
      controllers.stop()
      await listener.close()
    },
  }
}

/** Controllers, kubelets and machines over an API. */
function bringToLife(ground: Ground, registry: Registry, options: ClusterOptions) {
  let speed = options.speed ?? 1
  const hands = createHands(ground, registry, () => speed)
  const behaviours = createBehaviours(options.images ?? {})
  const kubelet = createKubelet(hands, behaviours)
  const loops = createControllers(hands, ground, kubelet)
  const controllers: Controllers = {
    tick: loops.tick,
    skip: (milliseconds) => {
      ground.clock.shift(milliseconds)
      loops.tick()
    },
    run: loops.run,
    stop: loops.stop,
    get speed() {
      return speed
    },
    set speed(value) {
      speed = value
    },
  }
  const machines: Machines = {
    powerOff: (node) => {
      kubelet.offline.add(node)
      loops.look('node', node)
    },
    powerOn: (node) => {
      kubelet.offline.delete(node)
      loops.look('node', node)
    },
  }
  return { kubelet, behaviours, controllers, machines }
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

function randomName(length: number): string {
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('')
}
