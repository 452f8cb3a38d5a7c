import { longRunning } from '../domain/pod-state.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Check, Said } from './check.ts'
import { containersText, isLasting, type Judged, judged, servicesOf } from './reading/specs.ts'

const saidOf = (view: ClusterView, one: Judged): readonly Said[] => {
  const main = longRunning(one.spec)
  const service = servicesOf(view, one)[0]
  const ready = main.some(({ readinessProbe }) => readinessProbe !== undefined)
  if (service !== undefined && !ready && (one.spec.readinessGates ?? []).length === 0)
    return [
      {
        severity: 'warn',
        object: one.ref,
        summary: `no readiness probe, though Service ${service.metadata.name} sends traffic: it gets requests before it can answer`,
        fix: 'add a readinessProbe that asks what a client needs',
      },
    ]
  const blind = main.filter(
    ({ readinessProbe, livenessProbe, startupProbe }) =>
      readinessProbe === undefined && livenessProbe === undefined && startupProbe === undefined,
  )
  if (blind.length < main.length || main.length === 0) return []
  return [
    {
      severity: 'info',
      object: one.ref,
      summary: `${containersText(blind.map(({ name }) => name))} without any probe: a hang is not noticed`,
      fix: 'add a probe; liveness only where a restart surely helps',
    },
  ]
}

/** Lasting workloads without probes. Jobs need none, and one probe in a pod is enough to notice that it hangs. */
export const check: Check = {
  id: 'probes-missing',
  looksFor: 'lasting workloads without probes',
  reads: ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet'],
  look: (view) =>
    judged(view)
      .filter(isLasting)
      .flatMap((one) => saidOf(view, one)),
}
