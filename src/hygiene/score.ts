import type { HygieneFinding, HygieneScore } from '../domain/hygiene.ts'
import type { ObjectRef } from '../domain/object.ts'
import { refKey } from '../domain/object.ts'

/** How much an object counts: what runs and who may do what weighs more than what lies around. Others are not counted. */
const weights: Readonly<Record<string, number>> = {
  Deployment: 5,
  StatefulSet: 5,
  DaemonSet: 5,
  Rollout: 5,
  CronJob: 3,
  Job: 2,
  Pod: 2,
  Service: 2,
  Ingress: 2,
  HorizontalPodAutoscaler: 2,
  PodDisruptionBudget: 2,
  NetworkPolicy: 2,
  RoleBinding: 2,
  ClusterRoleBinding: 2,
  ValidatingWebhookConfiguration: 2,
  MutatingWebhookConfiguration: 2,
  Namespace: 1,
  ConfigMap: 1,
  Secret: 1,
  ServiceAccount: 1,
  PersistentVolumeClaim: 1,
  PersistentVolume: 1,
  StorageClass: 1,
  Role: 1,
  ClusterRole: 1,
}

/** The share of its weight that an object keeps with a finding of this severity as its worst. */
const kept = { warn: 0, info: 0.75 } as const

/** The kinds that are counted. */
export const countedKinds: readonly string[] = Object.keys(weights)

/** Where an object is counted: its namespace (a Namespace object its own), `(cluster)` for what stands outside. */
export const placeOf = (ref: ObjectRef): string =>
  ref.kind === 'Namespace' ? ref.name : (ref.namespace ?? '(cluster)')

/**
 * The weighted share of objects without findings, rounded down, so that 100 means none. An object with a warning keeps nothing
 * of its weight, one with notes only three quarters; how many findings it has does not matter. Undefined where none is counted.
 */
export const scoreOf = (
  objects: readonly ObjectRef[],
  findings: readonly HygieneFinding[],
): HygieneScore | undefined => {
  const worst = new Map<string, 'warn' | 'info'>()
  for (const { object, severity } of findings) {
    const key = refKey(object)
    if (worst.get(key) !== 'warn') worst.set(key, severity)
  }
  const counted = new Map([...objects, ...findings.map(({ object }) => object)].map((ref) => [refKey(ref), ref]))
  let all = 0
  let left = 0
  let clean = 0
  for (const [key, ref] of counted) {
    const weight = weights[ref.kind] ?? 1
    const found = worst.get(key)
    all += weight
    left += weight * (found === undefined ? 1 : kept[found])
    if (found === undefined) clean += 1
  }
  if (all === 0) return undefined
  const score = Math.floor((100 * left) / all + 1e-9)
  return { score, grade: gradeOf(score), objects: counted.size, clean }
}

/** A from 90, then a letter for each ten, F below 50. */
const gradeOf = (score: number): HygieneScore['grade'] =>
  (['A', 'B', 'C', 'D', 'E'] as const)[[90, 80, 70, 60, 50].findIndex((least) => score >= least)] ?? 'F'
