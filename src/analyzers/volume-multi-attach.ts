import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Event, type PersistentVolumeClaim, type Pod, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted, within } from '../domain/time.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { boundClaimsOf, claimsOf, podsMounting } from './reading/claims.ts'
import { severityOf } from './reading/workload-health.ts'

const pattern = /Multi-Attach error for volume "([^"]+)"/i
const exclusive =
  /already (?:exclusively )?attached to (?:one|another|a different) node|volume is currently attached to (?:another|different)|ReadWriteOncePod access mode already in-use/i

const isStarting = (pod: Pod): boolean =>
  pod.status?.phase === 'Pending' && pod.metadata.deletionTimestamp === undefined

const claimFor = (view: ClusterView, pod: Pod, event: Event): PersistentVolumeClaim | undefined => {
  const volume = pattern.exec(event.note ?? '')?.[1]
  const bound = boundClaimsOf(view, pod)
  const byName = bound.find((one) => one.volume.metadata.name === volume)?.claim
  const byClaim = claimsOf(view, pod).find((claim) => claim.spec?.volumeName === volume)
  return byName ?? byClaim ?? claimsOf(view, pod)[0]
}

type Holder = { readonly node: string; readonly pod?: Pod }

const holderOf = (view: ClusterView, claim: PersistentVolumeClaim, waiting: Pod): Holder | undefined => {
  const other = podsMounting(view, claim).find(
    (pod) =>
      pod.metadata.name !== waiting.metadata.name &&
      pod.spec?.nodeName !== undefined &&
      pod.spec.nodeName !== waiting.spec?.nodeName,
  )
  if (other?.spec?.nodeName !== undefined) return { node: other.spec.nodeName, pod: other }
  const attached = view
    .all('VolumeAttachment')
    .find(
      (one) =>
        one.spec?.source?.persistentVolumeName === claim.spec?.volumeName &&
        one.status?.attached === true &&
        one.spec?.nodeName !== waiting.spec?.nodeName,
    )
  return attached?.spec?.nodeName === undefined ? undefined : { node: attached.spec.nodeName }
}

const isDown = (view: ClusterView, node: string): boolean => {
  const ready = conditionOf(view.get('Node', undefined, node)?.status?.conditions, 'Ready')
  return ready !== undefined && ready.status !== 'True'
}

const fixFor = (view: ClusterView, holder: Holder | undefined, workload: ObjectRef): readonly string[] => {
  if (holder !== undefined && isDown(view, holder.node)) {
    return [
      `Node ${holder.node} is down. Once the machine is surely off: kubectl taint node ${holder.node} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute (its volumes are then detached)`,
    ]
  }
  const old = holder?.pod
  if (old?.metadata.deletionTimestamp !== undefined) {
    return [
      `The old pod ${old.metadata.name} is still terminating on ${holder?.node}; the volume moves when it is gone: ${kubectl(refOf(old), 'describe')}`,
    ]
  }
  return [
    ...(workload.kind === 'Deployment'
      ? [
          `A volume that one node can use does not go with a rolling update or several replicas: ${kubectl(workload, 'patch', `-p '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'`)}`,
          `To get on now: ${kubectl(workload, 'scale', '--replicas=0')}, then back to 1.`,
        ]
      : []),
    'Or use a ReadWriteMany volume, or a StatefulSet with a claim for each pod.',
  ]
}

