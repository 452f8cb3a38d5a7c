import { labelsAt, numberAt } from '../../../domain/at.ts'
import type { SuccessCheck } from '../../../domain/plan.ts'
import { matchesLabels } from '../../../domain/selector.ts'
import type { Between } from './object-steps.ts'

type Serves = Extract<SuccessCheck, { kind: 'serves' }>

/**
 * The smoke check of a release: behind each of its Services that selects pods of its own workloads are ready pods, and no
 * others. Services that select nothing of it, and workloads that are meant to have no pods, are left out.
 */
export const smokeChecks = (
  { current, wanted }: Pick<Between, 'current' | 'wanted'>,
  within: number,
): readonly Serves[] => {
  const templates = wanted.flatMap(({ manifest }) => {
    const labels = labelsAt(manifest, 'spec', 'template', 'metadata', 'labels')
    const runs = ['Deployment', 'StatefulSet'].includes(manifest.kind) && numberAt(manifest, 'spec', 'replicas') !== 0
    return runs ? [labels] : []
  })
  return wanted.flatMap(({ ref, manifest }) => {
    const selector = labelsAt(manifest, 'spec', 'selector')
    const its = ref.kind === 'Service' && ref.namespace === current.namespace && Object.keys(selector).length > 0
    return its && templates.some((labels) => matchesLabels(selector, labels))
      ? [{ kind: 'serves', target: ref, selector, within }]
      : []
  })
}
