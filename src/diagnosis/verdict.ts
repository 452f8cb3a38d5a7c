import type { Analyzer } from '../analyzers/analyzer.ts'
import type { Coverage, Unreadable } from '../domain/coverage.ts'
import type { RootCause, Verdict } from '../domain/diagnosis.ts'
import type { Finding } from '../domain/finding.ts'
import type { Pod } from '../domain/kubernetes.ts'
import { referencesOf } from '../domain/pod-references.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** Without these nothing can be called healthy, whichever analyzers are there. */
const always = [
  'pods',
  'events',
  'nodes',
  'deployments',
  'replicasets',
  'statefulsets',
  'daemonsets',
  'jobs',
  'services',
]

/**
 * The sources that were wanted and are there, and could not be read, and any file that could not. Each of them forbids the
 * word healthy. Secrets are wanted only where a route names one.
 */
export const missingSources = (
  coverage: Coverage,
  analyzers: readonly Analyzer[],
  view: ClusterView,
): readonly Unreadable[] => {
  const needed = new Set(analyzers.flatMap((analyzer) => analyzer.needs))
  if (!needsSecrets(view)) needed.delete('secrets')
  return coverage.unavailable.filter(({ source, reason }) => {
    if (always.includes(source) || source.startsWith('analyzer ')) return true
    if (reason === 'malformed' || reason === 'truncated') return true
    // A kind that a server does not serve has no objects there; a source that nobody set up is no gap of this answer.
    if (reason === 'not-served' || reason === 'not-configured') return false
    // Only what a diagnosis wants is read at all, metrics and custom resources too: a fault may stand in any of it alone.
    return source !== 'secrets' || needed.has(source)
  })
}

/**
 * The default reader has no right to Secrets. The kubelet and the controllers say when one is missing; only the certificates
 * that routes name are seen in no other way, and what a pod waits for that nobody has said anything about yet.
 */
const needsSecrets = (view: ClusterView): boolean =>
  view.all('Pod').some(waitsForSecret) ||
  view.all('Ingress').some((ingress) => (ingress.spec?.tls ?? []).some((tls) => tls.secretName !== undefined)) ||
  view.list('Gateway').length > 0

const waitsForSecret = (pod: Pod): boolean =>
  pod.status?.phase === 'Pending' &&
  pod.spec?.nodeName !== undefined &&
  referencesOf(pod.spec).some(({ kind }) => kind === 'Secret')

/** Whether a source is of numbers only: those add to causes that objects and logs show, and hide none behind them. */
export const isMetrics = (source: string): boolean => source === 'metrics' || source.endsWith('.metrics.k8s.io')

/** The answer in a word. Only symptoms, or a needed source missing and nothing found, is inconclusive, never healthy. */
export const verdictOf = (
  causes: readonly { readonly cause: RootCause; readonly root: Finding }[],
  missing: readonly Unreadable[],
): Verdict => {
  const real = causes.filter(({ root }) => root.symptom !== true)
  if (real.some(({ cause }) => cause.severity === 'critical')) return 'critical'
  if (real.length > 0) return 'degraded'
  return causes.length > 0 || missing.length > 0 ? 'inconclusive' : 'healthy'
}
