import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Event, type Pod, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted, within } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, podRefs, severityFor } from './reading/by-workload.ts'
import { isHeldUp, missingIn } from './reading/config-references.ts'
import { startFailures } from './reading/start-failures.ts'

type Reason = { readonly why: string; readonly fix: string; readonly vague?: boolean }

type Trouble = {
  readonly pod: Pod
  readonly workload: Workload
  readonly volume: string
  readonly reason: Reason
  readonly text: string
  readonly evidence: Observation
  readonly since?: string
}

/** What another check has a code for. */
const elsewhere =
  /Multi-Attach|is already (?:exclusively )?attached|is already used by pod|persistentvolumeclaim "[^"]+" not found|no space left on device|Attach(?:Volume)? .{0,60}limit|max volume count|volume node affinity conflict|pvc .{0,60}(?:not bound|unbound)/i

const reasons: readonly (readonly [RegExp, (text: string) => Reason])[] = [
  [
    /driver name (\S+) not found in the list of registered CSI drivers/i,
    (text) => ({
      why: `CSI driver ${/driver name (\S+) not found/i.exec(text)?.[1] ?? ''} is not registered on the node`,
      fix: 'Check that the node plugin (a DaemonSet) of the CSI driver runs on this node: kubectl get csinodes; kubectl -n kube-system get ds',
    }),
  ],
  [
    /hostPath type check failed/i,
    (text) => ({
      why: short(
        /hostPath type check failed: (.{1,120})/i.exec(text)?.[1] ?? 'the hostPath is not of the wanted type',
        120,
      ),
      fix: 'Create the path on the node, or correct path or type of the hostPath volume',
    }),
  ],
  [
    /(?:mount\.nfs|nfs).{0,200}(?:timed out|refused|access denied|No such file|not known|No route|stale)|bad option.{0,80}helper program|mount\.(?:nfs|cifs|glusterfs)/is,
    (text) => ({
      why: /helper program|bad option/i.test(text)
        ? 'the node lacks the mount helper of this file system (nfs-common, cifs-utils)'
        : `the NFS server does not let it be mounted: ${short(/mount\.nfs: (.{1,120})/i.exec(text)?.[1] ?? text, 120)}`,
      fix: 'Check server name, export and firewall from the node: showmount -e SERVER',
    }),
  ],
  [
    /wrong fs type|bad superblock|fsck|needs journal recovery|structure needs cleaning/i,
    () => ({
      why: 'its file system is damaged or of another type',
      fix: 'Check the file system of the volume (fsck) from a node with the volume attached to nothing else',
    }),
  ],
  [
    /(?:failed to prepare|subPath|not a directory|Are you trying to mount a directory onto a file)/i,
    () => ({
      why: 'the subPath or mountPath does not fit what the volume holds (file against directory)',
      fix: 'Correct subPath and mountPath of the volume mount',
    }),
  ],
  [
    /permission denied|operation not permitted|AccessDenied|AuthorizationFailed|not (?:have )?authoriz(?:ed|ation)|UnauthorizedOperation|403/i,
    (text) => ({
      why: `it is not allowed: ${short(text, 120)}`,
      fix: 'Give the CSI driver (or node) the rights it lacks, and check the Secret it mounts with',
    }),
  ],
  [
    /InvalidVolume\.NotFound|volume .{0,80}(?:does not exist|not found)|disk .{0,80}not found/i,
    () => ({
      why: 'the disk behind the volume does not exist any more',
      fix: 'Restore the disk from a backup or snapshot and a new PersistentVolume for it',
    }),
  ],
  [
    /DeadlineExceeded|context deadline exceeded|operation with the given Volume ID \S+ already exists/i,
    () => ({
      why: 'the storage does not answer in time',
      fix: 'Read the log of the CSI controller and node plugin, and the state of the storage behind',
    }),
  ],
  [
    /timed out waiting for the condition|unmounted volumes=/i,
    () => ({
      why: 'it is not attached or mounted in time',
      fix: 'Look at the events of the claim and the VolumeAttachment: kubectl get volumeattachments',
      vague: true,
    }),
  ],
]

const reasonOf = (text: string): Reason =>
  reasons.find(([test]) => test.test(text))?.[1](text) ?? {
    why: short(text.replace(/^MountVolume\.\w+ failed for volume "[^"]+" : /, ''), 140),
    fix: 'Read the kubelet and the CSI driver on the node for what they say about the volume',
  }

const volumeIn = (text: string): string =>
  /(?:volume|PersistentVolume|pvc) "([^"]{1,253})"/i.exec(text)?.[1] ??
  /unmounted volumes=\[([^\]]{1,200})\]/.exec(text)?.[1] ??
  'a volume'

