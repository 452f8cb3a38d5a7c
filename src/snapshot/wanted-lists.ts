import { conditionOf } from '../domain/at.ts'
import type { Event, KindMap, KubeObject, Pod } from '../domain/kubernetes.ts'

/** What the first lists showed, to decide which further ones could matter. */
export type Seen = { readonly of: <K extends keyof KindMap>(kind: K) => readonly KindMap[K][] }

/** The kinds that every diagnosis reads, the slowest first. Secrets are asked for as metadata only. */
export const firstKinds: readonly (keyof KindMap)[] = [
  'Pod',
  'Event',
  'ReplicaSet',
  'Node',
  'Deployment',
  'ConfigMap',
  'EndpointSlice',
  'Service',
  'Secret',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'Namespace',
  'PersistentVolumeClaim',
  'Ingress',
  'NetworkPolicy',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
]

/** What the daily life of pods writes by the thousand: these events point at nothing further. */
const quiet = new Set([
  'Scheduled',
  'Pulling',
  'Pulled',
  'Created',
  'Started',
  'Killing',
  'SuccessfulCreate',
  'SuccessfulDelete',
  'ScalingReplicaSet',
])

/**
 * The field selector that leaves out of a list of all namespaces what the kubelet writes of every container that starts: three
 * of four events of a cluster, of which no check reads one. What is asked about by name is read whole.
 */
export const telling: Partial<Readonly<Record<keyof KindMap, string>>> = {
  Event: 'reason!=Pulling,reason!=Pulled,reason!=Created,reason!=Started',
}

type Told = { readonly reason: string; readonly note: string }

const toldOf = new WeakMap<Seen, readonly Told[]>()

/** The events that could point at something, and why replicas could not be made, which outlives its events. */
const toldBy = (seen: Seen): readonly Told[] => {
  const known = toldOf.get(seen)
  if (known !== undefined) return known
  const told = seen
    .of('Event')
    .filter((event: Event) => event.type !== 'Normal' || !quiet.has(event.reason ?? ''))
    .map(({ reason = '', note = '' }: Event): Told => ({ reason, note }))
  const failures = [...seen.of('ReplicaSet'), ...seen.of('Deployment')].flatMap(({ status }): readonly Told[] => {
    const failure = conditionOf(status?.conditions, 'ReplicaFailure')
    return failure?.status === 'True' ? [{ reason: 'FailedCreate', note: failure.message ?? '' }] : []
  })
  const all = [...told, ...failures]
  toldOf.set(seen, all)
  return all
}

const eventReason = (pattern: RegExp) => (seen: Seen) =>
  toldBy(seen).some(({ reason, note }) => pattern.test(reason) || pattern.test(note))

const anyPod = (test: (pod: Pod) => boolean) => (seen: Seen) => seen.of('Pod').some(test)

const refused = /FailedCreate|forbidden|webhook/i
const byQuota = /exceeded quota|failed quota|insufficient quota/i
const byLimits = /\bper (?:Container|Pod|PersistentVolumeClaim)\b|must specify|limit ?range|must be less than or equal/i
const byAccount = /service ?account/i
// Every pod that finds no node is told about preemption too; only these words tell that it happened, or of a class.
const byPriority = /priority ?class|preempted|preempting/i
const plain = [byQuota, byLimits, byAccount, byPriority]
/** A refusal whose words do not say which of the built-in rules refused: a webhook or a policy did, or changed what was sent. */
const refusedOtherwise = (seen: Seen): boolean =>
  toldBy(seen).some(
    ({ reason, note }) =>
      /webhook|admission/i.test(note) ||
      ((refused.test(reason) || refused.test(note)) && !plain.some((pattern) => pattern.test(note))),
  )
const pullFails = eventReason(/ErrImagePull|ImagePullBackOff|failed to pull|pull ?secret|back-off pulling/i)
const unboundVolumes = (seen: Seen) =>
  seen.of('PersistentVolumeClaim').some((claim) => claim.status?.phase !== 'Bound') ||
  eventReason(/FailedAttachVolume|FailedMount|volume node affinity|persistentvolume|Multi-Attach|VolumeResize/i)(seen)
const outOfMemory = anyPod((pod) =>
  (pod.status?.containerStatuses ?? []).some(
    ({ state, lastState }) =>
      state?.terminated?.reason === 'OOMKilled' || lastState?.terminated?.reason === 'OOMKilled',
  ),
)
/** Pods that wait for an image say so for as long as they do; their events end after an hour. */
const pullsWait = anyPod((pod) =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].some(({ state }) =>
    /ImagePull/.test(state?.waiting?.reason ?? ''),
  ),
)
const pressure = (seen: Seen) =>
  seen
    .of('Node')
    .some((node) =>
      ['MemoryPressure', 'DiskPressure', 'PIDPressure'].some(
        (type) => conditionOf(node.status?.conditions, type)?.status === 'True',
      ),
    )
