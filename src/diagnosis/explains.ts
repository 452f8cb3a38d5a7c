import type { CauseCode } from '../domain/cause.ts'

/** Codes that say a pod cannot be made, placed or started, or does not stay up: what stands behind it is then down too. */
const starting: readonly CauseCode[] = [
  'image-not-found',
  'image-pull-unauthorized',
  'missing-image-pull-secret',
  'image-registry-unreachable',
  'image-rate-limited',
  'image-name-invalid',
  'image-platform-mismatch',
  'image-never-present',
  'container-command-invalid',
  'container-permission-denied',
  'missing-configmap',
  'missing-configmap-key',
  'missing-secret',
  'missing-secret-key',
  'missing-service-account',
  'missing-priority-class',
  'missing-runtime-class',
  'missing-pvc',
  'volume-mount-failing',
  'lifecycle-hook-failing',
]
const running: readonly CauseCode[] = [
  'app-crash',
  'app-config-invalid',
  'app-port-conflict',
  'oom-killed',
  'stale-config',
  'certificate-expired',
  'rbac-forbidden',
  'volume-full',
  'dependency-unreachable',
  'cpu-throttled',
]
/** Those that say why a part of the cluster itself does not run; its mere crash says less than what is down by it. */
const specific: readonly CauseCode[] = running.filter(
  (code) => code !== 'dependency-unreachable' && code !== 'app-crash',
)
const probing: readonly CauseCode[] = [
  'liveness-probe-failing',
  'startup-probe-failing',
  'readiness-probe-failing',
  'init-container-failing',
]
const scheduling: readonly CauseCode[] = [
  'insufficient-cpu',
  'insufficient-memory',
  'insufficient-extended-resource',
  'node-affinity-unsatisfied',
  'taint-not-tolerated',
  'pod-affinity-unsatisfied',
  'topology-spread-unsatisfied',
  'host-port-conflict',
  'node-pods-exhausted',
  'node-cordoned',
  'volume-node-conflict',
  'scheduling-gated',
  'preempted',
  'scheduler-down',
  'cluster-autoscaler-blocked',
]
const admission: readonly CauseCode[] = [
  'quota-exceeded',
  'quota-requires-resources',
  'limit-range-violation',
  'pod-security-violation',
  'admission-denied',
  'admission-webhook-unavailable',
  'admission-mutation-harmful',
  'api-removed',
]
const storage: readonly CauseCode[] = [
  'storage-class-missing',
  'volume-provisioning-failing',
  'no-matching-volume',
  'volume-lost',
  'volume-resize-failing',
  'volume-multi-attach',
  'volume-full',
  'volume-node-conflict',
]
const nodes: readonly CauseCode[] = [
  'node-not-ready',
  'node-memory-pressure',
  'node-disk-pressure',
  'node-pid-pressure',
  'node-problem',
  'cni-failing',
  'kube-proxy-down',
  'node-pods-exhausted',
]
const names: readonly CauseCode[] = ['cluster-dns-down', 'cluster-dns-misconfigured', 'pod-dns-misconfigured']
const wiring: readonly CauseCode[] = [
  'service-selector-mismatch',
  'service-port-mismatch',
  'missing-service',
  'service-traffic-policy',
  'network-policy-blocking',
  'scaled-to-zero',
  'missing-governing-service',
]
const control: readonly CauseCode[] = [
  'controller-manager-down',
  'scheduler-down',
  'etcd-unhealthy',
  'apiserver-overloaded',
]

const delivering: readonly CauseCode[] = [
  'argocd-sync-failed',
  'argocd-comparison-error',
  'flux-reconcile-failed',
  'helm-release-failed',
]

/** Whatever keeps pods from running well. */
const anyOfPods: readonly CauseCode[] = [
  ...starting,
  ...running,
  ...probing,
  ...scheduling,
  ...admission,
  ...storage,
  ...nodes,
  ...names,
  ...control,
  'job-never-completes',
]

/**
 * Effect → the codes that can stand behind it, where the cause's trouble reaches the effect's object (or what it depends on)
 * in the graph. An effect that is not here, and is not marked a symptom, is a fault of its own whatever else is broken.
 */
