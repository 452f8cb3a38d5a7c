import type { Finding } from '../domain/finding.ts'
import { type Labels, type Pod, refOf, type Service } from '../domain/kubernetes.ts'
import { nameGap } from '../domain/near-name.ts'
import { refKey, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { declaredPorts, isLive, isPodReady } from '../domain/pod-state.ts'
import { labelsText, matchesLabels } from '../domain/selector.ts'
import { gapText, type SelectorGap, selectorGap, selectsByRuntimeLabel } from '../domain/selector-gap.ts'
import { selectsPods } from '../domain/service-port.ts'
import { short } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { couldNotRead } from './reading/could-not-read.ts'
import { destinationOf, failedFlows } from './reading/failed-flows.ts'
import { oncePerView } from './reading/once-per-view.ts'
import { type ServiceUse, usesOf } from './reading/service-users.ts'

type Candidate = {
  readonly workload: Workload
  readonly labels: Labels
  readonly gap: SelectorGap
  readonly score: number
  readonly served: boolean
}

const controllers = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Rollout',
  'ReplicaSet',
  'ReplicationController',
  'Pod',
  'DeploymentConfig',
]

const labelsOf = (view: ClusterView, workload: Workload): Labels =>
  workload.template?.metadata?.labels ??
  (workload.ref.kind === 'Pod' ? workload.object.metadata.labels : view.podsOf(workload.ref)[0]?.metadata.labels) ??
  {}

const nearby = (view: ClusterView, namespace: string): readonly Workload[] => nearbyIn(view).get(namespace) ?? []

/** The workloads that could be meant, by namespace. */
const nearbyIn = oncePerView((view) => {
  const byNamespace = new Map<string, Workload[]>()
  for (const one of view.workloads) {
    const { namespace, kind } = one.ref
    if (namespace === undefined || !controllers.includes(kind) || (kind === 'Pod' && !isLivePod(view, one))) continue
    const known = byNamespace.get(namespace)
    if (known === undefined) byNamespace.set(namespace, [one])
    else known.push(one)
  }
  return byNamespace
})

const isLivePod = (view: ClusterView, workload: Workload): boolean => {
  const pod = view.get('Pod', workload.ref.namespace, workload.ref.name)
  return pod !== undefined && isLive(pod)
}

const hasEndpoints = (view: ClusterView, service: Service): boolean =>
  view
    .all('EndpointSlice')
    .some(
      (slice) =>
        slice.metadata.namespace === service.metadata.namespace &&
        slice.metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name &&
        (slice.endpoints ?? []).some(
          (endpoint) => (endpoint.addresses ?? []).length > 0 && endpoint.conditions?.ready !== false,
        ),
    )

const nameLikeness = (service: string, workload: string): number => {
  // The Service of the cluster's DNS keeps its old name whatever serves it.
  if (service === workload || (service === 'kube-dns' && workload.includes('coredns'))) return 0.5
  return nameGap(service, workload) === undefined ? 0 : 0.25
}

const candidatesFor = (view: ClusterView, service: Service, selector: Labels): readonly Candidate[] => {
  const namespace = service.metadata.namespace ?? ''
  const others = view
    .all('Service')
    .filter((one) => one !== service && one.metadata.namespace === namespace && selectsPods(one))
  return nearby(view, namespace)
    .flatMap((workload) => {
      const labels = labelsOf(view, workload)
      const name = nameLikeness(service.metadata.name, workload.ref.name)
      const gap = selectorGap(selector, labels) ?? (name === 0 ? undefined : nothingShared(selector))
      if (gap === undefined) return []
      const served = others.some((one) => matchesLabels(one.spec?.selector ?? {}, labels))
      return [{ workload, labels, gap, score: gap.likeness + name - (served ? 0.3 : 0), served }]
    })
    .sort((a, b) => b.score - a.score || (a.workload.ref.name < b.workload.ref.name ? -1 : 1))
}

const nothingShared = (selector: Labels): SelectorGap => ({
  likeness: 0.2,
  differences: Object.entries(selector).map(([key, wants]) => ({ key, wants })),
})