const unevenSets = (seen: Seen) =>
  seen.of('StatefulSet').some(({ spec, status }) => (status?.readyReplicas ?? 0) < (spec?.replicas ?? 1)) ||
  seen.of('DaemonSet').some(({ status }) => (status?.numberReady ?? 0) < (status?.desiredNumberScheduled ?? 0))

/** Owners whose pods are not all made: what refused them may have said so longer ago than events are kept. */
const lacksPods = (seen: Seen): boolean =>
  [...seen.of('ReplicaSet'), ...seen.of('StatefulSet')].some(
    ({ spec, status }) => (status?.replicas ?? 0) < (spec?.replicas ?? 1),
  ) ||
  seen
    .of('DaemonSet')
    .some(({ status }) => (status?.currentNumberScheduled ?? 0) < (status?.desiredNumberScheduled ?? 0)) ||
  seen
    .of('Job')
    .some(({ spec, status }) => status?.startTime !== undefined && spec?.suspend !== true && untried(status))

const untried = (status: NonNullable<KindMap['Job']['status']>): boolean =>
  (status.active ?? 0) + (status.succeeded ?? 0) + (status.failed ?? 0) === 0

/** Pods on a node that wait for a volume of a claim. */
const awaitsVolume = anyPod(
  ({ spec, status }) =>
    status?.phase === 'Pending' &&
    spec?.nodeName !== undefined &&
    (spec.volumes ?? []).some((volume) => volume.persistentVolumeClaim !== undefined),
)

/** Kinds that are read only when something points at them, so that a healthy cluster costs few requests. */
export const furtherKinds: readonly { readonly kind: keyof KindMap; readonly when: (seen: Seen) => boolean }[] = [
  {
    kind: 'ServiceAccount',
    when: (seen) => eventReason(byAccount)(seen) || pullFails(seen) || pullsWait(seen) || lacksPods(seen),
  },
  { kind: 'ResourceQuota', when: (seen) => eventReason(byQuota)(seen) || lacksPods(seen) },
  { kind: 'LimitRange', when: (seen) => eventReason(byLimits)(seen) || lacksPods(seen) },
  { kind: 'ValidatingWebhookConfiguration', when: refusedOtherwise },
  { kind: 'MutatingWebhookConfiguration', when: refusedOtherwise },
  { kind: 'PersistentVolume', when: unboundVolumes },
  { kind: 'StorageClass', when: unboundVolumes },
  {
    kind: 'VolumeAttachment',
    when: (seen) => eventReason(/FailedAttachVolume|Multi-Attach/)(seen) || awaitsVolume(seen),
  },
  { kind: 'IngressClass', when: (seen) => seen.of('Ingress').length > 0 },
  { kind: 'APIService', when: (seen) => seen.of('HorizontalPodAutoscaler').length > 0 || terminating(seen) },
  { kind: 'PriorityClass', when: (seen) => eventReason(byPriority)(seen) || lacksPods(seen) },
  { kind: 'RuntimeClass', when: anyPod((pod) => pod.spec?.runtimeClassName !== undefined) },
  { kind: 'ControllerRevision', when: unevenSets },
  { kind: 'PodMetrics', when: (seen) => outOfMemory(seen) || pressure(seen) },
  { kind: 'NodeMetrics', when: pressure },
]

const terminating = (seen: Seen): boolean =>
  seen.of('Namespace').some((namespace: KubeObject) => namespace.metadata.deletionTimestamp !== undefined)

/** Custom kinds that analyzers know, by group: listed where discovery says that they are served. */
export const customKinds: readonly { readonly group: string; readonly kinds: readonly string[] }[] = [
  { group: 'argoproj.io', kinds: ['Application', 'Rollout', 'AnalysisRun'] },
  { group: 'cert-manager.io', kinds: ['Certificate', 'CertificateRequest', 'Issuer', 'ClusterIssuer'] },
  { group: 'acme.cert-manager.io', kinds: ['Order', 'Challenge'] },
  {
    group: 'gateway.networking.k8s.io',
    kinds: ['GatewayClass', 'Gateway', 'HTTPRoute', 'GRPCRoute', 'ReferenceGrant'],
  },
  { group: 'helm.toolkit.fluxcd.io', kinds: ['HelmRelease'] },
  { group: 'kustomize.toolkit.fluxcd.io', kinds: ['Kustomization'] },
  { group: 'source.toolkit.fluxcd.io', kinds: ['GitRepository', 'HelmRepository', 'OCIRepository', 'HelmChart'] },
  { group: 'keda.sh', kinds: ['ScaledObject'] },
  { group: 'karpenter.sh', kinds: ['NodePool', 'NodeClaim'] },
  {
    group: 'crd.projectcalico.org',
    kinds: ['IPPool', 'IPAMConfig', 'NetworkPolicy', 'GlobalNetworkPolicy', 'Tier'],
  },
  { group: 'cilium.io', kinds: ['CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy'] },
  { group: 'core.k8sgpt.ai', kinds: ['Result'] },
]
