import type { Finding } from '../domain/finding.ts'
import { kubectl } from '../domain/kubectl.ts'
import { type Pod, refOf } from '../domain/kubernetes.ts'
import { quote } from '../domain/log-lines.ts'
import type { LogSign } from '../domain/log-sign.ts'
import { observe } from '../domain/observe.ts'
import type { PodContainer } from '../domain/pod-containers.ts'
import { count } from '../domain/words.ts'
import type { ClusterView, Workload } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { byWorkload, type Group, named, podRefs, severityFor } from './reading/by-workload.ts'
import { containerFailures } from './reading/container-failures.ts'
import { type StaleSource, staleSource } from './reading/stale-source.ts'
import { sustainedTroubles } from './reading/sustained-troubles.ts'

type Stale = {
  readonly pod: Pod
  readonly workload: Workload
  readonly unit: PodContainer
  readonly source: StaleSource
  readonly line: string
  readonly times: number
}

const stale = (view: ClusterView): readonly Stale[] => {
  const found = (
    base: Pick<Stale, 'pod' | 'workload' | 'unit'>,
    sign: LogSign | undefined,
    times: number,
  ): readonly Stale[] => {
    const source = staleSource(view, base.pod, base.unit, sign)
    return source === undefined || sign === undefined
      ? []
      : [{ pod: base.pod, workload: base.workload, unit: base.unit, source, line: quote(sign.entry.text), times }]
  }
  return [
    ...containerFailures(view).flatMap((one) => found(one, one.sign, 1)),
    ...sustainedTroubles(view).flatMap((one) => (one.count >= 2 ? found(one, one.sign, one.count) : [])),
  ]
}

const findingOf = (view: ClusterView, group: Group<Stale>): Finding => {
  const { first, workload, all } = group
  const { source } = first
  const how =
    source.use.how === 'sub-path'
      ? 'mounted by subPath, which is never updated'
      : source.use.how === 'volume'
        ? 'read from its volume at start'
        : 'read as environment at start'
  return {
    code: 'stale-config',
    severity: severityFor(view, workload),
    object: workload.ref,
    summary: `${named(workload)}: container ${first.unit.name} still uses the old value of ${source.ref.kind} ${source.ref.name} (${how} at ${source.startedAt}, changed at ${source.changedAt}${source.by === undefined ? '' : ` by ${source.by}`}): ${first.line}`,
    evidence: [
      observe('log', refOf(first.pod), `${first.line}${first.times > 1 ? ` (${count(first.times, 'time')})` : ''}`),
      observe(
        'change',
        source.ref,
        `${source.ref.kind} ${source.ref.name} was changed${source.by === undefined ? '' : ` by ${source.by}`}`,
        source.changedAt,
      ),
      observe('status', refOf(first.pod), `container ${first.unit.name} started, and read it`, source.startedAt),
    ],
    confidence: 0.85,
    affects: podRefs(all),
    since: source.changedAt,
    change: {
      what: `${source.ref.kind} ${source.ref.name} was changed after the pods had started`,
      at: source.changedAt,
      object: source.ref,
      ...(source.by === undefined ? {} : { by: source.by }),
    },
    fix: [`Restart the pods so that they read the new value: ${kubectl(workload.ref, 'rollout restart')}`],
    prevention: [
      'Roll pods when their configuration changes: a checksum annotation in the template, or a reloader controller.',
    ],
    facts: {
      container: first.unit.name,
      ...(source.ref.kind === 'Secret' ? { secret: source.ref.name } : { configMap: source.ref.name }),
      ...(source.use.key === undefined ? {} : { key: source.use.key }),
      configObject: `${source.ref.kind}/${source.ref.name}`,
    },
  }
}

/** Pods that run with a value that was changed since, and are refused for it. */
export const analyzer: Analyzer = {
  id: 'stale-config',
  codes: ['stale-config'],
  needs: ['pods', 'logs', 'secrets', 'configmaps'],
  analyze: (view) =>
    byWorkload(stale(view), (one) => `${one.unit.name} ${one.source.ref.kind} ${one.source.ref.name}`).map((group) =>
      findingOf(view, group),
    ),
}
