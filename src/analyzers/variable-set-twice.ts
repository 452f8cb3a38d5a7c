import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Container, type Pod, refOf } from '../domain/kubernetes.ts'
import { quote } from '../domain/log-lines.ts'
import { refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isLive, isPodReady, longRunning } from '../domain/pod-state.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { rolloutChange, severityFor } from './reading/by-workload.ts'
import { containerFailures } from './reading/container-failures.ts'
import { sustainedTroubles } from './reading/sustained-troubles.ts'

type Twice = { readonly name: string; readonly lost: string; readonly used: string }

/** Variables that the list has more than once with different values: the last one wins. */
const twiceIn = (container: Container): readonly Twice[] => {
  const seen = new Map<string, string>()
  const found = new Map<string, Twice>()
  for (const { name, value } of container.env ?? []) {
    if (name === undefined || value === undefined) continue
    const before = seen.get(name)
    if (before !== undefined && before !== value) found.set(name, { name, lost: before, used: value })
    seen.set(name, value)
  }
  return [...found.values()]
}

/** What shows that a container is in trouble: its log line, its end, or that its pod is not ready. */
const troubleOf = (view: ClusterView, pods: readonly Pod[], container: string) => {
  const names = new Set(pods.map((pod) => `${pod.metadata.namespace}/${pod.metadata.name}`))
  const here = (one: { readonly pod: Pod; readonly unit: { readonly name: string } }): boolean =>
    names.has(`${one.pod.metadata.namespace}/${one.pod.metadata.name}`) && one.unit.name === container
  const told = sustainedTroubles(view).find((one) => here(one) && one.count >= 3)
  if (told !== undefined) return { pod: told.pod, text: quote(told.entry.text), logged: true }
  const failed = containerFailures(view).find(here)
  if (failed !== undefined)
    return {
      pod: failed.pod,
      text: quote(failed.sign?.entry.text ?? `container ${container} keeps ending`),
      logged: true,
    }
  const unready = pods.find((pod) => !isPodReady(pod))
  return unready === undefined ? undefined : { pod: unready, text: 'the pod is not ready', logged: false }
}

const findingOf = (view: ClusterView, workload: Workload): Finding | undefined => {
  if (workload.ref.kind === 'ReplicaSet' || workload.template === undefined) return undefined
  const pods = view.podsOf(workload.ref).filter(isLive)
  for (const container of longRunning(workload.template.spec)) {
    const [first] = twiceIn(container)
    const trouble = first === undefined ? undefined : troubleOf(view, pods, container.name)
    if (first === undefined || trouble === undefined) continue
    const { ref } = workload
    const change = rolloutChange(view, workload, container.name, ['env'])
    const words = trouble.text.toLowerCase()
    const named = [first.used, first.name].some((one) => one.length > 2 && words.includes(one.toLowerCase()))
    return {
      code: 'app-config-invalid',
      severity: severityFor(view, workload),
      object: ref,
      summary: `${refText(ref)}: variable ${first.name} of container ${container.name} is set twice: ${first.used} shadows ${first.lost}, as the last one wins; ${trouble.text}`,
      evidence: [
        observe(
          'spec',
          ref,
          `env of container ${container.name}: ${first.name}=${first.lost}, then ${first.name}=${first.used}`,
        ),
        observe(trouble.logged ? 'log' : 'status', refOf(trouble.pod), trouble.text),
      ],
      confidence: named ? 0.9 : trouble.logged ? 0.75 : 0.6,
      affects: pods.map(refOf),
      ...(change === undefined ? {} : { change }),
      fix: [`Remove the second ${first.name} (it was ${first.lost} before): ${kubectl(ref, 'edit')}`],
      prevention: ['Refuse manifests that set one variable twice; merging lists of env keeps both.'],
      facts: { container: container.name, setting: first.name },
    }
  }
  return undefined
}

/** Troubled containers whose env sets one variable twice with different values, so that the first is lost. */
export const analyzer: Analyzer = {
  id: 'variable-set-twice',
  codes: ['app-config-invalid'],
  needs: ['pods', 'logs'],
  analyze: (view) => view.workloads.flatMap((workload) => findingOf(view, workload) ?? []),
}
