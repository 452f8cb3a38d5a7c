import type { Diagnosis } from '../domain/diagnosis.ts'
import type { Incident } from '../domain/incident.ts'
import { isLive, isPodReady } from '../domain/pod-state.ts'
import type { HealthReport, NamespaceHealth } from '../domain/report.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import { recommend } from './recommend.ts'
import { rolloutsSince } from './rollouts.ts'
import { utilisation } from './utilisation.ts'

const day = 86_400

/** The report of one cluster from its view, its diagnosis and the incidents of the last day. Pure: equal input, equal report. */
export const healthReport = (view: ClusterView, diagnosis: Diagnosis, incidents: readonly Incident[]): HealthReport => {
  const since = (timeOf(view.now) ?? 0) - day * 1000
  const nodes = view.all('Node')
  const room = utilisation(view)
  return {
    version: 1,
    cluster: view.cluster,
    at: view.now,
    verdict: diagnosis.verdict,
    coverage: diagnosis.coverage,
    namespaces: namespaceHealth(view),
    nodes: {
      total: nodes.length,
      ready: nodes.filter((node) =>
        node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True'),
      ).length,
      cordoned: nodes.filter((node) => node.spec?.unschedulable === true).length,
    },
    issues: diagnosis.rootCauses.map((cause) => ({
      code: cause.code,
      object: cause.object,
      severity: cause.severity,
      summary: cause.summary,
      ...(cause.since === undefined ? {} : { since: cause.since }),
      ...(cause.fix[0] === undefined ? {} : { fix: cause.fix[0] }),
    })),
    rollouts: rolloutsSince(view, since),
    incidents: incidentsSince(view, incidents, since),
    utilisation: room,
    recommendations: recommend(view, diagnosis, room),
  }
}

const namespaceHealth = (view: ClusterView): readonly NamespaceHealth[] => {
  const byName = new Map<string, { workloads: number; healthy: number; pods: number; notReady: number }>()
  const of = (name: string) => {
    const known = byName.get(name) ?? { workloads: 0, healthy: 0, pods: 0, notReady: 0 }
    byName.set(name, known)
    return known
  }
  for (const pod of view.all('Pod')) {
    if (!isLive(pod)) continue
    const row = of(pod.metadata.namespace ?? '')
    row.pods += 1
    if (!isPodReady(pod)) row.notReady += 1
  }
  for (const workload of view.workloads) {
    if (!isStanding(workload)) continue
    const row = of(workload.ref.namespace ?? '')
    row.workloads += 1
    if (isHealthy(view, workload)) row.healthy += 1
  }
  return [...byName].map(([name, row]) => ({ name, ...row })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Workloads that are meant to stand: not Jobs, which end, and not what was scaled to zero. */
const isStanding = (workload: Workload): boolean =>
  ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout'].includes(workload.ref.kind) && workload.replicas !== 0

const isHealthy = (view: ClusterView, workload: Workload): boolean => {
  const status = workload.object.status as
    | { readyReplicas?: number; numberReady?: number; desiredNumberScheduled?: number }
    | undefined
  const wanted = workload.replicas ?? status?.desiredNumberScheduled ?? view.podsOf(workload.ref).length
  return (status?.readyReplicas ?? status?.numberReady ?? 0) >= wanted
}

const incidentsSince = (
  view: ClusterView,
  incidents: readonly Incident[],
  since: number,
): HealthReport['incidents'] => {
  const here = incidents.filter(
    (incident) => incident.cluster === view.cluster && (timeOf(incident.openedAt) ?? 0) >= since,
  )
  const ended = (incident: Incident) => timeOf(incident.endedAt) ?? timeOf(view.now) ?? 0
  const seconds = here.reduce(
    (sum, incident) => sum + Math.max(0, ended(incident) - (timeOf(incident.openedAt) ?? 0)) / 1000,
    0,
  )
  return {
    opened: here.length,
    open: here.filter((incident) => incident.endedAt === undefined).length,
    minutes: Math.round(seconds / 60),
  }
}
