import { conditionOf } from '../domain/at.ts'
import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe, observeEvent } from '../domain/observe.ts'
import { lasted } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

type Why = {
  readonly text: string
  readonly fix: readonly string[]
  readonly node?: ObjectRef
  readonly confidence: number
}

const whyStuck = (view: ClusterView, pod: Pod): Why => {
  const name = pod.spec?.nodeName
  const ref = refOf(pod)
  const force = `When the container surely runs no more: ${kubectl(ref, 'delete', '--grace-period=0 --force')}`
  const finalizers = pod.metadata.finalizers ?? []
  if (finalizers.length > 0) {
    return {
      text: `held by finalizer ${finalizers.join(', ')}`,
      confidence: 0.95,
      fix: [
        `Let its controller clear the finalizer; last resort: ${kubectl(ref, 'patch', `--type=merge -p '{"metadata":{"finalizers":null}}'`)}`,
      ],
    }
  }
  const node = name === undefined ? undefined : view.get('Node', undefined, name)
  const ready = conditionOf(node?.status?.conditions, 'Ready')
  if (node !== undefined && ready !== undefined && ready.status !== 'True') {
    return {
      text: `its node ${name} is NotReady, so nobody can confirm that it has stopped`,
      confidence: 0.93,
      node: refOf(node),
      fix: [
        `Bring ${name} back, or delete the Node object when the machine is gone for good: kubectl delete node ${name}`,
        force,
      ],
    }
  }
  if (name !== undefined && view.presence('Node', undefined, name) === 'absent') {
    return { text: `its node ${name} does not exist any more`, confidence: 0.9, fix: [force] }
  }
  const event = view
    .eventsFor(ref)
    .findLast((one) =>
      ['FailedKillPod', 'FailedPreStopHook', 'FailedUnmount', 'FailedUnMount', 'FailedSync'].includes(one.reason ?? ''),
    )
  if (event !== undefined) {
    return {
      text: `the kubelet on ${name ?? '?'} cannot stop it: ${short(event.note ?? event.reason ?? '', 200)}`,
      confidence: 0.9,
      fix: [
        `On ${name ?? 'the node'}: crictl ps -a | grep ${pod.metadata.name}; journalctl -u kubelet | grep ${pod.metadata.uid ?? pod.metadata.name} | tail`,
        force,
      ],
    }
  }
  return {
    text: `the kubelet on ${name ?? '?'} has not stopped it (a process that ignores signals, a hanging mount, or a busy runtime)`,
    confidence: 0.75,
    fix: [`On ${name ?? 'the node'}: crictl ps -a | grep ${pod.metadata.name}`, force],
  }
}

const findingOf = (view: ClusterView, pod: Pod): Finding | undefined => {
  const { deletionTimestamp } = pod.metadata
  // The grace period is already in deletionTimestamp: it is when the pod should have been gone.
  if (deletionTimestamp === undefined || !lasted(deletionTimestamp, view.now, 180)) return undefined
  const home = view.get('Namespace', undefined, pod.metadata.namespace ?? '')
  if (home?.metadata.deletionTimestamp !== undefined && (pod.metadata.finalizers ?? []).length > 0) return undefined
  const object = refOf(pod)
  const why = whyStuck(view, pod)
  const workload = view.workloadOf(pod).ref
  const events = view.eventsFor(object).filter((one) => /Kill|Unmount|PreStop|FailedSync/.test(one.reason ?? ''))
  return {
    code: 'pod-stuck-terminating',
    severity: workload.kind === 'StatefulSet' ? 'critical' : 'warning',
    object,
    summary: `Pod ${object.name} should have been gone at ${deletionTimestamp} and is still Terminating: ${why.text}${workload.kind === 'StatefulSet' ? `; StatefulSet ${workload.name} cannot replace it meanwhile` : ''}`,
    evidence: [
      observe(
        'status',
        object,
        `deletionTimestamp ${deletionTimestamp}, grace period ${pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30} s${(pod.metadata.finalizers ?? []).length > 0 ? `, finalizers ${pod.metadata.finalizers?.join(', ')}` : ''}; ${why.text}`,
        deletionTimestamp,
      ),
      ...events.slice(-2).map((event) => observeEvent(object, event)),
    ],
    confidence: why.confidence,
    affects: workload.kind === 'Pod' ? [] : [workload],
    since: deletionTimestamp,
    ...(why.node === undefined ? {} : { dependsOn: [why.node], symptom: true }),
    fix: why.fix,
    ...(pod.spec?.nodeName === undefined ? {} : { facts: { node: pod.spec.nodeName } }),
  }
}

/** Pods that are minutes past the end of their grace period, with what holds them: finalizer, node or kubelet. */
export const analyzer: Analyzer = {
  id: 'pod-stuck-terminating',
  codes: ['pod-stuck-terminating'],
  needs: ['pods'],
  analyze: (view) => view.all('Pod').flatMap((pod) => findingOf(view, pod) ?? []),
}
