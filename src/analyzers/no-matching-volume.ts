import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type PersistentVolumeClaim, refOf } from '../domain/kubernetes.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { bytesText, parseQuantity } from '../domain/quantity.ts'
import { parseSchedulerMessage } from '../domain/scheduler-message.ts'
import { matchVolume, modesText, type VolumeMatch } from '../domain/volume-match.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { podsMounting } from './reading/claims.ts'
import { unscheduledPods } from './reading/unscheduled-pods.ts'
import { claimEvent, className, classOf, hurtBy, pendingClaims, waitsForConsumer } from './reading/waiting-claims.ts'

const isStatic = (view: ClusterView, claim: PersistentVolumeClaim): boolean => {
  if (claim.spec?.volumeName !== undefined) return true
  const name = className(claim)
  if (name === '') return true
  if (classOf(view, claim)?.provisioner === 'kubernetes.io/no-provisioner') return true
  const event = claimEvent(view, claim, 'FailedBinding', 'VolumeMismatch')
  if (name === undefined)
    return event !== undefined && view.all('PersistentVolume').some((one) => (one.spec?.storageClassName ?? '') === '')
  return (
    view.get('StorageClass', undefined, name) === undefined &&
    view.all('PersistentVolume').some((one) => one.spec?.storageClassName === name)
  )
}

const wantedText = (claim: PersistentVolumeClaim): string => {
  const size = parseQuantity(claim.spec?.resources?.requests?.['storage'])
  const name = className(claim)
  return [
    ...(size === undefined ? [] : [bytesText(size)]),
    modesText(claim.spec?.accessModes),
    ...(name === undefined || name === '' ? ['no class'] : [`class ${name}`]),
    ...(claim.spec?.volumeName === undefined ? [] : [`volume ${claim.spec.volumeName}`]),
  ].join(', ')
}

const matchText = (match: VolumeMatch): string => `${match.volume.metadata.name}: ${match.faults.join(', ')}`

// The pod says that the volumes that match are of no use on its nodes.
const refusedByScheduler = (view: ClusterView, claim: PersistentVolumeClaim): string | undefined => {
  const names = new Set(podsMounting(view, claim).map((pod) => pod.metadata.name))
  for (const group of unscheduledPods(view)) {
    if (!names.has(group.example.metadata.name)) continue
    const reason = parseSchedulerMessage(group.message)?.reasons.find((one) => one.kind === 'no-volume')
    if (reason !== undefined) return reason.text
  }
  return undefined
}

const findingOf = (view: ClusterView, claim: PersistentVolumeClaim): Finding | undefined => {
  if (!isStatic(view, claim) || waitsForConsumer(view, claim)) return undefined
  const matches = view.all('PersistentVolume').map((volume) => matchVolume(claim, volume))
  const fitting = matches.filter((match) => match.faults.length === 0)
  const scheduler = refusedByScheduler(view, claim)
  const event = claimEvent(view, claim, 'FailedBinding', 'VolumeMismatch')
  if (fitting.length > 0 && scheduler === undefined) return undefined
  if (event === undefined && scheduler === undefined && matches.length === 0 && !view.complete('PersistentVolume'))
    return undefined
  const near = matches
    .filter((match) => match.faults.length > 0)
    .sort((a, b) => a.faults.length - b.faults.length)
    .slice(0, 3)
  const object = refOf(claim)
  const why =
    matches.length === 0
      ? 'there is no PersistentVolume at all'
      : fitting.length > 0
        ? `${some(fitting.map((one) => one.volume.metadata.name))} would match, but not on a node that the pod can use`
        : `nearest: ${near.map(matchText).join('; ')}`
  return {
    code: 'no-matching-volume',
    severity: 'critical',
    object,
    summary: `Claim ${object.name} (${wantedText(claim)}) stays Pending: no PersistentVolume matches; ${why}`,
    evidence: [
      ...(event === undefined ? [] : [observeEvent(object, event)]),
      ...(scheduler === undefined ? [] : [observe('event', object, `scheduler: ${scheduler}`)]),
      observe('computed', object, `${matches.length} PersistentVolumes checked against ${wantedText(claim)}; ${why}`),
    ],
    confidence: event !== undefined || scheduler !== undefined ? 0.93 : 0.85,
    affects: hurtBy(view, claim),
    ...(claim.metadata.creationTimestamp === undefined ? {} : { since: claim.metadata.creationTimestamp }),
    fix: [
      'kubectl get pv',
      ...(near.some((match) => match.taken && match.faults.length === 1 && match.volume.status?.phase === 'Released')
        ? [
            `If the data on ${near[0]?.volume.metadata.name} may be used again, clear its old claim: kubectl patch pv ${near[0]?.volume.metadata.name} --type=json -p '[{"op":"remove","path":"/spec/claimRef"}]'`,
          ]
        : [
            `Create a PersistentVolume with ${wantedText(claim)}, or bring the claim in line with one that is Available: ${kubectl(object, 'get', '-o yaml')}`,
          ]),
    ],
    prevention: ['Use a StorageClass that provisions, where volumes need not be made by hand.'],
  }
}

/** Claims that only a volume made by hand can serve, and none fits: by size, access mode, class, selector or holder. */
export const analyzer: Analyzer = {
  id: 'no-matching-volume',
  codes: ['no-matching-volume'],
  needs: ['persistentvolumeclaims', 'persistentvolumes', 'events'],
  analyze: (view) => pendingClaims(view).flatMap((claim) => findingOf(view, claim) ?? []),
}
