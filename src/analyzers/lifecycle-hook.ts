import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Event, type Pod, refOf } from '../domain/kubernetes.ts'
import { observeEvent } from '../domain/observe.ts'
import { containersOf } from '../domain/pod-containers.ts'
import { within } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, podRefs, rolloutFacts, severityFor } from './reading/by-workload.ts'

type Hook = {
  readonly pod: Pod
  readonly workload: Workload
  readonly hook: 'postStart' | 'preStop'
  readonly event: Event
  readonly container: string
}

// The kubelet names the container in the fieldPath, and in the text of newer versions.
const containerOf = (pod: Pod, event: Event): string =>
  /\{([^}]+)\}/.exec(event.regarding.fieldPath ?? '')?.[1] ??
  containersOf(pod).find((unit) => event.note?.includes(unit.name) === true)?.name ??
  pod.spec?.containers?.[0]?.name ??
  ''

const hooks = (view: ClusterView): readonly Hook[] =>
  (['FailedPostStartHook', 'FailedPreStopHook'] as const).flatMap((reason) =>
    view.eventsByReason(reason).flatMap((event) => {
      const pod =
        event.regarding.name === undefined
          ? undefined
          : view.get('Pod', event.regarding.namespace ?? event.metadata.namespace, event.regarding.name)
      if (pod === undefined || !within(event.lastSeen, view.now, 3600)) return []
      const container = containerOf(pod, event)
      const unit = containersOf(pod).find((one) => one.name === container)
      const hook = reason === 'FailedPostStartHook' ? 'postStart' : 'preStop'
      // A postStart hook that failed once and then went well left a container that is ready.
      const recovered = hook === 'postStart' && unit?.status?.ready === true && !within(event.lastSeen, view.now, 300)
      return recovered ? [] : [{ pod, workload: view.workloadOf(pod), hook, event, container }]
    }),
  )

const findingOf = (view: ClusterView, group: Group<Hook>): Finding => {
  const { first, workload } = group
  const spec = containersOf(first.pod).find((one) => one.name === first.container)?.container
  const hook = spec?.lifecycle?.[first.hook]
  const runs = hook?.exec?.command?.join(' ') ?? hook?.httpGet?.path
  return {
    code: 'lifecycle-hook-failing',
    severity: first.hook === 'postStart' ? severityFor(view, workload) : 'warning',
    object: workload.ref,
    summary: `${named(workload)}: the ${first.hook} hook of container ${first.container}${runs === undefined ? '' : ` (${short(runs, 80)})`} fails${first.hook === 'postStart' ? ', so the kubelet kills the container each time' : ', so it is killed without its orderly stop'}: ${short(first.event.note ?? '', 160)}`,
    evidence: group.all.slice(0, 3).map((one) => observeEvent(refOf(one.pod), one.event)),
    confidence: 0.9,
    affects: podRefs(group.all),
    ...(first.event.firstSeen === undefined ? {} : { since: first.event.firstSeen }),
    fix: [
      `Run the hook's command in the container by hand, then correct lifecycle.${first.hook}: ${kubectl(workload.ref, 'edit')}`,
      'Move work that may fail from the hook into the entrypoint or an init container.',
    ],
    prevention: ['Keep hooks short, and let them succeed where what they need is not there yet.'],
    facts: { container: first.container, hook: first.hook, ...rolloutFacts(view, workload, first.container) },
  }
}

/** PostStart and PreStop hooks that fail, by the kubelet's events. */
export const analyzer: Analyzer = {
  id: 'lifecycle-hook',
  codes: ['lifecycle-hook-failing'],
  needs: ['pods', 'events'],
  analyze: (view) =>
    byWorkload(hooks(view), (one) => `${one.container} ${one.hook}`).map((group) => findingOf(view, group)),
}
