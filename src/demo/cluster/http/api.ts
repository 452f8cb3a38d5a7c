import type { Tokens } from '../auth/tokens.ts'
import type { Ground } from '../registry/context.ts'
import type { Registry } from '../registry/registry.ts'
import type { Fields, KubeObject, User } from '../types.ts'

/** The kubelets as the API server reaches them. */
export type NodeAgents = {
  /** The log text of a container; throws an ApiError in the words of kubelet or API server where there is none. */
  readonly logs: (pod: KubeObject, container: string, options: LogOptions) => string
  readonly podMetrics: (pod: KubeObject) => Fields | undefined
  readonly nodeMetrics: (node: KubeObject) => Fields | undefined
  /** Files below /var/log of a node: a listing for '' or a folder, the text of a file, undefined for what is not there. */
  readonly nodeLogs: (node: KubeObject, path: string) => string | undefined
  readonly statsSummary: (node: KubeObject) => Fields
}

/** Which part of a log is wanted. */
export type LogOptions = {
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines: number | undefined
  readonly limitBytes: number | undefined
  readonly sinceSeconds: number | undefined
  readonly sinceTime: string | undefined
}

/** Everything a request handler may touch. */
export type Api = {
  readonly ground: Ground
  readonly registry: Registry
  readonly tokens: Tokens
  readonly agents: NodeAgents
  /** host:port of the listener. */
  readonly address: () => string
}

/** One request with its caller, body read. */
export type Call = {
  readonly user: User
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  readonly warnings: string[]
}
