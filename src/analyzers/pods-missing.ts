import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { observe } from '../domain/observe.ts'
import { count } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { podShortages, type Shortage } from './reading/pod-shortage.ts'

const patience = 600

const findingOf = (view: ClusterView, { owner, wanted, made, since }: Shortage): Finding => {
  const own = refOf(owner)
  const object = owner.kind === 'Job' ? view.workloadOf(owner).ref : own
  return {
    code: 'rollout-stuck',
    severity: made === 0 ? 'critical' : 'warning',
    object,
    summary: `${object.kind} ${object.name}: only ${made} of ${count(wanted, 'wanted pod')} ${made === 1 ? 'was' : 'were'} made, and nothing that was read says why`,
    evidence: [observe('status', own, `${wanted} wanted, ${made} made`, since)],
    confidence: 0.5,
    symptom: true,
    affects: [own],
    dependsOn: [own],
    ...(since === undefined ? {} : { since }),
    fix: [
      `${kubectl(own, 'describe')} (events older than an hour are gone: quota, admission or a missing account may refuse the pods)`,
    ],
  }
}

/** Owners whose pods are not made at all: an effect of what refuses them, or of a controller that does not react. */
export const analyzer: Analyzer = {
  id: 'pods-missing',
  codes: ['rollout-stuck'],
  needs: ['deployments', 'statefulsets', 'daemonsets'],
  analyze: (view) => podShortages(view, patience).map((one) => findingOf(view, one)),
}
