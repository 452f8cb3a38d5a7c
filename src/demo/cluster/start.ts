import { randomBytes, randomUUID } from 'node:crypto'
import { createAdmission } from './admission/chain.ts'
import { accountUser, createTokens } from './auth/tokens.ts'
import { createClock } from './clock.ts'
import type { Api } from './http/api.ts'
import { createFaults, type Faults } from './http/faults.ts'
import { listen, type RequestRecord } from './http/server.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { idleAgents } from './kubelet/agents.ts'
import { createAuthority } from './pki/certificate.ts'
import type { Ground } from './registry/context.ts'
import { createRegistry } from './registry/registry.ts'
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
  /** The cluster's own time in milliseconds since the epoch. */
  readonly now: () => number
  readonly close: () => Promise<void>
}

/** How to start a cluster. */
export type ClusterOptions = {
  readonly name: string
  readonly port?: number
  readonly clock?: () => Date
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
  let port = 0
  const api: Api = { ground, registry, tokens, agents: idleAgents, address: () => `127.0.0.1:${port}` }
  const listener = await listen(api, server, faults, requests, options.port ?? 0)
  port = listener.port
  const url = `https://127.0.0.1:${port}`
  return {
    name: options.name,
    url,
    caPem: authority.certificatePem,
    kubeconfig: (user) => kubeconfigText(options.name, url, authority.certificatePem, user, users[user]),
    token: (user) => users[user],
    store,
    requests,
    faults,
    now: clock.now,
    close: () => listener.close(),
  }
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

function randomName(length: number): string {
  return [...randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('')
}