const finding = (service: Service, chosen: Candidate, uses: readonly ServiceUse[]): Finding => {
  const object = refOf(service)
  const selector = service.spec?.selector ?? {}
  const failing = uses.some((use) => use.failing)
  const confidence = Math.min(
    0.96,
    0.72 + 0.15 * Math.min(1, chosen.score) + (failing ? 0.06 : 0) - (chosen.served ? 0.1 : 0),
  )
  const right = Object.fromEntries(
    Object.keys(selector).flatMap((key) => (chosen.labels[key] === undefined ? [] : [[key, chosen.labels[key]]])),
  )
  const patch = JSON.stringify({
    spec: {
      selector: {
        ...Object.fromEntries(Object.keys(selector).map((key) => [key, null])),
        ...(Object.keys(right).length > 0 ? right : chosen.labels),
      },
    },
  })
  return {
    code: 'service-selector-mismatch',
    severity: 'critical',
    object,
    summary: `Service ${service.metadata.name} selects no pod: ${gapText(chosen.gap)} (did you mean ${refText(chosen.workload.ref)}?)`,
    evidence: [
      observe(
        'computed',
        object,
        `selector ${labelsText(selector)} matches 0 pods in namespace ${service.metadata.namespace ?? ''}`,
      ),
      observe('spec', chosen.workload.ref, `pod labels: ${labelsText(chosen.labels)}`),
      ...uses.slice(0, 3).map((use) => use.observation),
    ],
    confidence,
    affects: [chosen.workload.ref, ...uses.map((use) => use.by).filter((by) => by.kind !== 'Service')],
    fix: [
      `Make the selector of the Service equal to the pods' labels: kubectl -n ${service.metadata.namespace ?? ''} patch service ${service.metadata.name} --type=merge -p '${patch}'`,
      `kubectl -n ${service.metadata.namespace ?? ''} get endpointslices -l kubernetes.io/service-name=${service.metadata.name}`,
    ],
    prevention: [
      'Take selector and pod labels from one template value, and check in CI that each Service selects a workload.',
    ],
    facts: {
      selector: labelsText(selector),
      workload: chosen.workload.ref.name,
      labels: labelsText(chosen.labels),
      suggestedSelector: labelsText(Object.keys(right).length > 0 ? right : chosen.labels),
    },
  }
}

const selectsNothing = (view: ClusterView, service: Service): Finding | undefined => {
  // The workload that it selects may be one that nobody could read, with no pods now.
  if (couldNotRead(view, 'deployments', 'statefulsets', 'daemonsets')) return undefined
  const selector = service.spec?.selector ?? {}
  const namespace = service.metadata.namespace ?? ''
  if (view.podsSelected(namespace, { matchLabels: selector }).some(isLive) || hasEndpoints(view, service))
    return undefined
  // Its workload is here, and only has no pods (scaled to zero, or not able to make them): not the Service's fault.
  if (nearby(view, namespace).some((one) => matchesLabels(selector, labelsOf(view, one)))) return undefined
  const [best] = candidatesFor(view, service, selector)
  if (best === undefined) return undefined
  const uses = usesOf(view, service)
  const wanted = uses.length > 0
  const named = nameLikeness(service.metadata.name, best.workload.ref.name) === 0.5
  if (best.served && !(wanted && best.score >= 0.4)) return undefined
  if (selectsByRuntimeLabel(selector) && !uses.some((use) => use.failing)) return undefined
  const enough = named || best.gap.likeness >= 0.6 || (wanted && best.score >= 0.3)
  return enough && best.score >= 0.3 ? finding(service, best, uses) : undefined
}

/** Selects another workload's pods although the one of its own name carries another value for the same label. */
const selectsWrong = (view: ClusterView, service: Service): Finding | undefined => {
  const selector = service.spec?.selector ?? {}
  const namespace = service.metadata.namespace ?? ''
  const all = nearby(view, namespace)
  const named = all.filter((one) => one.ref.name === service.metadata.name)
  if (named.every((one) => matchesLabels(selector, labelsOf(view, one)))) return undefined
  const chosen = all.filter((one) => matchesLabels(selector, labelsOf(view, one)))
  const own = named.find((one) => !chosen.includes(one))
  const [only] = chosen
  if (own === undefined || only === undefined || chosen.length !== 1 || only.ref.name === service.metadata.name)
    return undefined
  const others = view
    .all('Service')
    .filter((one) => one !== service && one.metadata.namespace === namespace && selectsPods(one))
  const serves = (workload: Workload) =>
    others.some((one) => matchesLabels(one.spec?.selector ?? {}, labelsOf(view, workload)))
  if (serves(own) || !serves(only)) return undefined
  const object = refOf(service)
  const labels = labelsOf(view, own)
  const right = Object.fromEntries(
    Object.keys(selector).flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])),
  )
  if (Object.keys(right).length === 0) return undefined
  const uses = usesOf(view, service)
  return {
    code: 'service-selector-mismatch',
    severity: 'critical',
    object,
    summary: `Service ${service.metadata.name} sends its traffic to ${refText(only.ref)}: it selects ${labelsText(selector)}, while ${refText(own.ref)} has ${labelsText(right)} and no Service selects it`,
    evidence: [
      observe('computed', object, `selector ${labelsText(selector)} selects the pods of ${refText(only.ref)}`),
      observe('spec', own.ref, `pod labels: ${labelsText(labels)}`),
      ...uses.slice(0, 2).map((use) => use.observation),
    ],
    confidence: uses.some((use) => use.failing) ? 0.88 : 0.78,
    affects: [own.ref],
    fix: [
      `kubectl -n ${namespace} patch service ${service.metadata.name} --type=merge -p '${JSON.stringify({ spec: { selector: right } })}'`,
    ],
    facts: { selector: labelsText(selector), workload: own.ref.name },
  }
}

