import { conditionOf } from '../domain/at.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { earliest, lasted } from '../domain/time.ts'
import { count, some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { controlPlanePods, leaseLapsed, troubleOf } from './reading/control-plane.ts'
import { isUnscheduled, newestEvent } from './reading/unscheduled-pods.ts'

// The scheduler never touched it: no condition, no event, no nominated node, and it has waited for minutes.
const isIgnored = (view: ClusterView, pod: Pod): boolean =>
  isUnscheduled(pod) &&
  pod.status?.nominatedNodeName === undefined &&
  conditionOf(pod.status?.conditions, 'PodScheduled') === undefined &&
  newestEvent(view, pod, ['FailedScheduling', 'Scheduled', 'NotTriggerScaleUp', 'WaitingForGates']) === undefined &&
  lasted(pod.metadata.creationTimestamp, view.now, 120)

const component = (scheduler: string): ObjectRef => ({
  apiVersion: 'v1',
  kind: 'Component',
  namespace: 'kube-system',
  name: scheduler === 'default-scheduler' ? 'kube-scheduler' : scheduler,
})

/** Pods that no scheduler looks at: theirs is down, or has a name that nothing answers to. */
export const analyzer: Analyzer = {
  id: 'scheduler-down',
  codes: ['scheduler-down'],
  needs: ['pods', 'events'],
  analyze: (view) => {
    const byScheduler = new Map<string, Pod[]>()
    for (const pod of view.all('Pod')) {
      if (!isIgnored(view, pod)) continue
      const name = pod.spec?.schedulerName ?? 'default-scheduler'
      byScheduler.set(name, [...(byScheduler.get(name) ?? []), pod])
    }
    return [...byScheduler].map(([name, pods]) => {
      const own = name === 'default-scheduler' ? 'kube-scheduler' : name
      const instances = controlPlanePods(view, own)
      const lapsed = leaseLapsed(view, own)
      const trouble =
        instances.map((pod) => troubleOf(pod)).find((text) => text !== undefined) ??
        (lapsed === undefined ? undefined : `its Lease was last renewed at ${lapsed}`)
      const [instance] = instances
      const since = earliest(pods.map((pod) => pod.metadata.creationTimestamp))
      const state =
        trouble ?? (instance === undefined ? 'no pod of it is visible here' : `its pod ${instance.metadata.name} runs`)
      return {
        code: 'scheduler-down' as const,
        severity: 'critical' as const,
        object: instance === undefined ? component(name) : refOf(instance),
        summary: `${own} does not schedule: ${count(pods.length, 'pod')} (${some(pods.map((pod) => pod.metadata.name))}) waited for minutes without any scheduling event; ${state}`,
        evidence: [
          ...pods.slice(0, 3).map((pod) => ({
            kind: 'status' as const,
            about: refOf(pod),
            text: `Pending since ${pod.metadata.creationTimestamp ?? '?'}: no PodScheduled condition, no FailedScheduling event, schedulerName ${name}`,
          })),
          ...(instance === undefined || trouble === undefined
            ? []
            : [{ kind: 'status' as const, about: refOf(instance), text: trouble }]),
        ],
        confidence: trouble === undefined ? (pods.length > 1 ? 0.8 : 0.7) : 0.95,
        affects: pods.map((pod) => view.workloadOf(pod).ref),
        ...(since === undefined ? {} : { since }),
        fix:
          name === 'default-scheduler'
            ? [
                'kubectl -n kube-system get pods -l component=kube-scheduler -o wide',
                'kubectl -n kube-system logs -l component=kube-scheduler --tail=50',
                'On the control-plane node: check /etc/kubernetes/manifests/kube-scheduler.yaml and the kubelet log.',
              ]
            : [
                `Check that a scheduler named ${name} runs and watches all namespaces.`,
                'Or set schedulerName: default-scheduler in the pod template.',
              ],
      }
    })
  },
}
