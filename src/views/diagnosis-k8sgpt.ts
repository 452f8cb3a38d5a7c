import type { Diagnosis, ReportedFinding, RootCause } from '../domain/diagnosis.ts'
import { type ObjectRef, refKey } from '../domain/object.ts'

/** The controller above an object, as K8sGPT writes it (`Deployment/web`); empty where there is none. */
export type ParentOf = (ref: ObjectRef) => string

type Failure = { readonly Text: string; readonly KubernetesDoc: string; readonly Sensitive: readonly [] }

type Result = {
  readonly kind: string
  readonly name: string
  readonly error: readonly Failure[]
  readonly details: string
  readonly parentObject: string
}

/**
 * The answer in the shape of `k8sgpt analyze --output json`, for scripts that read that: one result an object, its failures, and
 * what K8sGPT's explanation would say in `details`. `status` is OK only for a healthy verdict: an inconclusive one has the reasons in
 * `errors`, and nothing in it may be taken for well. Ends with a newline.
 */
export const diagnosisK8sgpt = (diagnosis: Diagnosis, parentOf: ParentOf = () => ''): string => {
  const reported = diagnosis.findings.filter(({ severity }) => severity !== 'info')
  const byObject = Map.groupBy(reported, ({ object }) => refKey(object))
  for (const { object } of diagnosis.rootCauses) {
    if (!byObject.has(refKey(object))) byObject.set(refKey(object), [])
  }
  const results = [...byObject].map(([key, findings]) => resultOf(key, findings, diagnosis.rootCauses, parentOf))
  const errors = diagnosis.coverage.unavailable.map(({ source, reason, message }) =>
    message === undefined ? `[${source}] ${reason}` : `[${source}] ${reason}: ${message}`,
  )
  const answer = {
    provider: '',
    errors: errors.length === 0 ? null : errors,
    status: diagnosis.verdict === 'healthy' ? 'OK' : 'ProblemDetected',
    problems: results.reduce((sum, { error }) => sum + error.length, 0),
    results: results.length === 0 ? null : results,
  }
  return `${JSON.stringify(answer, null, 2)}\n`
}

const resultOf = (
  key: string,
  findings: readonly ReportedFinding[],
  causes: readonly RootCause[],
  parentOf: ParentOf,
): Result => {
  const own = causes.filter(({ object }) => refKey(object) === key)
  const object = own[0]?.object ?? findings[0]?.object ?? { apiVersion: '', kind: '', name: '' }
  const texts = [...own.map(({ summary }) => summary), ...findings.map(({ summary }) => summary)]
  return {
    kind: object.kind,
    name: object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`,
    error: [...new Set(texts)].map((Text): Failure => ({ Text, KubernetesDoc: '', Sensitive: [] })),
    details: own.map(detailsOf).join('\n\n'),
    parentObject: parentOf(object),
  }
}

/** As K8sGPT's model answers: the error, then the solution in steps. */
const detailsOf = ({ summary, explanation, fix }: RootCause): string => {
  const steps = fix.map((step, index) => `${index + 1}. ${step}`)
  const why = explanation.length === 0 ? '' : `\n${explanation.join('\n')}`
  return `Error: ${summary}${why}${steps.length === 0 ? '' : `\n\nSolution:\n${steps.join('\n')}`}`
}