const explainedBy: Partial<Record<CauseCode, readonly CauseCode[]>> = {
  // A crash is what is left when nothing more specific is known about the same container.
  'app-crash': [
    ...starting,
    ...running.filter((code) => code !== 'app-crash'),
    ...names,
    'cni-failing',
    'kube-proxy-down',
    'network-policy-blocking',
    'missing-service',
    'service-selector-mismatch',
    'service-port-mismatch',
    'node-disk-pressure',
    'node-clock-drift',
    'admission-mutation-harmful',
  ],
  'app-errors': [
    ...starting,
    ...running,
    ...wiring,
    ...names,
    'node-not-ready',
    'node-disk-pressure',
    'node-memory-pressure',
    'node-pid-pressure',
    'kube-proxy-down',
    'node-problem',
    'node-clock-drift',
    'apiserver-overloaded',
    'etcd-unhealthy',
    // Errors travel up the call chain; and a server logs whom it refuses.
    'app-errors',
    'app-crash',
    'app-config-invalid',
  ],
  'app-config-invalid': [
    'missing-configmap',
    'missing-configmap-key',
    'missing-secret',
    'missing-secret-key',
    'stale-config',
    'admission-mutation-harmful',
    'node-clock-drift',
    'ingress-tls-secret-missing',
  ],
  'container-permission-denied': ['admission-mutation-harmful'],
  'oom-killed': ['admission-mutation-harmful'],
  'node-affinity-unsatisfied': ['admission-mutation-harmful'],
  'init-container-failing': [...starting, ...running, ...wiring, ...names],
  'liveness-probe-failing': [...starting, ...running, ...wiring, ...names, ...storage, 'admission-mutation-harmful'],
  'startup-probe-failing': [...starting, ...running, ...wiring, ...names, ...storage, 'admission-mutation-harmful'],
  'readiness-probe-failing': [...anyOfPods.filter((code) => code !== 'readiness-probe-failing'), ...wiring],
  'dependency-unreachable': [...anyOfPods, ...wiring, 'rollout-stuck', 'rollout-paused', 'ingress-backend-missing'],
  'volume-mount-failing': [
    'missing-configmap',
    'missing-configmap-key',
    'missing-secret',
    'missing-secret-key',
    'missing-pvc',
    'missing-service-account',
    ...storage,
    'node-not-ready',
  ],
  'image-pull-unauthorized': ['missing-image-pull-secret', 'missing-service-account'],
  'image-registry-unreachable': ['cni-failing', 'node-not-ready', 'node-problem'],
  // What depends on the driver's own pods: where all of them are unwell, their trouble is the claim's.
  'volume-provisioning-failing': [
    'storage-class-missing',
    'quota-exceeded',
    'rbac-forbidden',
    ...starting,
    ...running,
    ...scheduling,
  ],
  'no-matching-volume': ['storage-class-missing', 'volume-lost'],
  'certificate-expired': ['certificate-issuer-failing'],
  'certificate-expiring': ['certificate-issuer-failing'],
  'node-not-ready': ['cni-failing', 'node-problem', 'node-memory-pressure', 'node-disk-pressure', 'node-pid-pressure'],
  'node-cordoned': ['node-not-ready'],
  // A node that is not ready for want of a pod network is the effect of it; agents on dead nodes are not named at all.
  'cni-failing': ['node-pods-exhausted', ...starting, ...specific],
  'kube-proxy-down': [...starting, ...specific, 'node-not-ready'],
  'cluster-dns-down': [
    'cluster-dns-misconfigured',
    'scaled-to-zero',
    'network-policy-blocking',
    ...starting,
    ...specific,
    ...scheduling,
    ...admission,
    ...nodes,
  ],
  // An API server waits for its etcd; one that its clients overload says who they are.
  'apiserver-overloaded': ['etcd-unhealthy'],
  'pod-stuck-terminating': ['node-not-ready', 'finalizer-stuck', 'volume-multi-attach', 'pdb-blocks-eviction'],
  'namespace-terminating': [
    'finalizer-stuck',
    'aggregated-api-unavailable',
    'metrics-api-unavailable',
    'admission-webhook-unavailable',
  ],
  'volume-multi-attach': ['node-not-ready', 'pod-stuck-terminating'],
  'rollout-stuck': [...anyOfPods, ...wiring, 'rollout-paused', 'volume-multi-attach'],
  'job-failed': [...anyOfPods, ...wiring],
  'job-deadline-exceeded': [...anyOfPods, ...wiring],
  'cronjob-not-running': [
    'quota-exceeded',
    'controller-manager-down',
    'admission-webhook-unavailable',
    'job-never-completes',
    'admission-denied',
  ],
  'service-traffic-policy': ['node-not-ready', ...starting],
  'service-port-mismatch': ['service-selector-mismatch'],
  // What a delivery should have brought is missing because it failed.
  'missing-service': ['missing-governing-service', ...delivering],
  'missing-configmap': [...delivering],
  'missing-secret': [...delivering],
  'missing-service-account': [...delivering],
  'missing-pvc': ['storage-class-missing', 'volume-provisioning-failing', ...delivering],
  'ingress-backend-missing': ['missing-service', ...delivering],
  'gateway-not-programmed': [...starting, ...running, ...scheduling, 'ingress-tls-secret-missing', 'missing-secret'],
  'route-not-accepted': ['gateway-not-programmed'],
  'route-backend-missing': ['missing-service'],
  'hpa-at-max': [...running, 'cpu-throttled'],
  'hpa-wrong-metric': ['metrics-api-unavailable', 'aggregated-api-unavailable', 'hpa-missing-requests'],
  'metrics-api-unavailable': [...anyOfPods, ...wiring, 'aggregated-api-unavailable'],
  'aggregated-api-unavailable': [...anyOfPods, ...wiring, 'metrics-api-unavailable'],
  'admission-webhook-unavailable': [...anyOfPods, ...wiring],
  'pdb-blocks-eviction': [...starting, ...running, ...probing, ...scheduling],
  'cluster-autoscaler-blocked': ['pdb-blocks-eviction'],
  // Scheduling effects of nodes that are gone or full.
  'insufficient-cpu': ['node-not-ready', 'cluster-autoscaler-blocked'],
  'insufficient-memory': ['node-not-ready', 'cluster-autoscaler-blocked'],
  'insufficient-extended-resource': ['node-not-ready'],
  'taint-not-tolerated': [
    'node-not-ready',
    'node-disk-pressure',
    'node-memory-pressure',
    'node-pid-pressure',
    'node-problem',
  ],
  'helm-release-failed': [
    ...anyOfPods,
    ...wiring,
    'rollout-stuck',
    'job-failed',
    'job-deadline-exceeded',
    'admission-webhook-unavailable',
    'api-removed',
  ],
  'helm-release-pending': [...anyOfPods, 'rollout-stuck', 'job-failed', 'job-deadline-exceeded', 'helm-release-failed'],
  'flux-reconcile-failed': [
    ...anyOfPods,
    ...wiring,
    'rollout-stuck',
    'job-failed',
    'job-deadline-exceeded',
    'helm-release-failed',
    'flux-reconcile-failed',
  ],
  'argocd-sync-failed': [
    'api-removed',
    'admission-denied',
    'admission-webhook-unavailable',
    'quota-exceeded',
    'argocd-comparison-error',
    'job-failed',
    'job-deadline-exceeded',
    'job-never-completes',
  ],
  'argocd-out-of-sync': [
    ...anyOfPods,
    'argocd-sync-failed',
    'argocd-comparison-error',
    'rollout-stuck',
    'job-failed',
    'job-deadline-exceeded',
  ],
  'workflow-failed': [
    ...anyOfPods,
    'helm-release-failed',
    'helm-release-pending',
    'rollout-stuck',
    'argocd-sync-failed',
  ],
}

