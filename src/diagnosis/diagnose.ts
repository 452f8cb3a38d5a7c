import type { Analyzer } from '../analyzers/analyzer.ts'
import type { Coverage } from '../domain/coverage.ts'
import type { Diagnosis, Proposal, ReportedFinding, RootCause } from '../domain/diagnosis.ts'
import type { Evidence } from '../domain/evidence.ts'
import type { Finding } from '../domain/finding.ts'
import { compareRefs, type ObjectRef } from '../domain/object.ts'
import { earliest } from '../domain/time.ts'
import { createBreath } from '../snapshot/breathe.ts'
import { atOnce, inSlices, type Steps } from '../snapshot/steps.ts'
import type { ClusterView } from '../snapshot/view.ts'
import { affectedBy } from './affected.ts'
import { hasEnded } from './ended.ts'
import { type CitedFamily, cite, createEvidenceIds, explain } from './explain.ts'
import { type Graph, graphing } from './graph.ts'
import { type Family, joining } from './join.ts'
import { focusFrom, type Mentions, mentionsIn } from './mentions.ts'
import { nextSteps } from './next-steps.ts'
import { type Ranked, rank } from './rank.ts'
import { analyzing } from './run-analyzers.ts'
import { withSecondOpinions } from './second-opinions.ts'
import { isMetrics, missingSources, verdictOf } from './verdict.ts'
import { whatChanged } from './what-changed.ts'

/** What a diagnosis is asked: which checks, what to offer for a cause, and what the person cares about. */
export type DiagnoseOptions = {
  readonly analyzers: readonly Analyzer[]
  /** The runbooks' offers for a cause, in the order in which they should be shown. */
  readonly propose?: (cause: RootCause) => readonly Proposal[]
  /** Report only what is in this namespace or hurts it. */
  readonly namespace?: string
  /** `KIND/NAME` or a name: what it touches is ranked first. */
  readonly focus?: string
  /** Free text, read for names of this cluster. */
  readonly question?: string
}

/**
 * Says what is wrong with a cluster and why: pure, so that equal input gives equal bytes in whatever order the objects came.
 * Never throws for odd data; what could not be read lowers coverage and forbids the verdict `healthy`.
 */
export const diagnose = (view: ClusterView, options: DiagnoseOptions): Diagnosis => atOnce(steps(view, options))

/**
 * The same diagnosis, byte for byte, giving the event loop a turn between its steps: acks and reads of the same process wait
 * for a slice, not for the whole. `signal` ends it between two steps, by throwing the signal's reason. Little is left to do
 * where the view was analysed before: that is no more than a slice, and waits for none.
 */
export const diagnoseInSlices = async (
  view: ClusterView,
  options: DiagnoseOptions,
  signal?: AbortSignal,
): Promise<Diagnosis> => {
  signal?.throwIfAborted()
  const known = analysed.get(view)
  return known?.analyzers === options.analyzers && known.families.length <= fitsASlice
    ? diagnose(view, options)
    : inSlices(steps(view, options), createBreath(), signal)
}

/** How many root causes can be told in some milliseconds. */
const fitsASlice = 60

/** All that a view tells, whatever is asked about it. */
type Analysed = {
  readonly analyzers: readonly Analyzer[]
  readonly findings: readonly Finding[]
  readonly failed: Coverage['unavailable']
  readonly graph: Graph
  readonly families: readonly Ranked[]
}

/** A view never changes, so what it tells is concluded once: the second question about it waits for its own part only. */
const analysed = new WeakMap<ClusterView, Analysed>()

/** Concludes ahead what any diagnosis of this view will need, in slices. */
export const analyseInSlices = async (
  view: ClusterView,
  analyzers: readonly Analyzer[],
  signal?: AbortSignal,
): Promise<void> => void (await inSlices(concluding(view, analyzers), createBreath(), signal))

function* concluding(view: ClusterView, analyzers: readonly Analyzer[]): Steps<Analysed> {
  const known = analysed.get(view)
  if (known?.analyzers === analyzers) return known
  const { findings: all, failed } = yield* analyzing(view, analyzers)
  const findings = withSecondOpinions(
    all.filter((finding) => !hasEnded(finding, view)),
    view,
  )
  const graph = yield* graphing(view)
  const families: Ranked[] = []
  for (const family of yield* joining(findings, graph, view)) {
    families.push({ family, affected: affectedBy(family, graph, view) })
    yield
  }
  const whole = { analyzers, findings, failed, graph, families }
  analysed.set(view, whole)
  return whole
}

function* steps(view: ClusterView, options: DiagnoseOptions): Steps<Diagnosis> {
  const { findings, failed, graph, families: all } = yield* concluding(view, options.analyzers)
  const { namespace } = options
  const families = namespace === undefined ? all : all.filter((one) => touches(one, namespace))
  const ranked = rank(families, askedAbout(view, options), view)
  const coverage = coverageWith(view.coverage, failed)
  const missing = missingSources(coverage, options.analyzers, view)
  yield
  return yield* assembling(view, ranked, { findings, graph, coverage, missing, options })
}

const askedAbout = (view: ClusterView, { focus, question }: DiagnoseOptions): Mentions => {
  const asked = question === undefined ? { objects: [], namespaces: [] } : mentionsIn(question, view)
  return focus === undefined ? asked : { ...asked, objects: [focusFrom(focus, view), ...asked.objects] }
}

