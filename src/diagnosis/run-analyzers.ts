import type { Analyzer } from '../analyzers/analyzer.ts'
import type { Unreadable } from '../domain/coverage.ts'
import type { Finding } from '../domain/finding.ts'
import { refOf } from '../domain/kubernetes.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'
import { containersOf } from '../domain/pod-containers.ts'
import { redact } from '../domain/redact.ts'
import { atOnce, type Steps } from '../snapshot/steps.ts'
import type { ClusterView } from '../snapshot/view.ts'

/** What all checks said, and which of them could not finish. */
export type Analysis = { readonly findings: readonly Finding[]; readonly failed: readonly Unreadable[] }

/**
 * Runs every analyzer over the view, each a step. One that throws lowers coverage and takes nothing else down. Findings come
 * out redacted, their objects completed from the view, one for each code and object, in an order that input order does not change.
 */
export function* analyzing(view: ClusterView, analyzers: readonly Analyzer[]): Steps<Analysis> {
  const findings: Finding[] = []
  const failed: Unreadable[] = []
  yield* preparing(view)
  for (const analyzer of analyzers) {
    try {
      for (const finding of analyzer.analyze(view)) findings.push(completed(finding, view))
    } catch (error) {
      const message = redact(error instanceof Error ? error.message : 'threw').slice(0, 200)
      failed.push({ source: `analyzer ${analyzer.id}`, reason: 'malformed', message })
    }
    yield
  }
  return { findings: merged(findings), failed }
}

const stride = 1_000

/**
 * Asks a view for what nearly every check asks it for, a step each: a view makes its indexes when they are first wanted, and
 * the first check of many pods would hold the event loop for all of them.
 */
function* preparing(view: ClusterView): Steps<void> {
  view.podsOf({ apiVersion: 'v1', kind: 'Pod', name: '' })
  yield
  view.workloads.at(0)
  yield
  view.eventsByReason('')
  yield
  view.podsSelected('', { matchLabels: { app: '' } })
  yield
  for (const [index, pod] of view.all('Pod').entries()) {
    containersOf(pod)
    if (index % stride === stride - 1) yield
  }
}

/** Runs every analyzer over the view at a stretch: what `analyzing` does in steps. */
export const runAnalyzers = (view: ClusterView, analyzers: readonly Analyzer[]): Analysis =>
  atOnce(analyzing(view, analyzers))

const completed = (finding: Finding, view: ClusterView): Finding => {
  const full = (ref: ObjectRef): ObjectRef => {
    if (ref.uid !== undefined) return ref
    const found = view.find(ref)
    return found === undefined ? ref : refOf(found)
  }
  return {
    ...finding,
    object: full(finding.object),
    summary: redact(finding.summary),
    confidence: Math.min(1, Math.max(0, finding.confidence)),
    evidence: finding.evidence.map((one) => ({ ...one, text: redact(one.text) })),
    ...(finding.fix === undefined ? {} : { fix: finding.fix.map(redact) }),
    ...(finding.prevention === undefined ? {} : { prevention: finding.prevention.map(redact) }),
    ...(finding.contributing === undefined ? {} : { contributing: finding.contributing.map(redact) }),
    ...(finding.facts === undefined ? {} : { facts: cleanFacts(finding.facts) }),
    ...(finding.affects === undefined ? {} : { affects: distinctRefs(finding.affects.map(full)) }),
    ...(finding.dependsOn === undefined ? {} : { dependsOn: distinctRefs(finding.dependsOn) }),
  }
}

const cleanFacts = (facts: NonNullable<Finding['facts']>): NonNullable<Finding['facts']> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? redact(value) : value]),
  )

const distinctRefs = (refs: readonly ObjectRef[]): readonly ObjectRef[] => {
  const byKey = new Map(refs.map((ref) => [refKey(ref), ref]))
  return [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? [])
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const identity = (finding: Finding): string => `${finding.code} ${refKey(finding.object)}`

/** Order: by code and object, the surest first, and by text where all else is equal. */
const compareFindings = (a: Finding, b: Finding): number =>
  compareText(identity(a), identity(b)) ||
  Number(a.symptom === true) - Number(b.symptom === true) ||
  b.confidence - a.confidence ||
  compareText(a.summary, b.summary)

const merged = (findings: readonly Finding[]): readonly Finding[] => {
  const byIdentity = new Map<string, Finding>()
  for (const finding of [...findings].sort(compareFindings)) {
    const known = byIdentity.get(identity(finding))
    byIdentity.set(identity(finding), known === undefined ? finding : mergeTwo(known, finding))
  }
  return [...byIdentity.values()]
}

const severities = ['info', 'warning', 'critical'] as const

const mergeTwo = (first: Finding, second: Finding): Finding => {
  const texts = new Set(first.evidence.map((one) => one.text))
  const since = [first.since, second.since].filter((at) => at !== undefined).sort()[0]
  const worse = Math.max(severities.indexOf(first.severity), severities.indexOf(second.severity))
  const affects = [...(first.affects ?? []), ...(second.affects ?? [])]
  const dependsOn = [...(first.dependsOn ?? []), ...(second.dependsOn ?? [])]
  const { symptom: _, ...rest } = { ...second, ...first }
  return {
    ...rest,
    ...(first.symptom === true && second.symptom === true ? { symptom: true } : {}),
    severity: severities[worse] ?? first.severity,
    evidence: [...first.evidence, ...second.evidence.filter((one) => !texts.has(one.text))],
    ...(since === undefined ? {} : { since }),
    ...(affects.length === 0 ? {} : { affects: distinctRefs(affects) }),
    ...(dependsOn.length === 0 ? {} : { dependsOn: distinctRefs(dependsOn) }),
    facts: { ...second.facts, ...first.facts },
  }
}
