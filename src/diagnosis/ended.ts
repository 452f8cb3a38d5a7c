import { conditionOf } from '../domain/at.ts'
import type { CauseCode } from '../domain/cause.ts'
import type { Finding } from '../domain/finding.ts'
import type { Pod } from '../domain/kubernetes.ts'
import { isPodReady } from '../domain/pod-state.ts'
import { timeOf } from '../domain/time.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'

/** Codes that a pod which is ready and stays ready has left behind. */
const startCodes = new Set<CauseCode>([
  'image-not-found',
  'image-pull-unauthorized',
  'image-registry-unreachable',
  'image-rate-limited',
  'container-command-invalid',
  'volume-mount-failing',
  'volume-multi-attach',
  'liveness-probe-failing',
  'startup-probe-failing',
  'readiness-probe-failing',
  'init-container-failing',
  'lifecycle-hook-failing',
  'missing-configmap',
  'missing-secret',
  'missing-configmap-key',
  'missing-secret-key',
  'app-crash',
  'app-config-invalid',
  'cni-failing',
  'insufficient-cpu',
  'insufficient-memory',
  'insufficient-extended-resource',
  'taint-not-tolerated',
  'node-affinity-unsatisfied',
])

const settled = 5 * 60_000

/**
 * Whether the trouble that a finding tells of is over: all its evidence is dated, and since the newest piece every wanted pod
 * of the workload became ready and has stayed so for five minutes. What is not dated is taken as still true.
 */
export const hasEnded = (finding: Finding, view: ClusterView): boolean => {
  if (!startCodes.has(finding.code)) return false
  const workloads = workloadsOf(finding, view)
  if (workloads.length === 0) return false
  const seen = finding.evidence.map((one) => timeOf(one.at))
  if (seen.length === 0 || seen.some((at) => at === undefined)) return false
  const newest = Math.max(...seen.map((at) => at ?? 0))
  return workloads.every((workload) => steadySince(workload, newest, view))
}

const workloadsOf = (finding: Finding, view: ClusterView): readonly Workload[] =>
  [finding.object, ...(finding.affects ?? [])].flatMap((ref) => {
    const found = view.find(ref)
    return found === undefined || view.podsOf(ref).length === 0 ? [] : [view.workloadOf(found)]
  })

const steadySince = (workload: Workload, newest: number, view: ClusterView): boolean => {
  const pods = view.podsOf(workload.ref).filter((pod) => pod.metadata.deletionTimestamp === undefined)
  const now = timeOf(view.now) ?? 0
  const wanted = workload.replicas ?? 1
  return pods.length >= Math.max(1, wanted) && pods.every((pod) => steady(pod, newest, now))
}

const steady = (pod: Pod, newest: number, now: number): boolean => {
  const ready = timeOf(conditionOf(pod.status?.conditions, 'Ready')?.lastTransitionTime)
  return isPodReady(pod) && ready !== undefined && ready >= newest && now - ready >= settled
}