const touches = ({ family, affected }: Ranked, namespace: string): boolean =>
  [family.root.object, ...affected, ...family.effects.map(({ finding }) => finding.object)].some(
    (ref) => ref.namespace === namespace || (ref.kind === 'Namespace' && ref.name === namespace),
  )

const coverageWith = (coverage: Coverage, failed: Coverage['unavailable']): Coverage => ({
  ...coverage,
  checked: [...coverage.checked].sort(),
  unavailable: [...coverage.unavailable, ...failed].sort((a, b) =>
    `${a.source} ${a.reason}` < `${b.source} ${b.reason}` ? -1 : 1,
  ),
})

type Assembling = {
  readonly findings: readonly Finding[]
  readonly graph: Graph
  readonly coverage: Coverage
  readonly missing: Coverage['unavailable']
  readonly options: DiagnoseOptions
}

function* assembling(view: ClusterView, ranked: readonly Ranked[], context: Assembling): Steps<Diagnosis> {
  const ids = createEvidenceIds()
  const causedBy = new Map<Finding, number>()
  const evidenceOf = new Map<Finding, readonly string[]>()
  const most = context.missing.some(({ source }) => !isMetrics(source)) ? blindConfidence : 1
  const causes: { readonly cause: RootCause; readonly root: Finding }[] = []
  for (const [index, { family, affected }] of ranked.entries()) {
    const change = whatChanged(family, context.graph, view)
    const cited = cite(family, change, ids)
    for (const finding of [family.root, ...family.effects.map((effect) => effect.finding)]) {
      causedBy.set(finding, index)
      evidenceOf.set(finding, cited.idsOf.get(finding) ?? [])
    }
    const cause = rootCause(family, affected, cited, change, most)
    const proposals = context.options.propose?.(cause) ?? []
    causes.push({ cause: { ...cause, proposals }, root: family.root })
    yield
  }
  const alone = context.findings.filter(
    (finding) => !causedBy.has(finding) && inScope(finding, context.options.namespace),
  )
  const loose: Evidence[] = []
  for (const finding of alone) {
    const cited = finding.evidence.slice(0, 2).map((one) => ids.add(one))
    loose.push(...cited)
    evidenceOf.set(
      finding,
      cited.map((one) => one.id),
    )
  }
  const symptoms = causes.flatMap(({ root }) => (root.symptom === true ? [root] : []))
  const verdict = verdictOf(causes, context.missing)
  return {
    version: 1,
    cluster: view.cluster,
    at: view.now,
    verdict,
    coverage: context.coverage,
    rootCauses: causes.map(({ cause }) => cause),
    findings: [...causedBy.keys(), ...alone]
      .map((finding) => reported(finding, evidenceOf, causedBy))
      .sort(compareReported),
    ...(loose.length === 0 ? {} : { evidence: loose }),
    next: verdict === 'healthy' ? [] : nextSteps(symptoms, context.missing, view),
  }
}

const inScope = (finding: Finding, namespace: string | undefined): boolean =>
  namespace === undefined || finding.object.namespace === namespace

const reported = (
  finding: Finding,
  evidenceOf: ReadonlyMap<Finding, readonly string[]>,
  causedBy: ReadonlyMap<Finding, number>,
): ReportedFinding => {
  const cause = causedBy.get(finding)
  return {
    code: finding.code,
    severity: finding.severity,
    object: finding.object,
    summary: finding.summary,
    evidence: evidenceOf.get(finding) ?? [],
    ...(cause === undefined ? {} : { causedBy: cause }),
  }
}

const compareReported = (a: ReportedFinding, b: ReportedFinding): number =>
  (a.causedBy ?? Number.MAX_SAFE_INTEGER) - (b.causedBy ?? Number.MAX_SAFE_INTEGER) ||
  compareRefs(a.object, b.object) ||
  (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)

/** A symptom that nothing explains is a lead, not an answer: it is never said with more confidence than this. */
const symptomConfidence = 0.5

/** A deeper cause may stand in what could not be read: while a wanted source is missing nothing is said with more confidence. */
const blindConfidence = 0.9

const rootCause = (
  { root, effects }: Family,
  affected: readonly ObjectRef[],
  cited: CitedFamily,
  change: RootCause['change'],
  most: number,
): RootCause => {
  const since = root.since ?? earliest(effects.map(({ finding }) => finding.since))
  const confidence = Math.min(root.confidence, root.symptom === true ? symptomConfidence : most)
  const critical = [root, ...effects.map(({ finding }) => finding)].some((finding) => finding.severity === 'critical')
  return {
    code: root.code,
    object: root.object,
    confidence: Math.round(confidence * 100) / 100,
    severity: critical ? 'critical' : root.severity,
    ...(since === undefined ? {} : { since }),
    summary: root.summary,
    explanation: explain({ root, effects }, cited, change),
    evidence: cited.evidence,
    affected,
    ...(change === undefined ? {} : { change }),
    fix: root.fix ?? [],
    prevention: root.prevention ?? [],
    contributingFactors: root.contributing ?? [],
    proposals: [],
    facts: root.facts ?? {},
  }
}