const findingOf = (
  view: ClusterView,
  pod: Pod,
  event: Event | undefined,
  computed?: PersistentVolumeClaim,
): Finding | undefined => {
  const claim = event === undefined ? computed : claimFor(view, pod, event)
  const workload = view.workloadOf(pod).ref
  const holder = claim === undefined ? undefined : holderOf(view, claim, pod)
  const object = claim === undefined ? workload : refOf(claim)
  const down = holder !== undefined && isDown(view, holder.node)
  const where =
    holder === undefined
      ? 'another node'
      : `${holder.node}${holder.pod === undefined ? '' : ` by ${holder.pod.metadata.name}`}${down ? ' (that node is not ready)' : ''}`
  const modes = claim?.spec?.accessModes?.join(',') ?? 'ReadWriteOnce'
  return {
    code: 'volume-multi-attach',
    severity: severityOf(view, workload),
    object,
    summary: `Pod ${pod.metadata.name} cannot start on ${pod.spec?.nodeName ?? '?'}: its volume (claim ${claim?.metadata.name ?? '?'}, ${modes}) is still ${event === undefined ? `in use on ${where}` : `attached to ${where} (Multi-Attach error)`}`,
    evidence: [
      ...(event === undefined
        ? [
            observe(
              'status',
              refOf(pod),
              `containers of ${pod.metadata.name} wait to be created on ${pod.spec?.nodeName ?? '?'}`,
            ),
          ]
        : [observeEvent(refOf(pod), event)]),
      ...(claim === undefined
        ? []
        : [
            observe(
              'spec',
              refOf(claim),
              `access modes ${modes}, volume ${claim.spec?.volumeName ?? '?'}; in use on ${where}`,
            ),
          ]),
    ],
    confidence: event === undefined ? 0.75 : 0.93,
    affects: [refOf(pod), workload],
    ...(event?.firstSeen === undefined ? {} : { since: event.firstSeen }),
    ...(down ? { dependsOn: [{ apiVersion: 'v1', kind: 'Node', name: holder.node }] } : {}),
    fix: fixFor(view, holder, workload),
    prevention: ['Deployments with a ReadWriteOnce claim need strategy Recreate and one replica.'],
  }
}

/** The claim for one node only that keeps a pod from being created while a running pod has it on another node. */
const heldElsewhere = (view: ClusterView, pod: Pod): PersistentVolumeClaim | undefined => {
  const creating = (pod.status?.containerStatuses ?? []).some(
    (one) => one.state?.waiting?.reason === 'ContainerCreating',
  )
  const known = view.eventsFor(refOf(pod)).some((event) => event.type === 'Warning')
  if (!creating || known || !isStarting(pod) || !lasted(pod.metadata.creationTimestamp, view.now, 600)) return undefined
  return boundClaimsOf(view, pod)
    .filter(({ volume }) => volume.spec?.csi !== undefined)
    .map(({ claim }) => claim)
    .find((claim) => {
      const modes = claim.spec?.accessModes ?? []
      const alone = modes.length > 0 && modes.every((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod')
      return alone && holderOf(view, claim, pod)?.pod?.status?.phase === 'Running'
    })
}

/** Volumes for one node that are wanted on two, still so after two minutes (a move takes that long in health). */
export const analyzer: Analyzer = {
  id: 'volume-multi-attach',
  codes: ['volume-multi-attach'],
  needs: ['pods', 'events', 'persistentvolumeclaims'],
  analyze: (view) => {
    const found = new Map<string, Finding>()
    for (const event of [...view.eventsByReason('FailedAttachVolume'), ...view.eventsByReason('FailedMount')]) {
      const text = event.note ?? ''
      if (!pattern.test(text) && !exclusive.test(text)) continue
      const pod = view.get('Pod', event.regarding.namespace, event.regarding.name ?? '')
      if (pod === undefined || !isStarting(pod) || !within(event.lastSeen, view.now, 3600)) continue
      if (!lasted(event.firstSeen ?? pod.metadata.creationTimestamp, view.now, 120)) continue
      const finding = findingOf(view, pod, event)
      if (finding !== undefined && !found.has(refKey(finding.object))) found.set(refKey(finding.object), finding)
    }
    for (const pod of view.all('Pod').filter(isStarting)) {
      const claim = heldElsewhere(view, pod)
      const finding = claim === undefined ? undefined : findingOf(view, pod, undefined, claim)
      if (finding !== undefined && !found.has(refKey(finding.object))) found.set(refKey(finding.object), finding)
    }
    return [...found.values()]
  },
}
