import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { refOf } from '../domain/kubernetes.ts'
import { decisive, quote } from '../domain/log-lines.ts'
import { observe } from '../domain/observe.ts'
import { containersOf } from '../domain/pod-containers.ts'
import { secondsSince } from '../domain/time.ts'
import { count, short } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, podRefs, rolloutChange, severityFor } from './reading/by-workload.ts'
import { currentLog, digestOf } from './reading/logs.ts'

/** An init container that is still at work after this long holds its pod up; migrations and downloads take minutes. */
const tooLong = 15 * 60

type Hanging = ReturnType<typeof hangingIn>[number]

const hangingIn = (view: ClusterView) =>
  view.all('Pod').flatMap((pod) =>
    pod.metadata.deletionTimestamp !== undefined
      ? []
      : containersOf(pod).flatMap((unit) => {
          const started = unit.status?.state?.running?.startedAt
          const seconds = secondsSince(started, view.now) ?? 0
          if (unit.role !== 'init' || seconds < tooLong || started === undefined) return []
          const log = currentLog(view, pod, unit.name)
          const last = log === undefined ? undefined : decisive(digestOf(log), 1)[0]?.text
          return [{ pod, unit, workload: view.workloadOf(pod), seconds, started, last }]
        }),
  )

const findingOf = (view: ClusterView, group: Group<Hanging>): Finding => {
  const { first, workload } = group
  const { container, name } = first.unit
  const words = [...(container?.command ?? []), ...(container?.args ?? [])].join(' ')
  const change = rolloutChange(view, workload, name, ['command', 'args', 'image'])
  const minutes = Math.floor(first.seconds / 60)
  const said = first.last === undefined ? 'and has logged nothing' : `and says: ${quote(first.last, 160)}`
  return {
    code: 'init-container-failing',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: init container ${name} has been running for ${minutes} minutes and does not end, so the app never starts (${count(podRefs(group.all).length, 'pod')}); it runs ${words === '' ? `image ${container?.image ?? 'unknown'}` : short(words, 120)} ${said}`,
    evidence: [
      observe('status', refOf(first.pod), `init container ${name} running since ${first.started}`, first.started),
      observe(
        'spec',
        workload.ref,
        `init container ${name}: ${words === '' ? (container?.image ?? '') : short(words, 200)}`,
      ),
      ...(first.last === undefined ? [] : [observe('log', refOf(first.pod), quote(first.last, 260))]),
    ],
    confidence: 0.75,
    affects: podRefs(group.all),
    dependsOn: podRefs(group.all),
    since: first.started,
    ...(change === undefined ? {} : { change }),
    fix: [
      `See what it waits for: ${kubectl(refOf(first.pod), 'logs', `-c ${name}`)}`,
      `Correct or remove init container ${name}, or go back: ${kubectl(workload.ref, workload.ref.kind === 'Pod' ? 'edit' : 'rollout undo')}`,
    ],
    prevention: ['Give what an init container waits for a time limit, so that it fails loudly instead of hanging.'],
    facts: { container: name },
  }
}

/** Init containers that have been running for a quarter of an hour and keep the pod from starting. */
export const analyzer: Analyzer = {
  id: 'init-never-ends',
  codes: ['init-container-failing'],
  needs: ['pods'],
  analyze: (view) => byWorkload(hangingIn(view), (one) => one.unit.name).map((group) => findingOf(view, group)),
}
