import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { analyzer } from '../../src/analyzers/workflow.ts'
import { workflowRunsFrom } from '../../src/collectors/workflow-runs.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { withWorkflowRuns } from '../../src/snapshot/with-workflow-runs.ts'
import { job, run, step } from '../adapters/github/acted.ts'
import { repository, type SimulatedGitHub, simulatedGitHub } from '../adapters/github/simulated.ts'
import { viewOf } from '../diagnosis/view-of.ts'

let github: SimulatedGitHub
beforeEach(async () => {
  github = await simulatedGitHub()
})
afterEach(() => github.close())

const now = '2026-11-21T03:00:00Z'
const at = (time: string) => Date.parse(`2026-11-21T${time}Z`)
const failing = (lines: readonly string[]) => [job(70, 'deploy', step('Wait for it', 3, 9, lines, 'failure'))]
const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout, namespace: payments, uid: d, creationTimestamp: 2026-10-01T00:00:00Z }
spec:
  replicas: 2
  selector: { matchLabels: { app: checkout } }
  template:
    metadata: { labels: { app: checkout } }
    spec: { containers: [{ name: app, image: '${image}' }] }
`
const view = (yaml = deployment('ghcr.io/acme/checkout:9f31c2e')) => viewOf(yaml, { now })
const read = (yaml?: string, id?: number) =>
  workflowRunsFrom(github.pipelines, [repository])(view(yaml), id === undefined ? {} : { run: { repository, id } })

describe('workflowRunsFrom', () => {
  it('brings the last day of the default branch: what succeeded, and which deliveries failed', async () => {
    const { actions } = github
    actions.put(run(1, { conclusion: 'success' }))
    actions.put(run(2, { created: at('02:30:00'), jobs: failing(['##[error]timed out waiting for the condition']) }))
    actions.put(run(3, { branch: 'feature/x' }))
    actions.put(run(4, { created: at('02:00:00') - 30 * 3_600_000 }))
    actions.put(run(5, { workflow: { id: 91, name: 'Tests', path: '.github/workflows/tests.yml' } }))
    const { runs, unavailable } = await read()
    expect(unavailable).toEqual([])
    expect(runs.map(({ workflow, conclusion }) => [workflow, conclusion])).toEqual([
      ['deploy.yml', 'failure'],
      ['deploy.yml', 'success'],
    ])
    expect(runs[0]?.failedSteps[0]?.log).toContain('timed out waiting')
  })

  it('brings the run that is asked about, whatever it is', async () => {
    const tests = { id: 91, name: 'Tests', path: '.github/workflows/tests.yml' }
    const jobs = [job(50, 'unit', step('Unit tests', 3, 9, ['Tests: 1 failed, 41 passed'], 'failure'))]
    github.actions.put(run(5, { workflow: tests, jobs }))
    const { runs } = await read(undefined, 5)
    expect(runs).toMatchObject([{ workflow: 'tests.yml', failedSteps: [{ job: 'unit' }] }])
  })

  it('reads what was pushed only where a failing pod runs an image by its digest', async () => {
    const digest = `sha256:${'b'.repeat(64)}`
    const push = step('Push image', 3, 9, [`#14 pushing manifest for ghcr.io/acme/checkout:main@${digest} done`])
    github.actions.put(run(6, { conclusion: 'success', jobs: [job(60, 'image', push)] }))
    expect((await read()).runs[0]?.pushed).toBeUndefined()
    const pod = `---
apiVersion: v1
kind: Pod
metadata: { name: checkout-1, namespace: payments, labels: { app: checkout } }
spec: { nodeName: n1, containers: [{ name: app, image: 'ghcr.io/acme/checkout@${digest}' }] }
status: { phase: Running, containerStatuses: [{ name: app, state: { waiting: { reason: CrashLoopBackOff } } }] }
`
    const { runs } = await read(deployment(`ghcr.io/acme/checkout@${digest}`) + pod)
    expect(runs[0]?.pushed).toEqual([{ image: 'ghcr.io/acme/checkout', tag: 'main', digest }])
  })

  it('says what could not be read, and keeps the rest', async () => {
    github.actions.put(run(1, { conclusion: 'success' }))
    const source = workflowRunsFrom(github.pipelines, [repository, 'acme/hidden'])
    const seen = await withWorkflowRuns(view(), source, { run: { repository, id: 404 } })
    expect(seen.workflowRuns).toHaveLength(1)
    expect(seen.coverage.unavailable).toMatchObject([
      { source: 'workflow-runs', reason: 'forbidden' },
      { source: 'workflow-runs', message: 'run 404 of acme/checkout: it is not there' },
    ])
    expect(seen.coverage.checked).not.toContain('workflow-runs')
  })

  it('asks nothing where no repository is known', async () => {
    const seen = await withWorkflowRuns(view(), workflowRunsFrom(github.pipelines, []))
    expect(seen.workflowRuns).toEqual([])
    expect(github.asked).toEqual([])
  })

  it('is held up by nobody who does not answer, and leaves them alone for a while', async () => {
    let asked = 0
    const silent = (_: string, signal?: AbortSignal) => {
      asked += 1
      return new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    }
    const source = workflowRunsFrom({ ...github.pipelines, defaultBranch: silent }, [repository])
    const leaving = new AbortController()
    setTimeout(() => leaving.abort(new Error('leaving')), 20)
    await expect(source(view(), { signal: leaving.signal })).rejects.toThrow('leaving')
    const gone = workflowRunsFrom(
      {
        ...github.pipelines,
        defaultBranch: async () => {
          asked += 1
          return { kind: 'unreadable', reason: 'unreachable', message: 'gone' }
        },
      },
      [repository],
    )
    expect((await gone(view())).unavailable).toMatchObject([{ message: 'acme/checkout: gone' }])
    const before = asked
    expect((await gone(view())).unavailable).toMatchObject([{ message: 'GitHub did not answer a moment ago' }])
    expect(asked).toBe(before)
  })

  it('reads a list once for the cases of one moment', async () => {
    github.actions.put(run(1, { conclusion: 'success' }))
    const source = workflowRunsFrom(github.pipelines, [repository])
    await source(view())
    const before = github.asked.length
    expect((await source(view())).runs).toHaveLength(1)
    expect(github.asked.length).toBe(before)
  })

  it('asks again for the run that is meant, where the list knows it only as running', async () => {
    github.actions.put(run(2, { status: 'in_progress', conclusion: null }))
    const source = workflowRunsFrom(github.pipelines, [repository])
    expect((await source(view())).runs).toEqual([])
    github.actions.put(run(2, { jobs: failing(['##[error]boom']) }))
    expect((await source(view(), { run: { repository, id: 2 } })).runs).toMatchObject([{ conclusion: 'failure' }])
  })

  it('lets a failed run be explained by the Deployment that never became ready', async () => {
    github.actions.put(
      run(2, { created: at('02:50:00'), jobs: failing(['##[error]timed out waiting for the condition']) }),
    )
    const seen = await withWorkflowRuns(view(), workflowRunsFrom(github.pipelines, []), { run: { repository, id: 2 } })
    const broken = {
      id: 'said',
      codes: ['image-not-found'] as const,
      needs: [],
      analyze: () => [
        {
          code: 'image-not-found' as const,
          severity: 'critical' as const,
          object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'checkout' },
          summary: 'The image is not there',
          evidence: [],
          confidence: 0.95,
        },
      ],
    }
    const focus = 'WorkflowRun/acme/checkout/deploy.yml'
    const { rootCauses, findings } = diagnose(seen, { analyzers: [analyzer, broken], focus })
    expect(rootCauses[0]).toMatchObject({ code: 'image-not-found' })
    expect(findings.find(({ code }) => code === 'workflow-failed')).toMatchObject({ causedBy: 0 })
    const alone = diagnose(seen, { analyzers: [analyzer], focus })
    expect(alone.rootCauses[0]?.evidence.map(({ text }) => text)).toContain(
      'Deployment payments/checkout runs the image that it made',
    )
  })
})
