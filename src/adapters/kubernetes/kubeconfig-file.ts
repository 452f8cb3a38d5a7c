import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from '@kubernetes/client-node/dist/config_types.js'
import { parseDocument } from 'yaml'

/** What kubeconfig files say, merged as kubectl merges: the first file that names something wins. */
export type Kubeconfig = {
  readonly clusters: readonly Cluster[]
  readonly users: readonly User[]
  readonly contexts: readonly Context[]
  readonly current: string | undefined
  readonly problems: readonly string[]
}

const maxBytes = 2_000_000

/** The kubeconfig files that count: the given list, else ~/.kube/config where it is there. */
export const kubeconfigFiles = (kubeconfig: string | undefined): readonly string[] => {
  if (kubeconfig !== undefined) return kubeconfig.split(delimiter).filter((path) => path !== '')
  const usual = join(homedir(), '.kube', 'config')
  return existsSync(usual) ? [usual] : []
}

/** Reads and merges files; paths in them become absolute. Throws with a sentence where one cannot be read. */
export const readKubeconfig = (files: readonly string[]): Kubeconfig => {
  const all = files.map(readOne)
  const problems = all.slice(1).flatMap((one, index) => {
    const before = new Set(all.slice(0, index + 1).flatMap((other) => other.contexts.map((context) => context.name)))
    return one.contexts
      .filter((context) => before.has(context.name))
      .map((context) => `Context ${context.name} stands in two kubeconfig files; the first is used.`)
  })
  const first = <T extends { readonly name: string }>(lists: readonly (readonly T[])[]): readonly T[] => {
    const known = new Set<string>()
    return lists.flatMap((list) => {
      const fresh = list.filter((item) => !known.has(item.name))
      for (const item of fresh) known.add(item.name)
      return fresh
    })
  }
  return {
    clusters: first(all.map((one) => one.clusters)),
    users: first(all.map((one) => one.users)),
    contexts: first(all.map((one) => one.contexts)),
    current: all.map((one) => one.current).find((name) => name !== undefined),
    problems,
  }
}

const readOne = (path: string): Omit<Kubeconfig, 'problems'> => {
  if (!existsSync(path)) throw new Error(`${path} does not exist`)
  if (statSync(path).size > maxBytes) throw new Error(`${path} is larger than ${maxBytes} bytes`)
  const document = parseDocument(readFileSync(path, 'utf8'))
  const [error] = document.errors
  if (error !== undefined) throw new Error(`${path}:${error.linePos?.[0].line ?? 1} ${error.message.split('\n')[0]}`)
  const value: unknown = document.toJS({ maxAliasCount: 100 })
  const raw = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const absolute = absoluteIn(dirname(path))
  return {
    clusters: newClusters(raw['clusters']).map((cluster) => ({ ...cluster, ...absolute(cluster, 'caFile') })),
    users: newUsers(withTokenFiles(raw['users'], dirname(path))).map((user) => ({
      ...user,
      ...absolute(user, 'certFile'),
      ...absolute(user, 'keyFile'),
    })),
    contexts: newContexts(raw['contexts']),
    current:
      typeof raw['current-context'] === 'string' && raw['current-context'] !== '' ? raw['current-context'] : undefined,
  }
}

const absoluteIn =
  (folder: string) =>
  (item: object, field: string): Record<string, string> => {
    const path = (item as Record<string, unknown>)[field]
    return typeof path === 'string' && path !== '' && !isAbsolute(path) ? { [field]: join(folder, path) } : {}
  }

/** A token file is read anew while the process runs, since it rotates; the library's own parser would read it once. */
const withTokenFiles = (users: unknown, folder: string): unknown =>
  !Array.isArray(users)
    ? users
    : users.map((item: { user?: Record<string, unknown> } | null) => {
        const file = item?.user?.['tokenFile'] ?? item?.user?.['token-file']
        if (typeof file !== 'string') return item
        const { tokenFile: _, 'token-file': __, ...rest } = item?.user ?? {}
        const path = isAbsolute(file) ? file : join(folder, file)
        return { ...item, user: { ...rest, 'auth-provider': { name: 'tokenFile', config: { tokenFile: path } } } }
      })
