import { builtBy } from '../domain/built-by.ts'
import type { Finding } from '../domain/finding.ts'
import { refOf } from '../domain/kubernetes.ts'
import { isNamedInLog } from '../domain/named-in-log.ts'
import { type ObjectRef, refText } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { isUnsteady, runHistory } from '../domain/run-history.ts'
import { timeOf, within } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import { workflowFix } from '../domain/workflow-fix.ts'
import { errorLines, mayBeFlaky, type WorkflowClass, workflowClass } from '../domain/workflow-log.ts'
import type { ClusterView, WorkflowRun } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'

const failed = ['failure', 'timed_out', 'startup_failure']
const recentSeconds = 24 * 3600

/** The newest finished run of each workflow; one that was mended by a later run is over. */
const newestRuns = (view: ClusterView): readonly WorkflowRun[] => {
  const newest = new Map<string, WorkflowRun>()
  for (const run of view.workflowRuns) {
    if (run.conclusion === '' || ['skipped', 'cancelled', 'neutral', 'action_required'].includes(run.conclusion))
      continue
    const key = `${run.repository} ${run.workflow}`
    const known = newest.get(key)
    if (known === undefined || (timeOf(run.startedAt) ?? 0) >= (timeOf(known.startedAt) ?? 0)) newest.set(key, run)
  }
  return [...newest.values()]
}

const runRef = (run: WorkflowRun): ObjectRef => ({
  apiVersion: 'clusterdoctor.dev/v1alpha1',
  kind: 'WorkflowRun',
  name: `${run.repository}/${run.workflow}`,
})

/** The outcome does not depend on the code: the same commit failed and passed, or it comes and goes all the time. */
const isFlaky = (view: ClusterView, run: WorkflowRun): boolean => {
  const own = view.workflowRuns.filter((one) => one.repository === run.repository && one.workflow === run.workflow)
  return isUnsteady(
    runHistory(own.map(({ headSha, ...one }) => (headSha === undefined ? one : { ...one, sha: headSha }))),
    run.headSha,
  )
}

/** Workloads that the log of a deployment names, where they are in the view: their trouble may be why it failed. */
const named = (view: ClusterView, text: string): readonly ObjectRef[] =>
  view.workloads
    .filter((one) => one.ref.kind !== 'Pod' && one.ref.kind !== 'ReplicaSet')
    .filter((one) => isNamedInLog(text, one.ref))
    .map((one) => one.ref)

/** Workloads that run an image which this run made: what it delivered. */
const delivered = (view: ClusterView, run: WorkflowRun): readonly ObjectRef[] =>
  view.workloads
    .filter((one) => one.ref.kind !== 'Pod' && one.ref.kind !== 'ReplicaSet')
    .filter(({ template }) =>
      (template?.spec?.containers ?? []).some(({ image }) => image !== undefined && builtBy(image, run) !== undefined),
    )
    .map((one) => one.ref)
    .slice(0, 10)

/** Applications of Argo CD that the log says were waited for. */
const waitedFor = (view: ClusterView, log: string): readonly ObjectRef[] => {
  const names = new Set(
    [...log.matchAll(/argocd app (?:wait|sync) ([a-z0-9][a-z0-9./-]{0,252})/g)].map(([, name]) =>
      name?.split('/').at(-1),
    ),
  )
  return view.list('Application', 'argoproj.io').flatMap((one) => (names.has(one.metadata.name) ? [refOf(one)] : []))
}

