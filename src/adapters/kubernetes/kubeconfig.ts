import { existsSync } from 'node:fs'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { type Credentials, credentialsFor } from './credentials.ts'
import { type Kubeconfig, kubeconfigFiles, readKubeconfig } from './kubeconfig-file.ts'

/** One context that can be connected to. `proxied`: its requests go through the agent that the credentials carry. */
export type KubeContext = {
  readonly name: string
  readonly server: string
  readonly proxied: boolean
  readonly credentials: Credentials
}

/** The contexts asked for, and what is wrong with those that are refused. */
export type KubeContexts = {
  readonly contexts: readonly KubeContext[]
  readonly current: string | undefined
  readonly problems: readonly string[]
}

const account = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Reads kubeconfig files by the usual rules ($KUBECONFIG list, ~/.kube/config, in-cluster where neither is there). A context
 * with plain http, without TLS verification, with exec where that is not allowed, or of an ambiguous name is refused with a
 * sentence; the others load. No names asked for: the current context.
 */
export const loadContexts = (options: {
  readonly kubeconfig?: string
  readonly contexts: readonly string[]
  readonly allowExec: boolean
  /** The API server's address as a pod is told it. */
  readonly inCluster?: string
}): KubeContexts => {
  const files = kubeconfigFiles(options.kubeconfig)
  try {
    if (files.length > 0) return fromFiles(readKubeconfig(files), options)
    if (options.inCluster !== undefined && existsSync(`${account}/token`))
      return { contexts: [inCluster(options.inCluster)], current: 'in-cluster', problems: [] }
    return {
      contexts: [],
      current: undefined,
      problems: ['There is no kubeconfig: set KUBECONFIG, or run inside a cluster.'],
    }
  } catch (cause) {
    return { contexts: [], current: undefined, problems: [`The kubeconfig cannot be read: ${messageOf(cause)}.`] }
  }
}

const fromFiles = (
  config: Kubeconfig,
  options: { readonly contexts: readonly string[]; readonly allowExec: boolean },
): KubeContexts => {
  const problems = [...config.problems]
  const names = options.contexts.length > 0 ? options.contexts : config.current === undefined ? [] : [config.current]
  if (names.length === 0)
    problems.push('The kubeconfig has no current context; name one with DOCTOR_CONTEXTS or --context.')
  const contexts = names.flatMap((name) => {
    const found = contextOf(config, name, options.allowExec)
    if (typeof found !== 'string') return [found]
    problems.push(found)
    return []
  })
  return { contexts, current: config.current, problems }
}

const inCluster = (server: string): KubeContext => {
  const cluster = { name: 'in-cluster', server, caFile: `${account}/ca.crt`, skipTLSVerify: false } as Cluster
  const user = {
    name: 'in-cluster',
    authProvider: { name: 'tokenFile', config: { tokenFile: `${account}/token` } },
  } as unknown as User
  return { name: 'in-cluster', server, proxied: false, credentials: credentialsFor(cluster, user) }
}

/** One row of the kubeconfig as people may see it: names and servers, and what kind of credentials there are. */
export type KubeconfigRow = {
  readonly name: string
  readonly current: boolean
  readonly cluster: string
  readonly server: string
  readonly user: string
  readonly namespace: string
  readonly credentials: string
}

/** The kubeconfig as people may see it: every credential replaced by what kind it is. */
export const kubeconfigView = (kubeconfig: string | undefined): readonly KubeconfigRow[] => {
  const files = kubeconfigFiles(kubeconfig)
  if (files.length === 0) return []
  const { contexts, clusters, users, current } = readKubeconfig(files)
  return contexts.map((context) => {
    const user = users.find((one) => one.name === context.user)
    return {
      name: context.name,
      current: context.name === current,
      cluster: context.cluster,
      server: clusters.find((one) => one.name === context.cluster)?.server ?? '',
      user: context.user,
      namespace: context.namespace ?? 'default',
      credentials: user === undefined ? 'none' : credentialsOf(user),
    }
  })
}

const credentialsOf = (user: User): string => {
  if (user.exec) return 'exec plugin'
  if (user.authProvider) return 'auth provider'
  if (user.token) return 'token'
  if (user.certData || user.certFile) return 'client certificate'
  return user.username ? 'basic' : 'none'
}

const contextOf = (config: Kubeconfig, name: string, allowExec: boolean): KubeContext | string => {
  const context = config.contexts.find((one) => one.name === name)
  if (context === undefined)
    return `There is no context ${name} in the kubeconfig; it has ${config.contexts.map((one) => one.name).join(', ') || 'none'}.`
  if (config.contexts.filter((one) => one.name === name).length > 1)
    return `Context ${name} stands twice in the kubeconfig, so it is not clear which cluster it means.`
  const cluster = config.clusters.find((one) => one.name === context.cluster)
  const user = config.users.find((one) => one.name === context.user) ?? null
  if (cluster === undefined) return `Context ${name} names a cluster that the kubeconfig does not have.`
  if (!URL.canParse(cluster.server)) return `Context ${name}: the server is not a URL.`
  if (new URL(cluster.server).protocol !== 'https:')
    return `Context ${name}: the server is not https, so nobody can tell which cluster answers.`
  if (cluster.skipTLSVerify)
    return `Context ${name}: insecure-skip-tls-verify is set, so nobody can tell which cluster answers.`
  if (user?.exec && !allowExec)
    return `Context ${name} runs an exec plugin for its credentials; DOCTOR_KUBECONFIG_EXEC=allow permits that.`
  return {
    name,
    server: cluster.server.replace(/\/+$/, ''),
    proxied: cluster.proxyUrl !== undefined,
    credentials: credentialsFor(cluster, user),
  }
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown error'
