import type { Observation } from '../../domain/evidence.ts'
import type { Finding } from '../../domain/finding.ts'
import { nearestName } from '../../domain/near-name.ts'
import { type ObjectRef, refText } from '../../domain/object.ts'
import { observe } from '../../domain/observe.ts'
import { some } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'

const scalable = ['Deployment', 'StatefulSet', 'ReplicaSet', 'Rollout']

const near = (view: ClusterView, target: ObjectRef): ObjectRef | undefined => {
  const here = view.workloads
    .map((one) => one.ref)
    .filter((ref) => ref.namespace === target.namespace && scalable.includes(ref.kind))
  const otherKind = here.find((ref) => ref.name === target.name && ref.kind !== target.kind)
  const name = nearestName(
    target.name,
    here.filter((ref) => ref.kind === target.kind).map((ref) => ref.name),
  )
  return otherKind ?? here.find((ref) => ref.name === name && ref.kind === target.kind)
}

/** The finding that an autoscaler's target does not exist; `sure` where its kind was wholly read. */
export const missingTarget = (
  view: ClusterView,
  scaler: ObjectRef,
  target: ObjectRef,
  evidence: readonly Observation[],
  since: string | undefined,
  sure: boolean,
): Finding => {
  const meant = near(view, target)
  const here = view.workloads
    .map((one) => one.ref)
    .filter((ref) => ref.namespace === target.namespace && ref.kind === target.kind)
  const hint = meant === undefined ? '' : `; did you mean ${refText(meant)}?`
  const path = '/spec/scaleTargetRef/name'
  return {
    code: 'hpa-target-missing',
    severity: 'warning',
    object: scaler,
    summary: `${scaler.kind} ${scaler.name} scales ${refText(target)}, which does not exist${hint}`,
    evidence: [
      ...evidence,
      observe('spec', scaler, `scaleTargetRef: ${target.kind}/${target.name}`),
      ...(sure
        ? [
            observe(
              'computed',
              scaler,
              `${target.kind}s in ${target.namespace ?? ''}: ${
                some(
                  here.map((ref) => ref.name),
                  6,
                ) || 'none'
              }`,
            ),
          ]
        : []),
    ],
    confidence: 0.95,
    ...(since === undefined ? {} : { since }),
    fix: [
      meant === undefined
        ? `kubectl -n ${scaler.namespace ?? ''} edit ${scaler.kind.toLowerCase()} ${scaler.name} (spec.scaleTargetRef), or delete it if its workload is gone for good`
        : `kubectl -n ${scaler.namespace ?? ''} patch ${scaler.kind.toLowerCase()} ${scaler.name} --type=json -p '[{"op":"replace","path":"${path}","value":"${meant.name}"}]'`,
    ],
    facts: { target: `${target.kind}/${target.name}`, ...(meant === undefined ? {} : { nearestKey: meant.name }) },
  }
}
