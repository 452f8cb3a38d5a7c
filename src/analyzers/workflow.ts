import type { Finding } from '../domain/finding.ts'
import type { ObjectRef } from '../domain/object.ts'
import { observe } from '../domain/observe.ts'
import { timeOf, within } from '../domain/time.ts'
import { short } from '../domain/words.ts'
import { errorLines, type WorkflowClass, workflowClass } from '../domain/workflow-log.ts'
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

const refOf = (run: WorkflowRun): ObjectRef => ({
  apiVersion: 'clusterdoctor.dev/v1alpha1',
  kind: 'WorkflowRun',
  name: `${run.repository}/${run.workflow}`,
})

/** The same commit failed and passed in other runs of this workflow: the outcome does not depend on the code. */
const isFlaky = (view: ClusterView, run: WorkflowRun): boolean =>
  run.headSha !== undefined &&
  view.workflowRuns.some(
    (one) =>
      one !== run &&
      one.repository === run.repository &&
      one.workflow === run.workflow &&
      one.headSha === run.headSha &&
      one.conclusion === 'success',
  )

const fixes: Readonly<Record<WorkflowClass, string>> = {
  test: 'Run the failing test locally at that commit; correct the code or the test.',
  build: 'Build locally at that commit; correct the code or the dependency that the log names.',
  lint: 'Run the linter with its fix option and commit the result.',
  auth: 'Renew the credential, or the trust of the role that the step uses.',
  registry: 'Check the registry login of the job, the repository name and its rate limit.',
  deploy: 'Look at what the deployment waited for in the cluster before running it again.',
  runner: 'Run it again; if it comes back, give the runner more memory or disk.',
  flaky: 'Run it again, and quarantine the unstable test.',
  other: 'Read the log of the failed step.',
}

/** Workloads that the log of a deployment names, where they are in the view: their trouble may be why it failed. */
const named = (view: ClusterView, text: string): readonly ObjectRef[] =>
  view.workloads
    .filter((one) => one.ref.kind !== 'Pod' && one.ref.kind !== 'ReplicaSet')
    .filter((one) =>
      new RegExp(
        `(?:deployment|statefulset|daemonset|job)s?(?:\\.apps)?[ /"']{1,3}(?:${one.ref.namespace ?? ''}/)?${one.ref.name.replaceAll('.', '\\.')}(?![\\w-])`,
        'i',
      ).test(text),
    )
    .map((one) => one.ref)

const check = (view: ClusterView, run: WorkflowRun): Finding | undefined => {
  if (
    !failed.includes(run.conclusion) ||
    (run.startedAt !== undefined && !within(run.startedAt, view.now, recentSeconds))
  )
    return undefined
  const object = refOf(run)
  const [first] = run.failedSteps
  const log = first?.log ?? ''
  const own = workflowClass(`${first?.job ?? ''} ${first?.step ?? ''}`, log)
  const kind: WorkflowClass = isFlaky(view, run) ? 'flaky' : own
  const lines = errorLines(log)
  const where = first === undefined ? '' : ` in job ${first.job}, step ${first.step}`
  const workloads = kind === 'deploy' ? named(view, log) : []
  const release = /another operation \(install\/upgrade\/rollback\) is in progress/i.test(log)
    ? 'pending'
    : /(?:UPGRADE|INSTALL(?:ATION)?) FAILED|\brelease [\w.-]{1,60} failed\b/i.test(log)
      ? 'failed'
      : undefined
  return {
    code: 'workflow-failed',
    severity: 'warning',
    object,
    summary: `Workflow ${run.workflow} of ${run.repository} ended in ${run.conclusion}${where} (${kind})${run.headSha === undefined ? '' : ` at ${run.headSha.slice(0, 7)}`}: ${short(lines.at(-1) ?? 'no log of the failed step', 220)}`,
    evidence: [
      ...lines.map((line) => observe('workflow-run', object, line, run.startedAt)),
      observe(
        'workflow-run',
        object,
        `${run.workflow}: ${run.conclusion}${where}${run.url === undefined ? '' : ` ${run.url}`}`,
        run.startedAt,
      ),
    ],
    confidence: kind === 'other' ? 0.8 : 0.9,
    affects: [],
    ...(run.startedAt === undefined ? {} : { since: run.startedAt }),
    ...(workloads.length > 0 && /timed out|timeout|progress deadline|waiting/i.test(log) ? { symptom: true } : {}),
    dependsOn: [...workloads, ...(release === undefined ? [] : releasesIn(view, log, release))],
    fix: [
      fixes[kind],
      ...(run.url === undefined
        ? [`gh run list --repo ${run.repository} --workflow ${run.workflow}`]
        : [`gh run view ${run.url}`]),
    ],
    facts: {
      class: kind,
      repository: run.repository,
      workflow: run.workflow,
      ...(first === undefined ? {} : { job: first.job, step: first.step }),
    },
  }
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
