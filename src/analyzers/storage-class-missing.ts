import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type PersistentVolumeClaim, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { refKey } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { claimEvent, className, hurtBy, isDefaultClass, pendingClaims } from './reading/waiting-claims.ts'

// A class name may be only a label that pairs claims with volumes made by hand.
const isLabelOnly = (view: ClusterView, name: string): boolean =>
  view.all('PersistentVolume').some((volume) => volume.spec?.storageClassName === name)

const immutable =
  'storageClassName of a claim cannot be changed: delete the claim and create it again (check first that nothing has used it)'

const missingClass = (view: ClusterView, claim: PersistentVolumeClaim, name: string): Finding | undefined => {
  const event = claimEvent(view, claim, 'ProvisioningFailed')
  const told = event?.note?.match(/storageclass(?:\.storage\.k8s\.io)? "?([^"\s]+)"? not found/i) != null
  const absent = view.presence('StorageClass', undefined, name) === 'absent'
  if (view.get('StorageClass', undefined, name) !== undefined || (!told && !absent)) return undefined
  if (!told && isLabelOnly(view, name)) return undefined
  const classes = view.all('StorageClass')
  const names = classes.map((one) => one.metadata.name)
  const near =
    nearestName(name, names) ?? (classes.length === 1 ? names[0] : classes.find(isDefaultClass)?.metadata.name)
  const object = refOf(claim)
  return {
    code: 'storage-class-missing',
    severity: 'critical',
    object,
    summary: `Claim ${object.name} cannot be provisioned: StorageClass ${name} does not exist (not found)${near === undefined ? '' : `; did you mean ${near}?`}`,
    evidence: [
      ...(event === undefined ? [] : [observeEvent(object, event)]),
      observe(
        'spec',
        object,
        `spec.storageClassName: ${name}; StorageClasses here: ${names.length === 0 ? 'none seen' : some(names, 6)}`,
      ),
    ],
    confidence: told && absent ? 0.98 : told ? 0.95 : 0.9,
    affects: hurtBy(view, claim),
    ...(claim.metadata.creationTimestamp === undefined ? {} : { since: claim.metadata.creationTimestamp }),
    fix: [
      'kubectl get storageclass',
      `${immutable}: ${kubectl(object, 'get', '-o yaml')} > claim.yaml; set storageClassName${near === undefined ? '' : `: ${near}`}; ${kubectl(object, 'delete')}; kubectl apply -f claim.yaml`,
      `Or create the StorageClass ${name}.`,
    ],
    prevention: [
      'Check StorageClass names per cluster before a deploy, or leave the class out where a default exists.',
    ],
    facts: { storageClass: name, ...(near === undefined ? {} : { nearestName: near }) },
  }
}

const noDefault = (view: ClusterView, claim: PersistentVolumeClaim): Finding | undefined => {
  const event = claimEvent(view, claim, 'FailedBinding')
  const told = /no storage class is set/i.test(event?.note ?? '')
  const classes = view.all('StorageClass')
  if (!told || (classes.length > 0 && classes.some(isDefaultClass)) || claim.spec?.volumeName !== undefined)
    return undefined
  if (view.all('PersistentVolume').some((volume) => (volume.spec?.storageClassName ?? '') === '')) return undefined
  const object = refOf(claim)
  const names = classes.map((one) => one.metadata.name)
  return {
    code: 'storage-class-missing',
    severity: 'critical',
    object,
    summary: `Claim ${object.name} names no StorageClass and the cluster has no default one, so nothing provisions it${names.length === 0 ? '' : ` (classes: ${some(names)})`}`,
    evidence:
      event === undefined
        ? [observe('spec', object, 'spec.storageClassName is not set')]
        : [observeEvent(object, event)],
    confidence: 0.9,
    affects: hurtBy(view, claim),
    ...(claim.metadata.creationTimestamp === undefined ? {} : { since: claim.metadata.creationTimestamp }),
    fix: [
      'Mark one class as the default (claims without a class then get it): kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=true',
      `Or set the class: ${immutable}.`,
    ],
  }
}

/** Claims whose StorageClass does not exist, or that rely on a default class where there is none. */
export const analyzer: Analyzer = {
  id: 'storage-class-missing',
  codes: ['storage-class-missing'],
  needs: ['persistentvolumeclaims', 'events'],
  analyze: (view) => {
    const seen = new Set<string>()
    return pendingClaims(view).flatMap((claim) => {
      const name = className(claim)
      const found =
        name === undefined ? noDefault(view, claim) : name === '' ? undefined : missingClass(view, claim, name)
      if (found === undefined || seen.has(refKey(found.object))) return []
      seen.add(refKey(found.object))
      return [found]
    })
  },
}
