import type { Pod, Service } from '../../domain/kubernetes.ts'
import { isLive, isPodReady } from '../../domain/pod-state.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView, Workload } from '../../snapshot/view.ts'
import { type FailedFlow, failedFlowsOf } from './failed-flows.ts'
import { isUnwell, type NeededService, neededServices } from './needed-services.ts'

/** Whether a firing alert names the workload, or a Service that it needs, in its own namespace. */
const alerted = (view: ClusterView, workload: Workload, services: readonly string[]): boolean =>
  view.alerts.some((alert) => {
    if (alert.status === 'resolved') return false
    const words = new Set(
      `${alert.title} ${[...Object.values(alert.labels), ...Object.values(alert.annotations)].join(' ')}`.split(
        /[^a-z0-9-]+/i,
      ),
    )
    const here = [undefined, workload.ref.namespace].includes(alert.labels['namespace'])
    return here && [workload.ref.name, ...services].some((name) => words.has(name))
  })

const silent = (view: ClusterView, pods: readonly Pod[]): boolean =>
  pods.every((pod) => view.logs(pod.metadata.namespace ?? '', pod.metadata.name).every((log) => log.text.trim() === ''))

const hostOf = (service: Service): string => `${service.metadata.name}.${service.metadata.namespace ?? ''}.svc`

/** What a log that tells of a time-out, but not towards whom, can be about: what the settings name. */
const told = (timeout: FailedFlow | undefined, needed: readonly NeededService[]): readonly FailedFlow[] => {
  if (timeout === undefined) return []
  return needed.map(({ service }) => ({ ...timeout, host: hostOf(service) }))
}

/**
 * The flows that workloads in trouble need by their settings, for checks that can compute whether a flow can pass. Only where
 * no log of theirs was read that would tell, or it does not say towards whom: a log that speaks of something else is the
 * better witness.
 */
export const inferredFlows = (view: ClusterView): readonly FailedFlow[] =>
  view.workloads.flatMap((workload) => {
    if (['ReplicaSet', 'Job', 'CronJob'].includes(workload.ref.kind)) return []
    const pods = view.podsOf(workload.ref).filter(isLive)
    const pod = pods.find((one) => !isPodReady(one)) ?? pods[0]
    if (pod === undefined) return []
    const mute = silent(view, pods)
    const timeout = mute
      ? undefined
      : failedFlowsOf(view, pod).find((flow) => flow.kind === 'timeout' && flow.host === undefined)
    if (!mute && timeout === undefined) return []
    const needed = neededServices(view, workload).filter(({ service }) => !view.servicesFor(pod).includes(service))
    if (needed.length === 0) return []
    if (!mute) return told(timeout, needed)
    if (
      !isUnwell(view, workload) &&
      !alerted(
        view,
        workload,
        needed.map((one) => one.service.metadata.name),
      )
    )
      return []
    return needed.map(({ service, setting }) => ({
      pod,
      kind: 'timeout' as const,
      host: hostOf(service),
      count: 0,
      line: `${setting.where}: ${short(setting.text, 160)}`,
      inferred: true as const,
    }))
  })
