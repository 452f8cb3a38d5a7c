import { isAddress } from '../../domain/cidr.ts'
import { type ConnectionFailure, connectionFailures, serviceNameOf } from '../../domain/connection-failure.ts'
import type { Pod, Service } from '../../domain/kubernetes.ts'
import { isLive, podAddresses } from '../../domain/pod-state.ts'
import type { ClusterView } from '../../snapshot/view.ts'
import { serviceMeant } from './service-meant.ts'

/** A kind of failure of one pod towards one host, with how often its log tells of it and the last line that does. */
export type FailedFlow = {
  readonly pod: Pod
  readonly kind: ConnectionFailure['kind']
  readonly host?: string
  readonly port?: number
  readonly count: number
  readonly line: string
  /** True where no log tells of it: a client in trouble has this need by its settings (`line` says which). */
  readonly inferred?: true
}

const recentLines = 60

const textsOf = (view: ClusterView, pod: Pod): readonly string[] => {
  const texts = view
    .logs(pod.metadata.namespace ?? '', pod.metadata.name)
    .map(({ text }) => text.trimEnd().split('\n').slice(-recentLines).join('\n'))
  for (const statuses of [pod.status?.containerStatuses, pod.status?.initContainerStatuses]) {
    for (const { state, lastState } of statuses ?? []) {
      if (state?.terminated?.message !== undefined) texts.push(state.terminated.message)
      if (lastState?.terminated?.message !== undefined) texts.push(lastState.terminated.message)
    }
  }
  return texts
}

/** The failed connections that a pod's newest log lines and exit messages tell of, by kind and host. */
export const failedFlowsOf = (view: ClusterView, pod: Pod): readonly FailedFlow[] => {
  const texts = textsOf(view, pod)
  if (texts.length === 0) return []
  const found = new Map<string, FailedFlow>()
  for (const failure of texts.flatMap(connectionFailures)) {
    const key = `${failure.kind} ${failure.host ?? ''} ${failure.port ?? ''}`
    const count = (found.get(key)?.count ?? 0) + 1
    found.set(key, {
      pod,
      kind: failure.kind,
      ...(failure.host === undefined ? {} : { host: failure.host }),
      ...(failure.port === undefined ? {} : { port: failure.port }),
      count,
      line: failure.line,
    })
  }
  return [...found.values()]
}

/** Those of all pods that have logs or exit messages. Pods of Jobs that failed count: their need has not gone away. */
export const failedFlows = (view: ClusterView): readonly FailedFlow[] => {
  const known = flowsOf.get(view)
  if (known !== undefined) return known
  const flows = view
    .all('Pod')
    .filter((pod) => isLive(pod) || pod.status?.phase === 'Failed')
    .flatMap((pod) => failedFlowsOf(view, pod))
  flowsOf.set(view, flows)
  return flows
}

// Several checks ask the same of one view, which never changes.
const flowsOf = new WeakMap<ClusterView, readonly FailedFlow[]>()
const destinations = new WeakMap<FailedFlow, { readonly found: Destination | undefined }>()

/** What a host of a failed flow is in the cluster: a Service, a pod, or something outside. */
export type Destination =
  | { readonly kind: 'service'; readonly service: Service }
  | { readonly kind: 'pod'; readonly pod: Pod }
  | { readonly kind: 'outside'; readonly address?: string }

/** Finds what a host means to a pod; undefined where it is a name inside the cluster that does not exist, or not told. */
export const destinationOf = (view: ClusterView, flow: FailedFlow): Destination | undefined => {
  const known = destinations.get(flow)
  if (known !== undefined) return known.found
  const found = findDestination(view, flow)
  destinations.set(flow, { found })
  return found
}

const findDestination = (view: ClusterView, flow: FailedFlow): Destination | undefined => {
  const { host } = flow
  if (host === undefined || host === 'localhost' || host.startsWith('127.')) return undefined
  if (isAddress(host)) {
    const service = view.all('Service').find((one) => one.spec?.clusterIP === host)
    if (service !== undefined) return { kind: 'service', service }
    const pod = view
      .all('Pod')
      .find((one) => isLive(one) && one.spec?.hostNetwork !== true && podAddresses(one).includes(host))
    if (pod !== undefined) return { kind: 'pod', pod }
    const told = serviceMeant(view, flow.pod, host, flow.port, flow.line)
    return told === undefined ? { kind: 'outside', address: host } : { kind: 'service', service: told }
  }
  const meant = serviceNameOf(host, flow.pod.metadata.namespace ?? '')
  if (meant === undefined) return { kind: 'outside' }
  const service = view.get('Service', meant.namespace, meant.name)
  if (service !== undefined) return { kind: 'service', service }
  const ours = meant.certain || !host.includes('.') || view.get('Namespace', undefined, meant.namespace) !== undefined
  return ours ? undefined : { kind: 'outside' }
}
