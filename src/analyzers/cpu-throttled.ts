import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { containersOf, isAboutContainer, type PodContainer } from '../domain/pod-containers.ts'
import { isLive } from '../domain/pod-state.ts'
import { cpuText, parseQuantity } from '../domain/quantity.ts'
import { timeOf, within } from '../domain/time.ts'
import type { ClusterView, MetricSeries, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, podRefs, severityFor } from './reading/by-workload.ts'

type Throttled = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly ratio?: number
  readonly limit: string
  readonly probes: string | undefined
  readonly alert?: string
  readonly use?: number
}

/** Growth of a counter over its points, resets taken into account. */
const growth = (points: MetricSeries['points']): number =>
  points
    .slice(1)
    .reduce(
      (sum, [, value], index) =>
        sum + Math.max(0, value - (points[index]?.[1] ?? 0) < 0 ? value : value - (points[index]?.[1] ?? 0)),
      0,
    )

const labelsOf = (pod: Pod, unit: PodContainer) => ({
  namespace: pod.metadata.namespace ?? '',
  pod: pod.metadata.name,
  container: unit.name,
})

const ratioOf = (view: ClusterView, pod: Pod, unit: PodContainer): number | undefined => {
  const labels = labelsOf(pod, unit)
  const [throttled] = view.series('container_cpu_cfs_throttled_periods_total', labels)
  const [periods] = view.series('container_cpu_cfs_periods_total', labels)
  if (throttled !== undefined && periods !== undefined) {
    const all = growth(periods.points)
    return all > 0 ? growth(throttled.points) / all : undefined
  }
  const [seconds] = view.series('container_cpu_cfs_throttled_seconds_total', labels)
  const [first, last] = [seconds?.points[0], seconds?.points.at(-1)]
  const span = ((timeOf(last?.[0]) ?? 0) - (timeOf(first?.[0]) ?? 0)) / 1000
  return seconds === undefined || span <= 0 ? undefined : Math.min(1, growth(seconds.points) / span)
}

const useOf = (view: ClusterView, pod: Pod, unit: PodContainer): number | undefined => {
  const [series] = view.series('container_cpu_usage_seconds_total', labelsOf(pod, unit))
  const [first, last] = [series?.points[0], series?.points.at(-1)]
  const span = ((timeOf(last?.[0]) ?? 0) - (timeOf(first?.[0]) ?? 0)) / 1000
  return series === undefined || span <= 0 ? undefined : growth(series.points) / span
}

const probeTimeouts = (view: ClusterView, pod: Pod, unit: PodContainer): string | undefined =>
  view
    .eventsFor(refOf(pod))
    .findLast(
      (event) =>
        event.reason === 'Unhealthy' &&
        isAboutContainer(event.regarding.fieldPath, unit.name) &&
        /timed? ?out|deadline exceeded|Client\.Timeout/i.test(event.note ?? '') &&
        within(event.lastSeen, view.now, 900),
    )?.note

const alertFor = (view: ClusterView, pod: Pod, unit: PodContainer): string | undefined =>
  view.alerts.find(
    (alert) =>
      /throttl/i.test(`${alert.labels['alertname'] ?? ''} ${alert.title}`) &&
      alert.status !== 'resolved' &&
      alert.labels['pod'] === pod.metadata.name &&
      (alert.labels['container'] === undefined || alert.labels['container'] === unit.name),
  )?.labels['alertname']

const throttled = (view: ClusterView): readonly Throttled[] =>
  view
    .all('Pod')
    .filter(isLive)
    .flatMap((pod) =>
      containersOf(pod).flatMap((unit): Throttled[] => {
        const limit = unit.container?.resources?.limits?.['cpu']
        if (limit === undefined) return []
        const ratio = ratioOf(view, pod, unit)
        const probes = probeTimeouts(view, pod, unit)
        const alert = alertFor(view, pod, unit)
        const use = useOf(view, pod, unit)
        const atLimit = use !== undefined && use >= (parseQuantity(limit) ?? Number.POSITIVE_INFINITY) * 0.95
        // A quarter of all periods is common and harmless; with failing probes or an alert it hurts.
        const hurts =
          (ratio ?? 0) >= 0.5 ||
          ((ratio ?? (atLimit ? 0.3 : 0)) >= 0.25 && (probes !== undefined || alert !== undefined))
        if (!hurts && alert === undefined) return []
        return [
          {
            pod,
            workload: view.workloadOf(pod),
            unit,
            limit,
            probes,
            ...(ratio === undefined ? {} : { ratio }),
            ...(alert === undefined ? {} : { alert }),
            ...(use === undefined ? {} : { use }),
          },
        ]
      }),
    )

const findingOf = (view: ClusterView, group: Group<Throttled>): Finding => {
  const { first, workload, all } = group
  const suggested = cpuText(Math.ceil((parseQuantity(first.limit) ?? 0.1) * 2 * 20) / 20)
  const share = first.ratio === undefined ? '' : ` in ${Math.round(first.ratio * 100)} % of its CPU periods`
  return {
    code: 'cpu-throttled',
    severity: first.probes === undefined ? 'warning' : severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: container ${first.unit.name} is throttled${share} at its CPU limit of ${first.limit}${first.probes === undefined ? '' : ', and its probes time out'}`,
    evidence: [
      ...(first.ratio === undefined
        ? []
        : [
            observe(
              'metric',
              refOf(first.pod),
              `throttled in ${Math.round(first.ratio * 100)} % of the CPU periods of ${first.unit.name}`,
              view.now,
            ),
          ]),
      ...(first.alert === undefined
        ? []
        : [observe('alert', refOf(first.pod), `${first.alert} for container ${first.unit.name}`)]),
      observe(
        'spec',
        refOf(first.pod),
        `CPU limit ${first.limit}, request ${first.unit.container?.resources?.requests?.['cpu'] ?? 'none'}${first.use === undefined ? '' : `; use ${cpuText(first.use)}`}`,
      ),
      ...(first.probes === undefined ? [] : [observe('event', refOf(first.pod), first.probes)]),
    ],
    confidence: first.ratio === undefined ? 0.7 : 0.85,
    affects: podRefs(all),
    fix: [
      `Raise the CPU limit (${suggested}) or remove it where the request is right: ${kubectl(workload.ref, 'set resources', `-c ${first.unit.name} --limits=cpu=${suggested}`)}`,
    ],
    prevention: ['Set CPU requests from use, and limits only where a neighbour needs protection.'],
    facts: {
      container: first.unit.name,
      cpuLimit: first.limit,
      suggestedCpuLimit: suggested,
      ...(first.unit.container?.resources?.requests?.['cpu'] === undefined
        ? {}
        : { cpuRequest: first.unit.container.resources.requests['cpu'] }),
    },
  }
}

/** Containers held back at their CPU limit for so much of the time that probes or latency suffer. */
export const analyzer: Analyzer = {
  id: 'cpu-throttled',
  codes: ['cpu-throttled'],
  needs: ['pods'],
  analyze: (view) => byWorkload(throttled(view), (one) => one.unit.name).map((group) => findingOf(view, group)),
}