const check = (view: ClusterView, run: WorkflowRun): Finding | undefined => {
  if (
    !failed.includes(run.conclusion) ||
    (run.startedAt !== undefined && !within(run.startedAt, view.now, recentSeconds))
  )
    return undefined
  const object = runRef(run)
  const [first] = run.failedSteps
  const log = first?.log ?? ''
  const own = workflowClass(`${first?.job ?? ''} ${first?.step ?? ''}`, log)
  const kind: WorkflowClass = mayBeFlaky(own) && isFlaky(view, run) ? 'flaky' : own
  const lines = errorLines(log)
  const where = first === undefined ? '' : ` in job ${first.job}, step ${first.step}`
  const made = delivered(view, run)
  const workloads = kind === 'deploy' ? [...named(view, log), ...made, ...waitedFor(view, log)] : []
  const release = /another operation \(install\/upgrade\/rollback\) is in progress/i.test(log)
    ? 'pending'
    : /(?:UPGRADE|INSTALL(?:ATION)?) FAILED|\brelease [\w.-]{1,60} failed\b/i.test(log)
      ? 'failed'
      : undefined
  return {
    code: 'workflow-failed',
    severity: 'warning',
    object,
    summary: `Workflow ${run.workflow} of ${run.repository} ended in ${run.conclusion}${where}${kind === 'other' ? '' : ` (${kind})`}${run.headSha === undefined ? '' : ` at ${run.headSha.slice(0, 7)}`}: ${short(lines.at(-1) ?? whyNoLog(run), 220)}`,
    evidence: [
      ...lines.map((line) => observe('workflow-run', object, line, run.startedAt)),
      observe(
        'workflow-run',
        object,
        `${run.workflow}: ${run.conclusion}${where}${run.url === undefined ? '' : ` ${run.url}`}`,
        run.startedAt,
      ),
      ...made.map((ref) => observe('workflow-run', object, `${refText(ref)} runs the image that it made`, run.endedAt)),
    ],
    confidence: kind === 'other' ? 0.8 : 0.9,
    affects: [],
    ...(run.startedAt === undefined ? {} : { since: run.startedAt }),
    ...(workloads.length > 0 && /timed out|timeout|progress deadline|waiting/i.test(log) ? { symptom: true } : {}),
    dependsOn: [...workloads, ...(release === undefined ? [] : releasesIn(view, log, release))],
    fix: [workflowFix[kind], commandFor(run)],
    facts: {
      class: kind,
      repository: run.repository,
      workflow: run.workflow,
      ...(first === undefined ? {} : { job: first.job, step: first.step }),
    },
  }
}

/** How one reads the whole log; a run that has no number known is looked for first. */
const commandFor = ({ repository, workflow, url }: WorkflowRun): string => {
  const id = /\/actions\/runs\/(\d{1,15})(?:$|[/?#])/.exec(url ?? '')?.[1]
  return id === undefined
    ? `gh run list --repo ${repository} --workflow ${workflow}`
    : `gh run view ${id} --repo ${repository} --log-failed`
}

/** What there is to say instead of a log. */
const whyNoLog = ({ conclusion, failedSteps }: WorkflowRun): string => {
  const unread = failedSteps.find((step) => step.unread !== undefined)?.unread
  if (unread !== undefined) return `the log of the failed step could not be read: ${unread}`
  return conclusion === 'startup_failure'
    ? 'it could not start: the workflow file is not valid'
    : 'no log of the failed step'
}

/** Helm releases that the log names and whose record in the view is in that state. */
const releasesIn = (view: ClusterView, log: string, state: 'pending' | 'failed'): readonly ObjectRef[] =>
  view.all('Secret').flatMap(({ metadata: { labels, namespace } }) => {
    const name = labels?.['name']
    if (labels?.['owner'] !== 'helm' || name === undefined || !(labels['status'] ?? '').startsWith(state)) return []
    return log.includes(name) || log === ''
      ? [{ apiVersion: 'helm.sh/v3', kind: 'HelmRelease', ...(namespace === undefined ? {} : { namespace }), name }]
      : []
  })

/** Workflow runs that failed and were not followed by a good one: step, error lines and the class of the failure. */
export const analyzer: Analyzer = {
  id: 'workflow',
  codes: ['workflow-failed'],
  needs: [],
  analyze: (view) => newestRuns(view).flatMap((run) => check(view, run) ?? []),
}
