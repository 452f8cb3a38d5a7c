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
  'ResourceQuota',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
]

const eventReason = (pattern: RegExp) => (seen: Seen) =>
  seen.of('Event').some((event: Event) => pattern.test(event.reason ?? '') || pattern.test(event.note ?? ''))

const anyPod = (test: (pod: Pod) => boolean) => (seen: Seen) => seen.of('Pod').some(test)

const refused = eventReason(/FailedCreate|forbidden|webhook/i)
const unboundVolumes = (seen: Seen) =>
  seen.of('PersistentVolumeClaim').some((claim) => claim.status?.phase !== 'Bound') ||
  eventReason(/FailedAttachVolume|FailedMount|volume node affinity|persistentvolume|Multi-Attach|VolumeResize/i)(seen)
const outOfMemory = anyPod((pod) =>
  (pod.status?.containerStatuses ?? []).some(
    ({ state, lastState }) =>
      state?.terminated?.reason === 'OOMKilled' || lastState?.terminated?.reason === 'OOMKilled',
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

/** Kinds that are read only when something points at them, so that a healthy cluster costs few requests. */
export const furtherKinds: readonly { readonly kind: keyof KindMap; readonly when: (seen: Seen) => boolean }[] = [
  { kind: 'ServiceAccount', when: (seen) => refused(seen) || eventReason(/service ?account|pull/i)(seen) },
  { kind: 'LimitRange', when: refused },
  { kind: 'ValidatingWebhookConfiguration', when: refused },
  { kind: 'MutatingWebhookConfiguration', when: refused },
  { kind: 'PersistentVolume', when: unboundVolumes },
  { kind: 'StorageClass', when: unboundVolumes },
  { kind: 'VolumeAttachment', when: eventReason(/FailedAttachVolume|Multi-Attach/) },
  { kind: 'IngressClass', when: (seen) => seen.of('Ingress').length > 0 },
  { kind: 'APIService', when: (seen) => seen.of('HorizontalPodAutoscaler').length > 0 || terminating(seen) },
  { kind: 'PriorityClass', when: (seen) => refused(seen) || eventReason(/Preempt|PriorityClass/i)(seen) },
  { kind: 'RuntimeClass', when: anyPod((pod) => pod.spec?.runtimeClassName !== undefined) },
  { kind: 'ControllerRevision', when: unevenSets },
  { kind: 'PodMetrics', when: (seen) => outOfMemory(seen) || pressure(seen) },
  { kind: 'NodeMetrics', when: pressure },
]

const terminating = (seen: Seen): boolean =>
  seen.of('Namespace').some((namespace: KubeObject) => namespace.metadata.deletionTimestamp !== undefined)

/** Custom kinds that analyzers know, by group: listed where discovery says that they are served. */
export const customKinds: readonly { readonly group: string; readonly kinds: readonly string[] }[] = [
  { group: 'argoproj.io', kinds: ['Application', 'Rollout'] },
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
  { group: 'crd.projectcalico.org', kinds: ['IPPool', 'IPAMConfig'] },
  { group: 'core.k8sgpt.ai', kinds: ['Result'] },
]
