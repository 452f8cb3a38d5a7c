import { readFileSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { ExecAuth } from '@kubernetes/client-node/dist/exec_auth.js'
import { FileAuth } from '@kubernetes/client-node/dist/file_auth.js'

/** Fills in what one request needs to be let in: certificate authority, client certificate, headers. Tokens are fresh each time. */
export type Credentials = () => Promise<RequestOptions>

/**
 * The credentials of a user on a cluster. The usual ways (certificates, tokens, token files, exec plugins) use just those
 * parts of the client library; its whole, which carries the models of every API, is loaded for legacy providers and proxies only.
 */
export const credentialsFor = (cluster: Cluster, user: User | null): Credentials => {
  const [exec, file] = [new ExecAuth(), new FileAuth()]
  if (cluster.proxyUrl !== undefined || isLegacy(user, file)) return wholeLibrary(cluster, user)
  return async () => {
    const options: RequestOptions & { headers: Record<string, string> } = { headers: {} }
    Object.assign(options, present({ ca: bytes(cluster.caFile, cluster.caData), servername: cluster.tlsServerName }))
    if (user === null) return options
    Object.assign(
      options,
      present({ cert: bytes(user.certFile, user.certData), key: bytes(user.keyFile, user.keyData) }),
    )
    if (user.impersonateUser) options.headers['Impersonate-User'] = user.impersonateUser
    if (user.username) options.auth = `${user.username}:${user.password ?? ''}`
    if (user.token) options.headers['Authorization'] = `Bearer ${user.token.trim()}`
    else if (file.isAuthProvider(user)) await file.applyAuthentication(user, options as never)
    else if (exec.isAuthProvider(user)) await exec.applyAuthentication(user, options as never)
    return options
  }
}

const isLegacy = (user: User | null, file: FileAuth): boolean =>
  Boolean(user?.authProvider) && !file.isAuthProvider(user as User)

const wholeLibrary = (cluster: Cluster, user: User | null): Credentials => {
  const loaded = import('@kubernetes/client-node').then(({ KubeConfig }) => {
    const config = new KubeConfig()
    config.loadFromOptions({
      clusters: [cluster],
      users: user === null ? [] : [user],
      contexts: [{ name: 'one', cluster: cluster.name, user: user?.name ?? '' }],
      currentContext: 'one',
    })
    return config
  })
  loaded.catch(() => undefined)
  return async () => {
    const options: RequestOptions = {}
    await (await loaded).applyToHTTPSOptions(options)
    return options
  }
}

const bytes = (file: string | undefined, data: string | undefined): Buffer | undefined =>
  file ? readFileSync(file) : data ? Buffer.from(data, 'base64') : undefined

const present = (options: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== null))