const fromEvent = (view: ClusterView, event: Event): readonly Trouble[] => {
  const pod =
    event.regarding.kind !== 'Pod' || event.regarding.name === undefined
      ? undefined
      : view.get('Pod', event.regarding.namespace ?? event.metadata.namespace, event.regarding.name)
  const text = event.note ?? ''
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || !isHeldUp(pod)) return []
  if (
    elsewhere.test(text) ||
    missingIn(text) !== undefined ||
    /failed to sync (?:configmap|secret) cache|not registered/i.test(text)
  )
    return []
  // The first mount of a volume may take a while; one complaint of a young pod is no fault.
  if (!lasted(pod.metadata.creationTimestamp, view.now, 120) || !within(event.lastSeen, view.now, 1800)) return []
  return [
    {
      pod,
      workload: view.workloadOf(pod),
      volume: volumeIn(text),
      reason: reasonOf(text),
      text,
      evidence: observeEvent(refOf(pod), event),
      ...(event.firstSeen === undefined ? {} : { since: event.firstSeen }),
    },
  ]
}

// What the attacher wrote into the VolumeAttachment stays when the events are gone.
const fromAttachments = (view: ClusterView): readonly Trouble[] => {
  const failed = view
    .all('VolumeAttachment')
    .filter((one) => one.status?.attached !== true && one.status?.attachError?.message !== undefined)
  if (failed.length === 0) return []
  return view.all('Pod').flatMap((pod): readonly Trouble[] => {
    if (!isHeldUp(pod) || !lasted(pod.metadata.creationTimestamp, view.now, 120)) return []
    const volumes = (pod.spec?.volumes ?? []).flatMap(
      ({ persistentVolumeClaim: claim }) =>
        view.get('PersistentVolumeClaim', pod.metadata.namespace, claim?.claimName ?? '')?.spec?.volumeName ?? [],
    )
    return failed.flatMap((one): readonly Trouble[] => {
      const volume = one.spec?.source?.persistentVolumeName
      const text = one.status?.attachError?.message ?? ''
      if (one.spec?.nodeName !== pod.spec?.nodeName || volume === undefined || !volumes.includes(volume)) return []
      if (elsewhere.test(text)) return []
      const at = one.status?.attachError?.time
      return [
        {
          pod,
          workload: view.workloadOf(pod),
          volume,
          reason: reasonOf(text),
          text,
          evidence: observe('status', refOf(one), `attachError: ${text}`, at),
        },
      ]
    })
  })
}

const troubles = (view: ClusterView): readonly Trouble[] => {
  const events = (
    ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume', 'FailedMountOnFilesystemMismatch'] as const
  ).flatMap((reason) => view.eventsByReason(reason).flatMap((event) => fromEvent(view, event)))
  const starts = startFailures(view)
    .filter((one) => one.problem.kind === 'mount')
    .map(
      (one): Trouble => ({
        pod: one.pod,
        workload: one.workload,
        volume: one.problem.kind === 'mount' ? (one.problem.path ?? 'a volume') : 'a volume',
        reason: reasonOf(one.message),
        text: one.message,
        evidence: observe(one.from, refOf(one.pod), `${one.reason}: ${one.message}`, one.at),
      }),
    )
  return [...events, ...starts, ...(events.length === 0 ? fromAttachments(view) : [])]
}

const claimsOf = (pod: Pod): readonly ObjectRef[] =>
  (pod.spec?.volumes ?? []).flatMap((volume) => {
    const name = volume.persistentVolumeClaim?.claimName
    return name === undefined
      ? []
      : [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: pod.metadata.namespace ?? '', name }]
  })

const configsOf = (pod: Pod): readonly ObjectRef[] => {
  const namespace = pod.metadata.namespace ?? ''
  return (pod.spec?.volumes ?? []).flatMap((volume): ObjectRef[] => [
    ...(volume.secret?.secretName === undefined
      ? []
      : [{ apiVersion: 'v1', kind: 'Secret', namespace, name: volume.secret.secretName }]),
    ...(volume.configMap?.name === undefined
      ? []
      : [{ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: volume.configMap.name }]),
  ])
}

const findingOf = (view: ClusterView, group: Group<Trouble>): Finding => {
  const { workload, all } = group
  const first = all.find((one) => one.reason.vague !== true) ?? group.first
  const node = first.pod.spec?.nodeName
  const nodeRef: readonly ObjectRef[] = node === undefined ? [] : [{ apiVersion: 'v1', kind: 'Node', name: node }]
  return {
    code: 'volume-mount-failing',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: ${count(podRefs(all).length, 'pod')} cannot start because volume ${first.volume} cannot be mounted: ${first.reason.why}`,
    evidence: all.slice(0, 4).map((one) => one.evidence),
    confidence: first.reason.vague === true ? 0.6 : 0.85,
    affects: podRefs(all),
    ...(first.since === undefined ? {} : { since: first.since }),
    ...(first.reason.vague === true ? { symptom: true } : {}),
    dependsOn: [...claimsOf(first.pod), ...configsOf(first.pod), ...nodeRef],
    fix: [first.reason.fix, kubectl(refOf(first.pod), 'describe')],
    prevention: ['Watch the CSI driver and its node plugin as you watch the workloads that depend on them.'],
    facts: { volume: first.volume, ...(node === undefined ? {} : { node }) },
  }
}

/** Pods that wait because a volume cannot be attached or mounted, for reasons that have no code of their own. */
export const analyzer: Analyzer = {
  id: 'volume-mount-failing',
  codes: ['volume-mount-failing'],
  needs: ['pods', 'events'],
  analyze: (view) => byWorkload(troubles(view)).map((group) => findingOf(view, group)),
}
