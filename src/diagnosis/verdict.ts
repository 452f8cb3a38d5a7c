import type { Analyzer } from '../analyzers/analyzer.ts'
import type { Coverage, Unreadable } from '../domain/coverage.ts'
import type { RootCause, Verdict } from '../domain/diagnosis.ts'
import type { Finding } from '../domain/finding.ts'

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
export const missingSources = (coverage: Coverage, analyzers: readonly Analyzer[]): readonly Unreadable[] => {
  const needed = new Set([...always, ...analyzers.flatMap((analyzer) => analyzer.needs)])
  return coverage.unavailable.filter(({ source, reason }) => {
    const named = needed.has(source) || source.startsWith('analyzer ')
    return named ? reason !== 'not-configured' : reason === 'malformed' || reason === 'truncated'
  })
}

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
