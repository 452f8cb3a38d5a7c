import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadActions } from '../actions/load.ts'
import { openGitHub } from '../adapters/github/client.ts'
import { githubHost } from '../adapters/github/git-host.ts'
import { openPipelines } from '../adapters/github/pipelines.ts'
import { recordBranch } from '../adapters/github/record-branch.ts'
import { helmRenderer } from '../adapters/helm/chart-renderer.ts'
import { kubeconfigView } from '../adapters/kubernetes/kubeconfig.ts'
import { pagerDuty } from '../adapters/pagerduty/pager.ts'
import type { JobQueues } from '../adapters/redis/jobs.ts'
import { openAgent } from '../agent/open-agent.ts'
import { loadAnalyzers } from '../analyzers/load.ts'
import { prometheusMetrics } from '../collectors/prometheus.ts'
import { prometheusQuery } from '../collectors/prometheus-query.ts'
import { workflowRunsFrom } from '../collectors/workflow-runs.ts'
import type { Limits } from '../config/limits.ts'
import type { Config } from '../config.ts'
import { type Clock, type Crashpoint, type Doctor, type Log, noCrash, systemClock } from '../doctor/doctor.ts'
import { createGitOps } from '../gitops/git-ops.ts'
import { openAuditLog } from '../memory/audit-log.ts'
import { openReceipts } from '../memory/receipt.ts'
import { loadPolicy } from '../policy/load-policy.ts'
import { openOpa } from '../policy/opa.ts'
import type { Store } from '../ports.ts'
import { loadRunbooks } from '../runbooks/load.ts'
import type { Clusters } from './clusters.ts'
import { openPlaces } from './places.ts'
import { Refused } from './refused.ts'
import { type ConnectedSlack, noChat } from './slack.ts'

/** The shipped runbooks lie beside the sources and beside what is built from them. */
const runbooksFolder = fileURLToPath(new URL('../../runbooks', import.meta.url))

/** Loads what is found by folder and puts the doctor together. Throws Refused with all that is wrong at once. */
export const assemble = async (
  config: Config,
  made: {
    readonly store: Store
    readonly jobs: JobQueues
    readonly clusters: Clusters
    readonly slack: ConnectedSlack | undefined
    readonly log: Log
    readonly crashpoint: Crashpoint | undefined
    readonly clock: Clock | undefined
    readonly leaving: AbortSignal
    readonly limits: Limits | undefined
    readonly role: string
  },
  closers: (() => Promise<void> | void)[],
): Promise<Doctor> => {
  const [actions, analyzers] = await Promise.all([loadActions(), loadAnalyzers()])
  const { runbooks, problems } = loadRunbooks(runbooksFolder, actions)
  for (const { place, message } of problems) made.log.warn({ place, message }, 'a runbook is left out')
  const policy = loadPolicy({
    approvers: config.approvers,
    actions: [...actions.keys()],
    timezone: config.report.timezone,
    ...(config.policyDir === undefined ? {} : { folder: config.policyDir }),
  })
  if (policy.kind === 'invalid') throw new Refused(policy.problems.map(({ place, message }) => `${place}: ${message}`))
  const audit = await openAuditLog(join(config.dataDir, 'audit'), made.role)
  closers.push(() => audit.close())
  return {
    config,
    limits: made.limits ?? config.limits,
    readers: made.clusters.readers,
    writers: made.clusters.writers,
    kubeconfig: () => kubeconfigView(config.kube.kubeconfig),
    chat: made.slack?.chat ?? noChat,
    ...metricsOf(config, made.clusters),
    ...gitOf(config, made.clusters),
    ...pipelinesOf(config),
    ...pagerOf(config),
    ...(await openPlaces(config)),
    ...(config.model === undefined ? {} : { agent: await openAgent(config.model, made.store) }),
    store: made.store,
    jobs: made.jobs,
    audit,
    receipts: await openReceipts(config.dataDir),
    policy: policy.policy,
    ...(config.opaUrl === undefined ? {} : { opa: openOpa(config.opaUrl) }),
    analyzers,
    runbooks,
    actions,
    clock: made.clock ?? systemClock,
    leaving: made.leaving,
    log: made.log,
    crashpoint: made.crashpoint ?? noCrash,
  }
}

/** Prometheus, where one is set up: for what fails, and for what a model asks. */
const metricsOf = ({ prometheus }: Config, { readers }: Clusters): Pick<Doctor, 'metrics' | 'metricsQuery'> => {
  if (prometheus === undefined) return {}
  const access = { ...prometheus, shared: readers.size > 1 }
  return { metrics: prometheusMetrics(access), metricsQuery: prometheusQuery(access) }
}

/** The Git host, where one is set up with a right to write: for plans and their pull requests. */
const gitOf = (config: Config, clusters: Clusters): Pick<Doctor, 'git' | 'gitOps' | 'heads'> => {
  const { github } = config
  if (github === undefined || (github.token === undefined && github.appId === undefined)) return {}
  const client = openGitHub(github)
  const git = githubHost(client)
  return {
    git,
    heads: recordBranch(client),
    gitOps: createGitOps(git, clusters.readers, config.helm === undefined ? undefined : helmRenderer(config.helm)),
  }
}

/** The pipelines of the Git host, where something lets us read them: with as few rights as there are. */
const pipelinesOf = ({ github }: Config): Pick<Doctor, 'pipelines' | 'workflowRuns'> => {
  const pipelines = github === undefined ? undefined : openPipelines(github)
  return pipelines === undefined
    ? {}
    : { pipelines, workflowRuns: workflowRunsFrom(pipelines, github?.repositories ?? []) }
}

/** The pager, where there is a token to speak to it with. */
const pagerOf = ({ pagerduty }: Config): Pick<Doctor, 'pager'> =>
  pagerduty.token === undefined ? {} : { pager: pagerDuty({ ...pagerduty, token: pagerduty.token }) }
