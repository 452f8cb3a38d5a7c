import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type Event, refOf, type Service } from '../domain/kubernetes.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted, within } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const graceSeconds = 600

const failures = [
  'SyncLoadBalancerFailed',
  'CreatingLoadBalancerFailed',
  'UpdateLoadBalancerFailed',
  'FailedBuildModel',
  'FailedDeployModel',
  'FailedReconcile',
  'AllocationFailed',
  'UnAvailableLoadBalancer',
  'EnsureLoadBalancerFailed',
]

const hasAddress = (service: Service): boolean =>
  (service.status?.loadBalancer?.ingress ?? []).some((one) => one.ip !== undefined || one.hostname !== undefined)

/** The newest failure, unless the load balancer was made after it. */
const failureOf = (view: ClusterView, service: Service): Event | undefined => {
  const events = view.eventsFor(refOf(service))
  const last = events.findLastIndex((event) => failures.includes(event.reason ?? ''))
  const done = events.findLastIndex((event) =>
    ['EnsuredLoadBalancer', 'UpdatedLoadBalancer', 'SuccessfullyReconciled', 'IPAllocated'].includes(
      event.reason ?? '',
    ),
  )
  return last < 0 || done > last ? undefined : events[last]
}

/** What a load balancer controller wrote into the Service's conditions (Cilium LB-IPAM, cloud providers). */
const unmet = (service: Service): Condition | undefined =>
  (service.status?.conditions ?? []).find(
    (one) => one.status === 'False' && /IPRequestSatisfied|LoadBalancer|PortsInUse/i.test(one.type ?? ''),
  ) ?? conditionOf(service.status?.conditions, 'LoadBalancerPortsError')

const hintFor = (message: string): string => {
  if (/quota|limit exceeded|toomany/i.test(message))
    return 'Raise the quota of the cloud account, or remove load balancers that are not used.'
  if (/subnet/i.test(message))
    return 'Tag the subnets for load balancers (kubernetes.io/role/elb or kubernetes.io/role/internal-elb), or name them by annotation.'
  if (/unauthorized|accessdenied|forbidden|not authorized|403/i.test(message))
    return 'Give the cloud controller the permission that the message names.'
  if (/no available ip|no_pool|out_of_ips|address pool|exhaust|unknown pool/i.test(message))
    return 'Enlarge the address pool of the load balancer, or correct the pool that the Service names.'
  return 'Correct what the event names; the controller tries again by itself.'
}

const check = (view: ClusterView, service: Service): Finding | undefined => {
  const object = refOf(service)
  const event = failureOf(view, service)
  const condition = unmet(service)
  const address = hasAddress(service)
  if (address && (event === undefined || !within(event.lastSeen, view.now, 900) || (event.count ?? 1) < 3))
    return undefined
  const said =
    event?.note ?? (condition?.status === 'False' ? `${condition.reason ?? ''} ${condition.message ?? ''}` : undefined)
  if (said === undefined && !lasted(service.metadata.creationTimestamp, view.now, graceSeconds)) return undefined
  if (said === undefined && service.metadata.creationTimestamp === undefined) return undefined
  const others = view.all('Service').filter((one) => one !== service && one.spec?.type === 'LoadBalancer')
  const working = others.some(hasAddress)
  const quiet = working
    ? 'no controller has said why, although other Services did get an address'
    : `no load balancer controller seems to serve this cluster${service.spec?.loadBalancerClass === undefined ? '' : ` for class ${service.spec.loadBalancerClass}`}`
  const since = event?.firstSeen ?? service.metadata.creationTimestamp
  return {
    code: 'load-balancer-pending',
    severity: address ? 'warning' : 'critical',
    object,
    summary: address
      ? `Load balancer of Service ${service.metadata.name} cannot be updated: ${short(said ?? '', 180)}`
      : `Service ${service.metadata.name} of type LoadBalancer has no address: ${said === undefined ? quiet : short(said, 180)}`,
    evidence: [
      ...(event === undefined ? [] : [observeEvent(object, event)]),
      ...(condition?.status === 'False'
        ? [
            observe(
              'status',
              object,
              `${condition.type ?? ''}: ${condition.message ?? condition.reason ?? ''}`,
              condition.lastTransitionTime,
            ),
          ]
        : []),
      observe('status', object, address ? 'status.loadBalancer has an address' : 'status.loadBalancer is empty'),
    ],
    confidence: event !== undefined ? 0.92 : condition?.status === 'False' ? 0.95 : working ? 0.75 : 0.7,
    ...(since === undefined ? {} : { since }),
    fix: [
      said === undefined
        ? 'Install or repair a load balancer controller (cloud controller manager, MetalLB…), or use NodePort or an Ingress.'
        : hintFor(said),
      `kubectl -n ${object.namespace ?? ''} describe service ${object.name}`,
    ],
    facts: { type: 'LoadBalancer' },
  }
}

/** Services of type LoadBalancer that get no address, or whose load balancer cannot be kept up to date. */
export const analyzer: Analyzer = {
  id: 'load-balancer',
  codes: ['load-balancer-pending'],
  needs: ['services', 'events'],
  analyze: (view) =>
    view
      .all('Service')
      .filter((service) => service.spec?.type === 'LoadBalancer' && service.metadata.deletionTimestamp === undefined)
      .flatMap((service) => check(view, service) ?? []),
}
