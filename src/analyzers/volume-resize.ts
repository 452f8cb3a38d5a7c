import { at, conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type PersistentVolumeClaim, refOf } from '../domain/kubernetes.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { bytesText, parseQuantity } from '../domain/quantity.ts'
import { lasted, within } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { podsMounting } from './reading/claims.ts'
import { claimEvent, classOf, hurtBy } from './reading/waiting-claims.ts'

type Why = { readonly text: string; readonly confidence: number; readonly fix: string; readonly since?: string }

const whyStuck = (view: ClusterView, claim: PersistentVolumeClaim): Why | undefined => {
  const conditions = claim.status?.conditions
  const failed = ['ControllerResizeError', 'NodeResizeError']
    .map((type) => conditionOf(conditions, type))
    .find((one) => one?.status === 'True')
  const since = (time: string | undefined): { readonly since?: string } => (time === undefined ? {} : { since: time })
  if (failed !== undefined) {
    return {
      text: short(failed.message ?? failed.type ?? ''),
      confidence: 0.95,
      fix: 'Correct what the driver names; it retries by itself.',
      ...since(failed.lastTransitionTime),
    }
  }
  const status = at(claim, 'status', 'allocatedResourceStatuses', 'storage')
  if (typeof status === 'string' && status.endsWith('Infeasible')) {
    return {
      text: `the driver calls the size infeasible (${status})`,
      confidence: 0.95,
      fix: 'Ask for a size that the storage can give; it may be lowered down to the present capacity.',
    }
  }
  const event = claimEvent(view, claim, 'VolumeResizeFailed', 'FileSystemResizeFailed')
  if (event !== undefined && within(event.lastSeen, view.now, 3600)) {
    return {
      text: short(event.note ?? ''),
      confidence: 0.9,
      fix: 'Correct what the driver names; it retries by itself.',
      ...since(event.firstSeen),
    }
  }
  if (classOf(view, claim)?.allowVolumeExpansion !== true && classOf(view, claim) !== undefined) {
    return {
      text: `StorageClass ${classOf(view, claim)?.metadata.name} does not allow expansion`,
      confidence: 0.85,
      fix: 'Set allowVolumeExpansion: true on the class, if its driver can, or move the data to a larger claim.',
    }
  }
  const resizing = conditionOf(conditions, 'Resizing')
  if (
    resizing?.status === 'True' &&
    resizing.lastTransitionTime !== undefined &&
    lasted(resizing.lastTransitionTime, view.now, 1800)
  ) {
    return {
      text: 'the driver has been at it for over half an hour and has not said that it is done',
      confidence: 0.6,
      fix: 'Read the log of the csi-resizer container of the driver, and the limits of the storage behind it.',
      ...since(resizing.lastTransitionTime),
    }
  }
  const pending = conditionOf(conditions, 'FileSystemResizePending')
  if (pending?.status === 'True' && lasted(pending.lastTransitionTime, view.now, 900)) {
    const mounted = podsMounting(view, claim).length > 0
    return {
      text: mounted
        ? 'the disk has grown, the file system not: the driver needs the pod to be restarted'
        : 'the disk has grown; the file system grows when a pod mounts it',
      confidence: mounted ? 0.85 : 0.3,
      fix: 'Restart the pod that mounts it.',
      ...since(pending.lastTransitionTime),
    }
  }
  return undefined
}

const findingOf = (view: ClusterView, claim: PersistentVolumeClaim): Finding | undefined => {
  const wants = parseQuantity(claim.spec?.resources?.requests?.['storage'])
  const has = parseQuantity(claim.status?.capacity?.['storage'])
  if (claim.status?.phase !== 'Bound' || wants === undefined || has === undefined || wants <= has) return undefined
  const why = whyStuck(view, claim)
  if (why === undefined || why.confidence < 0.5) return undefined
  const object = refOf(claim)
  const event = claimEvent(view, claim, 'VolumeResizeFailed', 'FileSystemResizeFailed', 'Resizing', 'ExternalExpanding')
  return {
    code: 'volume-resize-failing',
    severity: 'warning',
    object,
    summary: `Claim ${object.name} does not grow from ${bytesText(has)} to ${bytesText(wants)}: ${why.text}`,
    evidence: [
      observe(
        'status',
        object,
        `capacity ${bytesText(has)}, requested ${bytesText(wants)}; ${(claim.status.conditions ?? []).map((one) => `${one.type} ${one.status}: ${one.message ?? ''}`).join('; ') || 'no condition'}`,
      ),
      ...(event === undefined ? [] : [observeEvent(object, event)]),
    ],
    confidence: why.confidence,
    affects: hurtBy(view, claim),
    ...(why.since === undefined ? {} : { since: why.since }),
    fix: [why.fix, kubectl(object, 'describe')],
  }
}

/** Claims that were asked to grow and do not. A resize under way is healthy. */
export const analyzer: Analyzer = {
  id: 'volume-resize',
  codes: ['volume-resize-failing'],
  needs: ['persistentvolumeclaims', 'events'],
  analyze: (view) => view.all('PersistentVolumeClaim').flatMap((claim) => findingOf(view, claim) ?? []),
}
