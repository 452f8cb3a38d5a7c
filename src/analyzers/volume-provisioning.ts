import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Event, type PersistentVolumeClaim, refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted, within } from '../domain/time.ts'
import { short, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { troubleOf } from './reading/control-plane.ts'
import { claimEvent, className, classOf, hurtBy, pendingClaims, waitsForConsumer } from './reading/waiting-claims.ts'
import { isReady } from './reading/workload-health.ts'

// A class without a provisioner makes no volumes: its claims wait for one that somebody makes.
const noClass =
  /storageclass(?:\.storage\.k8s\.io)? "?[^"\s]+"? not found|no storage class is set|no volume plugin matched name: kubernetes\.io\/no-provisioner/i

const noVolumes = new Set(['kubernetes.io/no-provisioner'])

const provisionerOf = (view: ClusterView, claim: PersistentVolumeClaim): string | undefined =>
  classOf(view, claim)?.provisioner ??
  claim.metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] ??
  claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-provisioner']

// The controller pods of a driver carry its name, or the first word of it: ebs.csi.aws.com → ebs-csi-controller.
const driverPods = (view: ClusterView, provisioner: string) => {
  const words = provisioner
    .split(/[./]/)
    .filter((word) => !['com', 'io', 'org', 'csi', 'k8s', 'aws', 'kubernetes'].includes(word))
  const [stem = provisioner] = words
  return view.all('Pod').filter((pod) => {
    const images = (pod.spec?.containers ?? []).map((one) => one.image ?? '')
    const provisions = images.some((image) => image.includes('csi-provisioner') || image.includes('provisioner'))
    return pod.metadata.name.includes(stem) && (provisions || /csi|provisioner|controller/.test(pod.metadata.name))
  })
}

type Deeper = { readonly text: string; readonly refs: readonly ObjectRef[] }

const deeperCause = (view: ClusterView, provisioner: string | undefined): Deeper | undefined => {
  if (provisioner === undefined) return undefined
  const pods = driverPods(view, provisioner)
  const bad = pods.filter((pod) => !isReady(pod) && pod.status?.phase !== 'Succeeded')
  const [first] = bad
  if (first === undefined || bad.length < pods.length) return undefined
  const refs = new Map(bad.map((pod) => [refKey(view.workloadOf(pod).ref), view.workloadOf(pod).ref]))
  return {
    text: `the provisioner's pod ${troubleOf(first) ?? `${first.metadata.name} is not ready`}`,
    refs: [...refs.values()],
  }
}

const reasonOf = (event: Event): string =>
  short(
    (event.note ?? '')
      .replace(/^failed to provision volume with StorageClass "[^"]*":\s*/i, '')
      .replace(/rpc error: code = \w+ desc = /g, ''),
    260,
  )

const base = (
  view: ClusterView,
  claim: PersistentVolumeClaim,
  provisioner: string | undefined,
  deeper: Deeper | undefined,
) => {
  const object = refOf(claim)
  return {
    code: 'volume-provisioning-failing' as const,
    severity: 'critical' as const,
    object,
    affects: hurtBy(view, claim),
    ...(deeper === undefined ? {} : { dependsOn: deeper.refs }),
    fix: [
      `${kubectl(object, 'describe')}`,
      ...(provisioner === undefined
        ? []
        : [
            `Look at the provisioner ${provisioner}: kubectl get pods -A | grep -i csi; read the log of its csi-provisioner container.`,
          ]),
      'Correct what it names (quota, permission, zone, parameters of the StorageClass); it retries by itself.',
    ],
    ...(provisioner === undefined ? {} : { facts: { provisioner } }),
  }
}

