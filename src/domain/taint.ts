import type { Taint, Toleration } from './kubernetes.ts'

const tolerates = (toleration: Toleration, taint: Taint): boolean => {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false
  const exists = toleration.operator === 'Exists'
  if (toleration.key === undefined || toleration.key === '') return exists
  if (toleration.key !== taint.key) return false
  const [wanted, value] = [toleration.value ?? '', taint.value ?? '']
  if (toleration.operator === 'Gt') return Number(value) > Number(wanted)
  if (toleration.operator === 'Lt') return Number(value) < Number(wanted)
  return exists || wanted === value
}

/** The taints that keep a pod with these tolerations off a node. PreferNoSchedule keeps nothing off. */
export const untolerated = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
): readonly Taint[] =>
  (taints ?? []).filter(
    (taint) =>
      (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
      !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)),
  )

/** A taint as kubectl takes it: `dedicated=gpu:NoSchedule`. */
export const taintText = (taint: Taint): string =>
  `${taint.key ?? ''}${taint.value === undefined || taint.value === '' ? '' : `=${taint.value}`}:${taint.effect ?? ''}`

/**
 * What a taint stands for: `control-plane` is meant and no fault; `condition` is set by the node controller for a node in
 * trouble; `cordon` by kubectl cordon or drain; `starting` while a cloud provider or CNI sets the node up; else `custom`.
 */
export type TaintMeaning = 'control-plane' | 'condition' | 'cordon' | 'starting' | 'custom'

const conditionKeys = new Set([
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
  'node.kubernetes.io/memory-pressure',
  'node.kubernetes.io/disk-pressure',
  'node.kubernetes.io/pid-pressure',
  'node.kubernetes.io/network-unavailable',
])
const startingKeys = new Set([
  'node.cloudprovider.kubernetes.io/uninitialized',
  'node.cilium.io/agent-not-ready',
  'ebs.csi.aws.com/agent-not-ready',
  'karpenter.sh/unregistered',
])
const cordonKeys = new Set([
  'node.kubernetes.io/unschedulable',
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
  'karpenter.sh/disruption',
])

/** The meaning of a taint's key. */
export const taintMeaning = (key: string | undefined): TaintMeaning => {
  if (key === undefined) return 'custom'
  if (key === 'node-role.kubernetes.io/control-plane' || key === 'node-role.kubernetes.io/master')
    return 'control-plane'
  if (conditionKeys.has(key)) return 'condition'
  if (startingKeys.has(key)) return 'starting'
  return cordonKeys.has(key) ? 'cordon' : 'custom'
}
