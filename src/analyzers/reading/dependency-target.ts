import { isAddress } from '../../domain/cidr.ts'
import { serviceNameOf } from '../../domain/connection-failure.ts'
import { type Container, type Pod, refOf, type Service } from '../../domain/kubernetes.ts'
import type { Dependency } from '../../domain/log-dependency.ts'
import { portsNamed, servicesNamed } from '../../domain/named-services.ts'
import { nearestName } from '../../domain/near-name.ts'
import { type ObjectRef, refKey } from '../../domain/object.ts'
import { matchesSelector } from '../../domain/selector.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { clusterDns, dnsRef } from './cluster-dns.ts'
import { indexesOf } from './indexes.ts'
import { serviceMeant } from './service-meant.ts'

/** What a host that a process could not reach is: in the cluster, missing from it, in the pod itself, or outside. */
export type Target =
  | { readonly kind: 'service'; readonly service: Service }
  | { readonly kind: 'pod'; readonly pod: Pod }
  | {
      readonly kind: 'missing-service'
      readonly ref: ObjectRef
      readonly near?: string
      readonly elsewhere?: string
      readonly sure: boolean
    }
  | { readonly kind: 'own-pod' }
  | { readonly kind: 'outside'; readonly host: string }
  | { readonly kind: 'unknown' }

const local = /^(?:localhost|127\.\d+\.\d+\.\d+|::1|0\.0\.0\.0)$/i

const byAddress = (view: ClusterView, from: Pod, address: string, port: number | undefined, line: string): Target => {
  const { serviceAt, podAt } = indexesOf(view)
  const service = serviceAt.get(address)
  if (service !== undefined) return { kind: 'service', service }
  const pod = podAt.get(address)
  if (pod !== undefined) return { kind: 'pod', pod }
  const meant = serviceMeant(view, from, address, port, line)
  return meant === undefined ? { kind: 'outside', host: address } : { kind: 'service', service: meant }
}

// A pod of a StatefulSet is reached as `db-0.db`: the Service is the second label.
const headless = (view: ClusterView, host: string, ns: string): Service | undefined => {
  const [first = '', second = '', third] = host.split('.')
  if (!/-\d+$/.test(first) || second === '') return undefined
  return view.get('Service', third !== undefined && third !== 'svc' ? third : ns, second)
}

