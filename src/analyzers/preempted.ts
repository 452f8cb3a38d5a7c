import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { refKey } from '../domain/object.ts'
import { earliest } from '../domain/time.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { recentPreemptions, wasPartOf } from './reading/preemptions.ts'
import { isUnscheduled } from './reading/unscheduled-pods.ts'
import { severityOf } from './reading/workload-health.ts'

// The uid of the pod that took the place stands in the event: "Preempted by pod <uid> on node <name>".
const preemptor = (view: ClusterView, text: string): Pod | undefined => {
  const uid = /Preempted by pod ([0-9a-f-]{36})/.exec(text)?.[1]
  const found = uid === undefined ? undefined : view.byUid(uid)
  if (found?.kind === 'Pod') return found as Pod
  const named = /(?:Preempted )?by (?:pod )?([a-z0-9-]+)\/([a-z0-9.-]+) on node/.exec(text)
  return named === null ? undefined : view.get('Pod', named[1], named[2] ?? '')
}

const waitingPods = (view: ClusterView, workload: Workload): readonly Pod[] =>
  view.podsOf(workload.ref).filter(isUnscheduled)

/** Workloads that lost pods to others of higher priority within the last hours, and have not got them back. */
export const analyzer: Analyzer = {
  id: 'preempted',
  codes: ['preempted'],
  needs: ['pods', 'events'],
  analyze: (view) => {
    const told = recentPreemptions(view)
    if (told.length === 0) return []
    const seen = new Set<string>()
    return view.workloads.flatMap((workload) => {
      const mine = told.filter((one) => wasPartOf(workload.ref, one))
      const waiting = waitingPods(view, workload)
      const [first] = mine
      if (first === undefined || waiting.length === 0 || seen.has(refKey(workload.ref))) return []
      seen.add(refKey(workload.ref))
      const by = mine.map((one) => preemptor(view, one.text)).find((pod) => pod !== undefined)
      const byRef = by === undefined ? undefined : view.workloadOf(by).ref
      const since = earliest(mine.map((one) => one.at))
      const who =
        byRef === undefined
          ? 'pods of higher priority'
          : `${byRef.kind} ${byRef.namespace}/${byRef.name} (priority ${by?.spec?.priority ?? '?'}${by?.spec?.priorityClassName === undefined ? '' : `, class ${by.spec.priorityClassName}`})`
      return [
        {
          code: 'preempted' as const,
          severity: severityOf(view, workload.ref),
          object: workload.ref,
          summary: `${workload.ref.kind} ${workload.ref.name}: ${count(mine.length, 'pod')} preempted by ${who}; ${waiting.length} now wait for room`,
          evidence: mine.slice(0, 3).map((one) => ({
            kind: 'event' as const,
            about: one.about,
            text: `Preempted: ${one.text}`,
            ...(one.at === undefined ? {} : { at: one.at }),
          })),
          confidence: 0.9,
          affects: waiting.map(refOf),
          ...(since === undefined ? {} : { since }),
          fix: [
            `If it matters as much, give it a priority class: ${kubectl(workload.ref, 'edit')} (spec.template.spec.priorityClassName)`,
            'Or add room: a node, or fewer replicas of what took its place.',
          ],
          prevention: ['Keep head-room for the pods of high priority, or mark their class preemptionPolicy: Never.'],
          ...(byRef === undefined ? {} : { contributing: [`${byRef.kind} ${byRef.name} took the place`] }),
        },
      ]
    })
  },
}