/**
 * Selects pods of a further workload, which do not serve the port: those who are sent there are refused. Only where a log tells
 * of it: what a container listens on need not be declared.
 */
const selectsToo = (view: ClusterView, service: Service): Finding | undefined => {
  const selected = view.podsSelected(service.metadata.namespace ?? '', { matchLabels: service.spec?.selector ?? {} })
  const targets = (service.spec?.ports ?? []).flatMap(({ targetPort, port }) => targetPort ?? port ?? [])
  const declares = (pod: Pod, port: number) => declaredPorts(pod.spec).some((one) => one.port.containerPort === port)
  const refused = failedFlows(view).flatMap((flow) => {
    const to = flow.kind === 'refused' && flow.port !== undefined ? destinationOf(view, flow) : undefined
    if (to?.kind !== 'pod' || flow.port === undefined || !selected.includes(to.pod) || !targets.includes(flow.port))
      return []
    const { port } = flow
    const stray = declaredPorts(to.pod.spec).length > 0 && !declares(to.pod, port) && isPodReady(to.pod)
    const meant = selected.find((pod) => declares(pod, port) && isPodReady(pod))
    return stray && meant !== undefined ? [{ flow, port, stray: to.pod, meant }] : []
  })
  const [first] = refused
  if (first === undefined) return undefined
  const object = refOf(service)
  const [stray, meant] = [view.workloadOf(first.stray).ref, view.workloadOf(first.meant).ref]
  if (refKey(stray) === refKey(meant)) return undefined
  const own = Object.entries(first.meant.metadata.labels ?? {}).filter(
    ([key, value]) => first.stray.metadata.labels?.[key] !== value && !/hash|revision|index|pod-name/.test(key),
  )
  const narrower = Object.fromEntries([...Object.entries(service.spec?.selector ?? {}), ...own.slice(0, 1)])
  return {
    code: 'service-selector-mismatch',
    severity: 'critical',
    object,
    summary: `Service ${service.metadata.name} also selects ${refText(stray)}, which does not serve port ${first.port} (only ${refText(meant)} does): a share of the connections is refused`,
    evidence: [
      observe(
        'computed',
        object,
        `selector ${labelsText(service.spec?.selector ?? {})} selects pods of ${refText(meant)} and of ${refText(stray)}`,
      ),
      observe(
        'spec',
        stray,
        `ports: ${declaredPorts(first.stray.spec)
          .map((one) => one.port.containerPort)
          .join(', ')}`,
      ),
      ...refused.slice(0, 2).map(({ flow }) => observe('log', refOf(flow.pod), short(flow.line, 300))),
    ],
    confidence: 0.88,
    affects: [
      ...new Map(refused.map(({ flow }) => view.workloadOf(flow.pod).ref).map((ref) => [refKey(ref), ref])).values(),
    ],
    fix: [
      `Narrow the selector to the pods that serve it: kubectl -n ${service.metadata.namespace ?? ''} patch service ${service.metadata.name} --type=merge -p '${JSON.stringify({ spec: { selector: narrower } })}'`,
    ],
    prevention: ['Select by a label that only the pods of one workload carry.'],
    facts: {
      selector: labelsText(service.spec?.selector ?? {}),
      workload: meant.name,
      suggestedSelector: labelsText(narrower),
    },
  }
}

/** Services whose selector selects nothing although the pods that were meant exist, or that select another workload's pods. */
export const analyzer: Analyzer = {
  id: 'service-selector',
  codes: ['service-selector-mismatch'],
  needs: ['services', 'pods'],
  analyze: (view) =>
    view.complete('Pod')
      ? view
          .all('Service')
          .flatMap((service) =>
            selectsPods(service)
              ? (selectsNothing(view, service) ?? selectsWrong(view, service) ?? selectsToo(view, service) ?? [])
              : [],
          )
      : [],
}
