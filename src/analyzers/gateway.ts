import { at, conditionFrom, conditionOf, conditionsAt, listAt, textAt } from '../domain/at.ts'
import type { Observation } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { type Condition, type KubeObject, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { observe } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const group = 'gateway.networking.k8s.io'
const graceSeconds = 120

type Trouble = {
  readonly text: string
  readonly condition?: Condition
  readonly confidence: number
  readonly near?: string
}

/** Conditions that are bad when False; `Conflicted` is bad when True. */
const bad = (condition: Condition): boolean =>
  condition.type === 'Conflicted'
    ? condition.status === 'True'
    : ['Accepted', 'Programmed', 'ResolvedRefs', 'Ready'].includes(condition.type ?? '') && condition.status === 'False'

const settled = (view: ClusterView, condition: Condition): boolean =>
  condition.reason !== 'Pending'
    ? lasted(condition.lastTransitionTime, view.now, graceSeconds)
    : lasted(condition.lastTransitionTime, view.now, 600)

const conditionText = (condition: Condition): string =>
  `${condition.type ?? ''} is ${condition.status ?? ''} (${condition.reason ?? ''}): ${condition.message ?? ''}`

const listenerTroubles = (view: ClusterView, gateway: KubeObject): readonly Trouble[] =>
  listAt(gateway, 'status', 'listeners').flatMap((listener) => {
    const name = textAt(listener, 'name') ?? ''
    const order = ['ResolvedRefs', 'Conflicted', 'Accepted', 'Programmed', 'Ready']
    const conditions = listAt(listener, 'conditions')
      .map(conditionFrom)
      .filter((one) => bad(one) && settled(view, one))
    const worst = order.flatMap((type) => conditionOf(conditions, type) ?? [])[0]
    if (worst === undefined) return []
    const refs = certificateRefs(gateway, name)
    const extra = worst.type === 'ResolvedRefs' && refs.length > 0 ? ` (certificateRefs: ${refs.join(', ')})` : ''
    return [{ text: `listener ${name}: ${conditionText(worst)}${extra}`, condition: worst, confidence: 0.95 }]
  })

const certificateRefs = (gateway: KubeObject, listenerName: string): readonly string[] =>
  listAt(gateway, 'spec', 'listeners')
    .filter((listener) => textAt(listener, 'name') === listenerName)
    .flatMap((listener) => listAt(listener, 'tls', 'certificateRefs'))
    .map((ref) => `${textAt(ref, 'namespace') ?? gateway.metadata.namespace ?? ''}/${textAt(ref, 'name') ?? ''}`)

const ownTroubles = (view: ClusterView, gateway: KubeObject): readonly Trouble[] => {
  const conditions = conditionsAt(gateway)
  const wrong = conditions.filter((one) => bad(one) && settled(view, one))
  return ['Accepted', 'Programmed', 'Ready'].flatMap((type) => {
    const condition = conditionOf(wrong, type)
    return condition === undefined ? [] : [{ text: conditionText(condition), condition, confidence: 0.95 }]
  })
}

const unclaimed = (view: ClusterView, gateway: KubeObject): Trouble | undefined => {
  const name = textAt(gateway, 'spec', 'gatewayClassName') ?? ''
  const classes = view.list('GatewayClass', group)
  const known = classes.find((one) => one.metadata.name === name)
  const conditions = conditionsAt(gateway)
  const untouched = conditions.every(
    (one) => one.status === 'Unknown' || one.status === undefined || one.reason === 'Pending',
  )
  if (!untouched || !lasted(gateway.metadata.creationTimestamp, view.now, 300)) return undefined
  if (known === undefined) {
    if (classes.length === 0 || !view.complete('GatewayClass'))
      return { text: 'no controller has taken it up', confidence: 0.6 }
    const near = nearestName(
      name,
      classes.map((one) => one.metadata.name),
    )
    const text = `GatewayClass ${name} does not exist (there ${classes.length === 1 ? 'is' : 'are'} ${some(classes.map((one) => one.metadata.name))})${near === undefined ? '' : `; did you mean ${near}?`}`
    return { text, confidence: 0.93, ...(near === undefined ? {} : { near }) }
  }
  const accepted = conditionOf(conditionsAt(known), 'Accepted')
  const why =
    accepted?.status === 'True'
      ? ''
      : `; GatewayClass ${name} is not accepted: ${accepted?.message ?? 'no controller answers for it'}`
  return { text: `its controller has not taken it up${why}`, confidence: 0.75 }
}

const findingOf = (gateway: KubeObject, troubles: readonly Trouble[]): Finding | undefined => {
  const [first] = troubles
  if (first === undefined) return undefined
  const object = refOf(gateway)
  const since = first.condition?.lastTransitionTime
  const evidence: readonly Observation[] = troubles.map((one) =>
    observe('status', object, one.text, one.condition?.lastTransitionTime),
  )
  return {
    code: 'gateway-not-programmed',
    severity: 'critical',
    object,
    summary: `Gateway ${gateway.metadata.name} is not programmed: ${first.text}`,
    evidence,
    confidence: first.confidence,
    ...(since === undefined ? {} : { since }),
    dependsOn: listAt(gateway, 'spec', 'listeners')
      .flatMap((listener) => listAt(listener, 'tls', 'certificateRefs'))
      .flatMap((ref) => {
        const name = textAt(ref, 'name')
        const namespace = textAt(ref, 'namespace') ?? gateway.metadata.namespace
        return name === undefined
          ? []
          : [{ apiVersion: 'v1', kind: 'Secret', ...(namespace === undefined ? {} : { namespace }), name }]
      }),
    fix: [`kubectl -n ${gateway.metadata.namespace ?? ''} describe gateway ${gateway.metadata.name}`, fixFor(first)],
    facts: { ...(first.near === undefined ? {} : { nearestKey: first.near }), reason: first.condition?.reason ?? '' },
  }
}

const fixFor = (trouble: Trouble): string => {
  switch (trouble.condition?.reason) {
    case 'InvalidCertificateRef':
      return 'Create the TLS Secret that the listener names, or correct certificateRefs.'
    case 'RefNotPermitted':
      return 'Add a ReferenceGrant in the namespace of the Secret that allows this Gateway.'
    case 'AddressNotAssigned':
    case 'AddressNotUsable':
      return 'Give the Gateway an address that the load balancer can use, or let one be chosen.'
    case 'HostnameConflict':
    case 'ProtocolConflict':
      return 'Give the listeners that share a port different hostnames, or one protocol.'
    default:
      return trouble.near === undefined
        ? 'Correct what the condition names.'
        : `Set spec.gatewayClassName to ${trouble.near}.`
  }
}

const lost = (gateway: KubeObject): boolean => at(gateway, 'metadata', 'deletionTimestamp') !== undefined

/** Gateways whose conditions, or those of their listeners, say that they do not carry traffic. */
export const analyzer: Analyzer = {
  id: 'gateway',
  codes: ['gateway-not-programmed'],
  needs: [],
  analyze: (view) =>
    view.list('Gateway', group).flatMap((gateway) => {
      if (lost(gateway)) return []
      const own = ownTroubles(view, gateway)
      const troubles = [...listenerTroubles(view, gateway), ...own]
      const first = troubles.length > 0 ? troubles : [unclaimed(view, gateway)].flatMap((one) => one ?? [])
      return findingOf(gateway, first) ?? []
    }),
}