const failing = (view: ClusterView, claim: PersistentVolumeClaim): Finding | undefined => {
  const event = claimEvent(view, claim, 'ProvisioningFailed')
  if (event === undefined || noClass.test(event.note ?? '') || !within(event.lastSeen, view.now, 3600)) return undefined
  const provisioner = provisionerOf(view, claim)
  const deeper = deeperCause(view, provisioner)
  const since = event.firstSeen ?? claim.metadata.creationTimestamp
  return {
    ...base(view, claim, provisioner, deeper),
    summary: `Claim ${claim.metadata.name} cannot be provisioned${provisioner === undefined ? '' : ` by ${provisioner}`}: ${reasonOf(event)}`,
    evidence: [
      observeEvent(refOf(claim), event),
      ...(deeper === undefined ? [] : [observe('status', deeper.refs[0] ?? refOf(claim), deeper.text)]),
    ],
    confidence: 0.9,
    ...(since === undefined ? {} : { since }),
  }
}

const unanswered = (view: ClusterView, claim: PersistentVolumeClaim): Finding | undefined => {
  const event = claimEvent(view, claim, 'ExternalProvisioning')
  if (event === undefined || !within(event.lastSeen, view.now, 1800)) return undefined
  if (!lasted(event.firstSeen ?? claim.metadata.creationTimestamp, view.now, 300)) return undefined
  const provisioner = provisionerOf(view, claim) ?? /provisioner ['"]([^'"]+)['"]/.exec(event.note ?? '')?.[1]
  const deeper = deeperCause(view, provisioner)
  const runs = provisioner !== undefined && driverPods(view, provisioner).some(isReady)
  const since = event.firstSeen ?? claim.metadata.creationTimestamp
  return {
    ...base(view, claim, provisioner, deeper),
    summary: `Claim ${claim.metadata.name} waits for provisioner ${provisioner ?? '?'}, which does not answer: ${deeper?.text ?? (runs ? 'it runs, but has made no volume' : 'no running pod of it was found; is the CSI driver installed?')}`,
    evidence: [
      observeEvent(refOf(claim), event),
      observe('spec', refOf(claim), `StorageClass ${className(claim) ?? '(default)'} uses ${provisioner ?? '?'}`),
    ],
    confidence: deeper === undefined ? 0.75 : 0.85,
    ...(since === undefined ? {} : { since }),
  }
}

// Without a word of any controller: its driver is not installed, or none of the driver's pods runs.
const unheard = (view: ClusterView, claim: PersistentVolumeClaim): Finding | undefined => {
  const provisioner = provisionerOf(view, claim)
  if (provisioner === undefined || noVolumes.has(provisioner)) return undefined
  if (claim.spec?.volumeName !== undefined || !lasted(claim.metadata.creationTimestamp, view.now, 600)) return undefined
  const drivers = view.list('CSIDriver', 'storage.k8s.io').map((one) => one.metadata.name)
  const absent = provisioner.includes('csi') && drivers.length > 0 && !drivers.includes(provisioner)
  const deeper = deeperCause(view, provisioner)
  if (!absent && deeper === undefined) return undefined
  const since = claim.metadata.creationTimestamp
  const why = absent
    ? `no CSIDriver ${provisioner} is installed (there are ${some(drivers)})`
    : (deeper?.text ?? 'its pods do not run')
  return {
    ...base(view, claim, provisioner, deeper),
    summary: `Claim ${claim.metadata.name} waits for provisioner ${provisioner}: ${why}`,
    evidence: [
      observe('status', refOf(claim), `phase Pending since ${since ?? '?'}`, since),
      observe('spec', refOf(claim), `StorageClass ${className(claim) ?? '(default)'} uses ${provisioner}; ${why}`),
    ],
    confidence: absent ? 0.85 : 0.75,
    ...(since === undefined ? {} : { since }),
  }
}

/** Claims whose provisioner fails or does not answer. A claim that waits for its first consumer is healthy. */
export const analyzer: Analyzer = {
  id: 'volume-provisioning',
  codes: ['volume-provisioning-failing'],
  needs: ['persistentvolumeclaims', 'events'],
  analyze: (view) =>
    pendingClaims(view).flatMap((claim) =>
      waitsForConsumer(view, claim)
        ? []
        : (failing(view, claim) ?? unanswered(view, claim) ?? unheard(view, claim) ?? []),
    ),
}