/** Codes whose trouble hurts the pods that suffer it, wherever the thing they wanted to reach stands. */
const hurtsVictims = new Set<CauseCode>([
  ...names,
  ...nodes,
  'network-policy-blocking',
  'stale-config',
  'missing-service',
])

/** Codes that are faults of delivery, scaling or disruption: they do not explain why pods are unwell. */
const never = new Set<CauseCode>([
  'hpa-at-max',
  'hpa-missing-requests',
  'hpa-wrong-metric',
  'hpa-target-missing',
  'pdb-blocks-eviction',
  'workflow-failed',
  'argocd-out-of-sync',
  'cronjob-suspended',
])

/** Whether a code can stand behind another at all. Symptoms may have any cause that is not delivery or scaling. */
export const canExplain = (cause: CauseCode, effect: CauseCode, symptom: boolean): boolean =>
  explainedBy[effect]?.includes(cause) ?? (symptom && !never.has(cause))

/** Whether a cause explains an effect also by what the effect hurts (the client), not only by what it is about. */
export const explainsVictims = (cause: CauseCode): boolean => hurtsVictims.has(cause)

/** Whether a code tells of a component of the control plane. */
export const isControlPlane = (code: CauseCode): boolean => control.includes(code)

/** Whether a code tells of pods that do not start, run or answer. */
export const isOfPods = (code: CauseCode): boolean =>
  starting.includes(code) ||
  running.includes(code) ||
  probing.includes(code) ||
  code === 'app-crash' ||
  code === 'app-errors'

/** Whether a code tells of a container that cannot be made or started. */
export const isOfStarting = (code: CauseCode): boolean => starting.includes(code)

/** How deep a cause lies: what is deeper is preferred where several explain one effect. */
export const depthOf = (code: CauseCode): number => {
  const layers = [control, nodes, names, admission, storage, wiring, starting, scheduling, running, probing]
  const layer = layers.findIndex((codes) => codes.includes(code))
  return layer < 0 ? layers.length : layer
}
