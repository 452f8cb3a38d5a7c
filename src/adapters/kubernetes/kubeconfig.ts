import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'

/** One context that can be connected to: `config` is client-node's, which also refreshes its credentials. */
export type KubeContext = { readonly name: string; readonly server: string; readonly config: KubeConfig }

/** The contexts asked for, and what is wrong with those that are refused. */
export type KubeContexts = {
  readonly contexts: readonly KubeContext[]
  readonly current: string | undefined
  readonly problems: readonly string[]
}

const maxBytes = 2_000_000

/**
 * Reads kubeconfig files by the usual rules ($KUBECONFIG list, ~/.kube/config, in-cluster where neither is there). A context
 * with plain http, without TLS verification, with exec where that is not allowed, or of an ambiguous name is refused with a
 * sentence; the others load. No names asked for: the current context.
 */
export const loadContexts = (options: {
  readonly kubeconfig?: string
  readonly contexts: readonly string[]
  readonly allowExec: boolean
  readonly env?: Readonly<Record<string, string | undefined>>
}): KubeContexts => {
  const problems: string[] = []
  const config = new KubeConfig()
  const files = kubeconfigFiles(options.kubeconfig)
  try {
    if (files.length > 0) loadFiles(config, files, problems)
    else if (existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token')) config.loadFromCluster()
    else return { contexts: [], current: undefined, problems: [noConfig(options.kubeconfig)] }
  } catch (cause) {
    return { contexts: [], current: undefined, problems: [`The kubeconfig cannot be read: ${messageOf(cause)}`] }
  }
  const names = options.contexts.length > 0 ? options.contexts : [config.getCurrentContext()].filter(Boolean)
  if (names.length === 0)
    problems.push('The kubeconfig has no current context; name one with DOCTOR_CONTEXTS or --context.')
  const contexts = names.flatMap((name) => {
    const found = contextOf(config, name, options.allowExec)
    if (typeof found !== 'string') return [found]
    problems.push(found)
    return []
  })
  return { contexts, current: config.getCurrentContext() || undefined, problems }
}

/** The kubeconfig as people may see it: names and servers only, every credential replaced by what kind it is. */
export const kubeconfigView = (kubeconfig: string | undefined): readonly KubeconfigRow[] => {
  const config = new KubeConfig()
  const files = kubeconfigFiles(kubeconfig)
  if (files.length > 0) loadFiles(config, files, [])
  return config.getContexts().map((context) => {
    const cluster = config.getCluster(context.cluster)
    const user = config.getUser(context.user)
    return {
      name: context.name,
      current: context.name === config.getCurrentContext(),
      cluster: context.cluster,
      server: cluster?.server ?? '',
      user: context.user,
      namespace: context.namespace ?? 'default',
      credentials: user === null ? 'none' : credentialsOf(user),
    }
  })
}

export type KubeconfigRow = {
  readonly name: string
  readonly current: boolean
  readonly cluster: string
  readonly server: string
  readonly user: string
  readonly namespace: string
  readonly credentials: string
}

const credentialsOf = (user: NonNullable<ReturnType<KubeConfig['getUser']>>): string => {
  if (user.exec) return 'exec plugin'
  if (user.authProvider) return 'auth provider'
  if (user.token || user['tokenFile' as keyof typeof user]) return 'token'
  if (user.certData || user.certFile) return 'client certificate'
  return user.username ? 'basic' : 'none'
}

const kubeconfigFiles = (kubeconfig: string | undefined): readonly string[] => {
  if (kubeconfig !== undefined) return kubeconfig.split(delimiter).filter((path) => path !== '')
  const usual = join(homedir(), '.kube', 'config')
  return existsSync(usual) ? [usual] : []
}

const loadFiles = (config: KubeConfig, files: readonly string[], problems: string[]): void => {
  for (const [index, path] of files.entries()) {
    if (!existsSync(path)) throw new Error(`${path} does not exist`)
    if (statSync(path).size > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`)
    const one = new KubeConfig()
    one.loadFromString(readFileSync(path, 'utf8'))
    one.makePathsAbsolute(join(path, '..'))
    if (index === 0) {
      config.loadFromOptions({
        clusters: one.clusters,
        users: one.users,
        contexts: one.contexts,
        currentContext: one.currentContext,
      })
      continue
    }
    const known = new Set(config.contexts.map((context) => context.name))
    for (const context of one.contexts)
      if (known.has(context.name))
        problems.push(`Context ${context.name} stands in two kubeconfig files; the first is used.`)
    // As kubectl merges: the first file that names something wins.
    config.mergeConfig(one, true)
  }
}

const contextOf = (config: KubeConfig, name: string, allowExec: boolean): KubeContext | string => {
  const matching = config.getContexts().filter((context) => context.name === name)
  if (matching.length === 0)
    return `There is no context ${name} in the kubeconfig; it has ${
      config
        .getContexts()
        .map((context) => context.name)
        .join(', ') || 'none'
    }.`
  if (matching.length > 1)
    return `Context ${name} stands twice in the kubeconfig, so it is not clear which cluster it means.`
  const single = new KubeConfig()
  single.loadFromOptions({
    clusters: config.clusters,
    users: config.users,
    contexts: config.contexts,
    currentContext: name,
  })
  const cluster = single.getCurrentCluster()
  const user = single.getCurrentUser()
  if (cluster === null) return `Context ${name} names a cluster that the kubeconfig does not have.`
  if (!URL.canParse(cluster.server)) return `Context ${name}: the server is not a URL.`
  if (new URL(cluster.server).protocol !== 'https:')
    return `Context ${name}: the server is not https, so nobody can tell which cluster answers.`
  if (cluster.skipTLSVerify)
    return `Context ${name}: insecure-skip-tls-verify is set, so nobody can tell which cluster answers.`
  if (user?.exec && !allowExec)
    return `Context ${name} runs an exec plugin for its credentials; DOCTOR_KUBECONFIG_EXEC=allow permits that.`
  return { name, server: cluster.server.replace(/\/+$/, ''), config: single }
}

const noConfig = (path: string | undefined): string =>
  path === undefined ? 'There is no kubeconfig: set KUBECONFIG, or run inside a cluster.' : `${path} does not exist.`

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown error'
