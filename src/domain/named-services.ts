import type { Container, Labels, PodSpec } from './kubernetes.ts'

/** A Service that a text names, in the namespace it would resolve to. */
export type NamedService = { readonly namespace: string; readonly name: string }

const inCluster = /\b([a-z]([-a-z0-9]{0,61}[a-z0-9])?)\.([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)\.svc\b/g
const afterScheme = /(?:[a-z][a-z0-9+.-]{0,20}:\/\/|@)([a-z0-9][-a-z0-9.]{0,120})/g
const hostAndPort = /(?:^|[\s,;"'=(])([a-z]([-a-z0-9]{0,61}[a-z0-9])?(?:\.[a-z0-9][-a-z0-9]{0,61})?):\d{2,5}\b/g
const bareHost = /^([a-z]([-a-z0-9]{0,61}[a-z0-9])?)(?:\.([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?))?$/

/** The host names in a text that could be Services, as seen from a namespace. A bare word counts only where it is all. */
export const servicesNamed = (text: string, namespace: string): readonly NamedService[] => {
  const found = new Map<string, NamedService>()
  const add = (host: string | undefined): void => {
    const [name, second, third] = (host ?? '').replace(/\.$/, '').split('.')
    if (name === undefined || name === '') return
    if (third !== undefined && third !== 'svc') return
    const named = { name, namespace: second ?? namespace }
    found.set(`${named.namespace}/${named.name}`, named)
  }
  const bounded = text.slice(0, 4096)
  for (const match of bounded.matchAll(inCluster)) add(`${match[1]}.${match[3]}`)
  for (const match of bounded.matchAll(afterScheme)) add(match[1])
  for (const match of bounded.matchAll(hostAndPort)) add(match[1])
  const bare = bounded.length <= 128 ? bareHost.exec(bounded) : null
  if (bare !== null) add(bare[0])
  return [...found.values()]
}

/** The Services that a pod's environment and arguments name, ConfigMap values included where they are given. */
export const servicesOfSpec = (
  spec: PodSpec | undefined,
  namespace: string,
  configMap: (name: string) => Labels | undefined,
): readonly NamedService[] => {
  const found = new Map<string, NamedService>()
  const read = (text: string | undefined): void => {
    if (text === undefined) return
    for (const named of servicesNamed(text, namespace)) found.set(`${named.namespace}/${named.name}`, named)
  }
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    readContainer(container, configMap, read)
  }
  return [...found.values()]
}

const readContainer = (
  container: Container,
  configMap: (name: string) => Labels | undefined,
  read: (text: string | undefined) => void,
): void => {
  for (const variable of container.env ?? []) {
    read(variable.value)
    const ref = variable.valueFrom?.configMapKeyRef
    if (ref?.name !== undefined && ref.key !== undefined) read(configMap(ref.name)?.[ref.key])
  }
  for (const source of container.envFrom ?? []) {
    const name = source.configMapRef?.name
    for (const value of Object.values(name === undefined ? {} : (configMap(name) ?? {}))) read(value)
  }
  for (const text of [...(container.command ?? []), ...(container.args ?? [])]) {
    // Scripts name hosts in the middle; a bare word in a command line is rarely one.
    if (text.includes(':') || text.includes('.svc')) read(text)
  }
}

/** The ports at which a text reaches a Service that it names, as `catalog:8080` or `http://catalog.shop.svc.cluster.local:8080/x`. */
export const portsNamed = (text: string, service: NamedService): readonly number[] => {
  const name = service.name.replaceAll('.', '\\.')
  const pattern = new RegExp(
    `(?<![\\w.-])${name}(?:\\.${service.namespace}(?:\\.svc(?:\\.[a-z0-9.-]{1,80})?)?)?:(\\d{2,5})\\b`,
    'g',
  )
  return [...text.slice(0, 4096).matchAll(pattern)].map((match) => Number(match[1]))
}