const missing = (view: ClusterView, ns: string, name: string, sure: boolean): Target => {
  const all = view.all('Service')
  const near = nearestName(
    name,
    all.filter((one) => one.metadata.namespace === ns).map((one) => one.metadata.name),
  )
  const elsewhere = all.find((one) => one.metadata.name === name && one.metadata.namespace !== ns)?.metadata.namespace
  return {
    kind: 'missing-service',
    ref: { apiVersion: 'v1', kind: 'Service', namespace: ns, name },
    sure,
    ...(near === undefined ? {} : { near }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
  }
}

const topLevel =
  /^(?:[a-z]{2}|com|org|net|info|dev|app|cloud|edu|gov|mil|int|biz|tech|internal|local|lan|corp|test|example|invalid|online|site|xyz|systems|services)$/

const byName = (view: ClusterView, host: string, ns: string): Target => {
  const meant = serviceNameOf(host, ns)
  if (meant === undefined) return { kind: 'outside', host }
  const service = view.get('Service', meant.namespace, meant.name) ?? headless(view, host, ns)
  if (service !== undefined) return { kind: 'service', service }
  const dotted = host.includes('.') && !meant.certain
  // `a.b` is a Service only where b is a namespace; else it is a name of the outside such as example.com.
  if (dotted && view.get('Namespace', undefined, meant.namespace) === undefined) {
    return topLevel.test(meant.namespace) ? { kind: 'outside', host } : { kind: 'unknown' }
  }
  const presence = view.presence('Service', meant.namespace, meant.name)
  const namespaceGone = meant.certain && view.presence('Namespace', undefined, meant.namespace) === 'absent'
  if (presence === 'absent' || namespaceGone) return missing(view, meant.namespace, meant.name, true)
  return meant.certain || !host.includes('.') ? { kind: 'unknown' } : { kind: 'outside', host }
}

/** Finds what a dependency is, as seen from a pod; the `line` that told it helps where it has only an address. */
export const targetOf = (view: ClusterView, pod: Pod, dependency: Dependency, line = ''): Target => {
  const { host } = dependency
  if (host === undefined) return { kind: 'unknown' }
  if (local.test(host)) return { kind: 'own-pod' }
  return isAddress(host)
    ? byAddress(view, pod, host, dependency.port, line)
    : byName(view, host.toLowerCase().replace(/\.$/, ''), pod.metadata.namespace ?? '')
}

const hostIn = (value: string): { readonly host: string; readonly port?: number } | undefined => {
  const found =
    /^(?:[a-z][\w+.:-]{0,20}:\/\/)?(?:[^@\s/]{1,200}@)?([A-Za-z0-9][\w.-]{0,252})(?::(\d{2,5}))?(?:[/?,].*)?$/.exec(
      value,
    )
  if (found?.[1] === undefined || /^(?:true|false|\d+)$/i.test(found[1])) return undefined
  return { host: found[1], ...(found[2] === undefined ? {} : { port: Number(found[2]) }) }
}

/**
 * The peer that a line without a host means: the one Service (present or missing) that the environment of the container names.
 * Undefined where it names none or several.
 */
export const peerFromEnv = (
  view: ClusterView,
  pod: Pod,
  container: Container | undefined,
): (Dependency & { readonly variable: string }) | undefined => {
  const ns = pod.metadata.namespace ?? ''
  const found = (container?.env ?? []).flatMap((one) => {
    const name = one.name ?? ''
    if (!/HOST|URL|URI|ADDR|ENDPOINT|SERVER|BROKER|DSN|SERVICE/i.test(name)) return []
    const map = one.valueFrom?.configMapKeyRef
    const value =
      one.value ??
      (map?.name === undefined || map.key === undefined
        ? undefined
        : view.get('ConfigMap', ns, map.name)?.data?.[map.key])
    const peer = value === undefined ? undefined : hostIn(value)
    if (peer === undefined || local.test(peer.host)) return []
    return [{ ...peer, how: 'refused' as const, variable: name }]
  })
  const [first] = found
  return first !== undefined && found.every((one) => one.host === first.host) ? first : undefined
}

/**
 * The peer that a line without a host means, by what the same log said shortly before: the last Service of the namespace that
 * it named with a port, as in `database URL: mongodb-geo:27017`.
 */
export const peerFromLog = (view: ClusterView, pod: Pod, before: readonly string[]): Dependency | undefined => {
  const ns = pod.metadata.namespace ?? ''
  for (const text of before.slice(-15).reverse()) {
    for (const { name, namespace } of servicesNamed(text, ns)) {
      const service = view.get('Service', namespace, name)
      const [port] = portsNamed(text, { name, namespace })
      if (service === undefined || port === undefined || view.servicesFor(pod).includes(service)) continue
      return { host: namespace === ns ? name : `${name}.${namespace}`, port, how: 'refused' }
    }
  }
  return undefined
}

const policies = (view: ClusterView, pod: Pod, direction: 'Ingress' | 'Egress'): readonly ObjectRef[] =>
  view
    .all('NetworkPolicy')
    .filter((policy) => {
      const types =
        policy.spec?.policyTypes ?? (policy.spec?.egress === undefined ? ['Ingress'] : ['Ingress', 'Egress'])
      return (
        policy.metadata.namespace === pod.metadata.namespace &&
        types.includes(direction) &&
        matchesSelector(policy.spec?.podSelector, pod.metadata.labels)
      )
    })
    .map(refOf)

/** The objects whose fault could be why a pod cannot reach a target: the Service, what backs it, policies between, DNS, nodes. */
export const behind = (view: ClusterView, pod: Pod, target: Target, how: Dependency['how']): readonly ObjectRef[] => {
  const refs: ObjectRef[] = []
  if (target.kind === 'service') {
    refs.push(refOf(target.service))
    const ns = target.service.metadata.namespace ?? ''
    const labels = target.service.spec?.selector
    const pods =
      labels === undefined || Object.keys(labels).length === 0 ? [] : view.podsSelected(ns, { matchLabels: labels })
    for (const one of pods.slice(0, 50)) refs.push(view.workloadOf(one).ref, ...policies(view, one, 'Ingress'))
    // A Service without any pod is most likely that of the workload with its name.
    if (pods.length === 0)
      refs.push(
        ...view.workloads
          .filter((one) => one.ref.namespace === ns && one.ref.name === target.service.metadata.name)
          .map((one) => one.ref),
      )
  }
  if (target.kind === 'pod')
    refs.push(refOf(target.pod), view.workloadOf(target.pod).ref, ...policies(view, target.pod, 'Ingress'))
  if (target.kind !== 'own-pod') refs.push(...policies(view, pod, 'Egress'))
  if (how === 'name' && target.kind !== 'missing-service') {
    const dns = clusterDns(view)
    const ref = dnsRef(dns)
    if (ref !== undefined) refs.push(ref)
    refs.push({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: 'coredns' })
  }
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()]
}
