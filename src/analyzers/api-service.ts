import { conditionOf } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type APIService, type HorizontalPodAutoscaler, refOf } from '../domain/kubernetes.ts'
import { decisive, isTrouble, readLog } from '../domain/log-lines.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive, isPodReady } from '../domain/pod-state.ts'
import { earliest, lasted } from '../domain/time.ts'
import { count, short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { podTrouble } from './reading/node-agents.ts'
import { scalerRef } from './reading/scale-target.ts'

const metricsGroup = 'metrics.k8s.io'
const graceSeconds = 120

const noMetrics =
  /resource metrics API|metrics\.k8s\.io|the server (?:could not find the requested resource|is currently unable to handle the request) \(get pods/i

/** Autoscalers that say they cannot read resource metrics. */
const blindOnes = (view: ClusterView): readonly HorizontalPodAutoscaler[] =>
  view.all('HorizontalPodAutoscaler').filter((hpa) => {
    const active = conditionOf(hpa.status?.conditions, 'ScalingActive')
    const text = active?.message ?? ''
    if (
      active?.status !== 'False' ||
      !noMetrics.test(text) ||
      !lasted(active.lastTransitionTime, view.now, graceSeconds)
    )
      return false
    return (
      /could not find the requested resource|currently unable|not available|connection refused|failed to (?:get|contact)|timed? ?out/i.test(
        text,
      ) && !/custom\.metrics|external\.metrics/.test(text)
    )
  })

type Backend = { readonly evidence: readonly Observation[]; readonly refs: readonly ObjectRef[]; readonly text: string }

/** What stands behind an aggregated API, and why it does not answer as far as its pods tell. */
const backendOf = (view: ClusterView, api: APIService): Backend => {
  const { namespace = '', name = '' } = api.spec?.service ?? {}
  const service = view.get('Service', namespace, name)
  const ref: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace, name }
  if (service === undefined) {
    const gone = view.presence('Service', namespace, name) === 'absent'
    return { evidence: [], refs: [ref], text: gone ? `Service ${namespace}/${name} does not exist` : '' }
  }
  const pods = view
    .podsSelected(namespace, service.spec?.selector === undefined ? undefined : { matchLabels: service.spec.selector })
    .filter(isLive)
  const bad = pods.filter((pod) => !isPodReady(pod))
  const workloads = new Map(pods.map((pod) => view.workloadOf(pod).ref).map((one) => [refKey(one), one]))
  const said = pods.flatMap((pod) =>
    view.logs(namespace, pod.metadata.name).flatMap((log) =>
      decisive(readLog(log.text), 1)
        .filter(isTrouble)
        .map((entry) => observe('log', refOf(pod), entry.text)),
    ),
  )
  const [first] = bad
  const text =
    pods.length === 0
      ? `Service ${namespace}/${name} has no pods`
      : first === undefined
        ? ''
        : `${count(bad.length, 'pod')} of ${namespace}/${name} not ready (${podTrouble(first)})`
  return {
    evidence: [...bad.slice(0, 1).map((pod) => observe('status', refOf(pod), podTrouble(pod))), ...said.slice(-2)],
    refs: [ref, ...workloads.values()],
    text,
  }
}

const unavailable = (
  view: ClusterView,
  api: APIService,
  blind: readonly HorizontalPodAutoscaler[],
): Finding | undefined => {
  const available = conditionOf(api.status?.conditions, 'Available')
  if (
    api.spec?.service === undefined ||
    available?.status !== 'False' ||
    !lasted(available.lastTransitionTime, view.now, graceSeconds)
  )
    return undefined
  const isMetrics = api.spec.group === metricsGroup
  const object = refOf(api)
  const backend = backendOf(view, api)
  const said = backend.evidence.findLast((one) => one.kind === 'log')
  const why = [
    short(available.message ?? available.reason ?? '', 180),
    backend.text,
    said === undefined ? '' : short(said.text, 140),
  ]
    .filter((part) => part !== '')
    .join('; ')
  return {
    code: isMetrics ? 'metrics-api-unavailable' : 'aggregated-api-unavailable',
    severity: isMetrics && blind.length === 0 ? 'warning' : 'critical',
    object,
    summary: `Aggregated API ${api.metadata.name} is not available${isMetrics && blind.length > 0 ? `, so ${count(blind.length, 'HorizontalPodAutoscaler')} (${some(blind.map((hpa) => hpa.metadata.name))}) cannot scale` : ''}: ${why}`,
    evidence: [
      observe(
        'status',
        object,
        `Available is False (${available.reason ?? ''}): ${available.message ?? ''}`,
        available.lastTransitionTime,
      ),
      ...backend.evidence,
    ],
    confidence: 0.97,
    ...(available.lastTransitionTime === undefined ? {} : { since: available.lastTransitionTime }),
    affects: isMetrics ? blind.map((hpa) => scalerRef(view, hpa)) : [],
    dependsOn: backend.refs,
    fix: [
      `kubectl -n ${api.spec.service.namespace ?? ''} get service,endpoints ${api.spec.service.name ?? ''}`,
      `kubectl describe apiservice ${api.metadata.name}`,
      ...(isMetrics
        ? []
        : [
            'While it is down, namespaces cannot be deleted and discovery is incomplete; delete the APIService only if its server is gone for good.',
          ]),
    ],
    prevention: isMetrics ? ['Run two replicas of metrics-server with a PodDisruptionBudget.'] : [],
    facts: {
      service: `${api.spec.service.namespace ?? ''}/${api.spec.service.name ?? ''}`,
      reason: available.reason ?? '',
    },
  }
}

/** Autoscalers are blind and no APIService serves resource metrics: metrics-server is not installed, or cannot be seen. */
const unregistered = (view: ClusterView, blind: readonly HorizontalPodAutoscaler[]): Finding | undefined => {
  const [first] = blind
  const known = view.all('APIService').find((api) => api.spec?.group === metricsGroup)
  if (first === undefined || known !== undefined) return undefined
  const object: ObjectRef = {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    name: 'v1beta1.metrics.k8s.io',
  }
  const absent = view.presence('APIService', undefined, object.name) === 'absent'
  const conditions = blind.map((hpa) => conditionOf(hpa.status?.conditions, 'ScalingActive'))
  const since = earliest(conditions.map((one) => one?.lastTransitionTime))
  return {
    code: 'metrics-api-unavailable',
    severity: 'critical',
    object,
    summary: `The resource metrics API (metrics.k8s.io) does not answer${absent ? ': no APIService serves it (is metrics-server installed?)' : ''}, so ${count(blind.length, 'HorizontalPodAutoscaler')} (${some(blind.map((hpa) => hpa.metadata.name))}) cannot scale`,
    evidence: blind
      .slice(0, 4)
      .map((hpa, index) =>
        observe('status', refOf(hpa), conditions[index]?.message ?? '', conditions[index]?.lastTransitionTime),
      ),
    confidence: absent ? 0.92 : 0.8,
    affects: blind.map((hpa) => scalerRef(view, hpa)),
    ...(since === undefined ? {} : { since }),
    fix: ['kubectl get apiservice v1beta1.metrics.k8s.io', 'Install or repair metrics-server.'],
    facts: {},
  }
}

/** Aggregated APIs that are not available; for resource metrics also what the blind autoscalers say. */
export const analyzer: Analyzer = {
  id: 'api-service',
  codes: ['metrics-api-unavailable', 'aggregated-api-unavailable'],
  needs: ['apiservices'],
  analyze: (view) => {
    const blind = blindOnes(view)
    const down = view.all('APIService').flatMap((api) => unavailable(view, api, blind) ?? [])
    return [...down, ...[unregistered(view, blind)].flatMap((one) => one ?? [])]
  },
}
