import type { Analyzer } from '../analyzers/analyzer.ts'
import type { Coverage, Unreadable } from '../domain/coverage.ts'
import type { RootCause, Verdict } from '../domain/diagnosis.ts'
import type { Finding } from '../domain/finding.ts'
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
 * The sources that were needed and not read: named by an analyzer or always needed, and any file that could not be read.
 * Each of them forbids the word healthy.
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
    // Metrics deepen an answer; no check rests on them alone.
    if (source === 'metrics') return needed.has(source)
    if (reason === 'malformed' || reason === 'truncated') return true
    // A kind that a server does not serve has no objects there; a source that nobody set up is no gap of this answer.
    return needed.has(source) && reason !== 'not-served' && reason !== 'not-configured'
  })
}

/**
 * The default reader has no right to Secrets. The kubelet and the controllers say when one is missing; only the certificates
 * that routes name are seen in no other way.
 */
const needsSecrets = (view: ClusterView): boolean =>
  view.all('Ingress').some((ingress) => (ingress.spec?.tls ?? []).some((tls) => tls.secretName !== undefined)) ||
  view.list('Gateway').length > 0

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
