import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClusterReader } from '../../src/ports.ts'
import { runWords } from '../../src/verbs/run.ts'
import type { VerbContext } from '../../src/verbs/verb.ts'
import { documentText } from '../../src/views/document-text.ts'
import { job, run, step } from '../adapters/github/acted.ts'
import { repository, type SimulatedGitHub, simulatedGitHub } from '../adapters/github/simulated.ts'

let github: SimulatedGitHub
beforeEach(async () => {
  github = await simulatedGitHub()
})
afterEach(() => github.close())

const now = Date.parse('2026-11-21T03:00:00Z')
/** A cluster with one Deployment, as its API server lists it; other kinds may not be listed. */
const clusterWith = (image: string): ReadonlyMap<string, ClusterReader> => {
  const deployment = {
    metadata: { namespace: 'payments', name: 'checkout' },
    spec: { replicas: 2, template: { spec: { containers: [{ name: 'app', image }] } } },
    status: {
      readyReplicas: 2,
      updatedReplicas: 1,
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    },
  }
  const list: ClusterReader['list'] = async ({ resource, kind }) =>
    resource === 'deployments'
      ? {
          kind: 'ok',
          value: {
            contentType: 'application/json',
            body: Buffer.from(JSON.stringify({ kind: `${kind}List`, items: [deployment] })),
          },
        }
      : { kind: 'unreadable', reason: 'forbidden', message: 'no' }
  return new Map([['prod-eu1', { name: 'prod-eu1', list } as ClusterReader]])
}
const say = async (words: string, more: Partial<VerbContext> = {}) => {
  const pipelines = { read: github.pipelines, repositories: [repository] }
  const context = {
    readers: new Map(),
    cluster: 'prod-eu1',
    now,
    signal: AbortSignal.timeout(5_000),
    pipelines,
    ...more,
  }
  const { status, document } = await runWords(context, ['workflow', ...words.split(' ').filter(Boolean)])
  return { status, text: documentText(document) }
}
const failed = (lines: readonly string[], name = 'Unit tests') => [job(70, 'ci', step(name, 3, 9, lines, 'failure'))]

describe('workflow', () => {
  it('tells the last runs with how long they take, and how each workflow does', async () => {
    for (let id = 1; id <= 12; id += 1)
      github.actions.put(
        run(id, {
          conclusion: id === 4 ? 'failure' : 'success',
          sha: String(id).padStart(40, '0'),
          created: now - id * 3_600_000,
          updated: now - id * 3_600_000 + (id > 6 ? 100_000 : 300_000),
        }),
      )
    const { status, text } = await say('--limit 3')
    expect(status).toBe('ok')
    expect(text).toMatch(/1 +deploy\.yml +success +main +0000000 +60m ago +5 min/)
    expect(text).not.toMatch(/^4 /m)
    expect(text).toContain('deploy.yml: 1 of the last 12 failed; takes 1 min 40 s as a rule; slower than before')
  })

  it('tells of one run the step, its class, its lines, what to do, and what of it runs in the cluster', async () => {
    github.actions.put(
      run(7411, {
        jobs: failed([
          '##[group]Run npm test',
          'FAIL test/cart.test.ts',
          'Tests: 1 failed, 41 passed',
          '##[error]Process completed with exit code 1.',
        ]),
      }),
    )
    const { status, text } = await say('7411', { readers: clusterWith('ghcr.io/acme/checkout:main-9f31c2e') })
    expect(status).toBe('ok')
    expect(text).toContain('Failed in job ci, step Unit tests: test.')
    expect(text).toContain('FAIL test/cart.test.ts\nTests: 1 failed, 41 passed')
    expect(text).toContain('What to do: Run the failing test locally at that commit')
    expect(text).toMatch(
      /payments\/checkout +ghcr\.io\/acme\/checkout:main-9f31c2e +2 of 2, 1 of the newest template \(ProgressDeadlineExceeded\)/,
    )
    expect(text).toContain('Could not be read on prod-eu1: statefulsets, daemonsets.')
  })

  it('calls what passed on the same commit flaky, but not what a registry refused', async () => {
    github.actions.put(run(1, { conclusion: 'success', created: now - 9_000_000 }))
    github.actions.put(run(2, { jobs: failed(['Tests: 1 failed, 41 passed']) }))
    github.actions.put(
      run(3, {
        jobs: [job(71, 'image', step('Push', 3, 9, ['denied: push access to ghcr.io/acme/checkout'], 'failure'))],
      }),
    )
    expect((await say('2')).text).toContain('step Unit tests: flaky.')
    expect((await say('3')).text).toContain('step Push: registry.')
  })

  it('looks for a workload that the log names', async () => {
    github.actions.put(
      run(5, { jobs: failed(['error: deployment "checkout" exceeded its progress deadline'], 'Wait') }),
    )
    const { text } = await say('5', { readers: clusterWith('ghcr.io/acme/checkout:stable') })
    expect(text).toMatch(/Its log names, on prod-eu1:[\s\S]*payments\/checkout +2 of 2, 1 of the newest/)
  })

  it('says what it could not read', async () => {
    github.actions.put(run(6, { jobs: [job(72, 'ci', step('Build', 3, 9, [], 'failure'), { log: 'expired' })] }))
    const { status, text } = await say('6')
    expect(status).toBe('could-not-tell')
    expect(text).toMatch(/Its log could not be read: GitHub answered 410/)
    github.actions.put(run(8, { conclusion: 'startup_failure' }))
    expect((await say('8')).text).toContain('the workflow file is not valid')
    expect(await say('acme/other')).toMatchObject({ status: 'not-found' })
    expect(await say('404')).toMatchObject({ status: 'not-found' })
  })

  it('finds the run that is meant: by its page, in its thread, or asks for it', async () => {
    github.actions.put(run(7411, { jobs: failed(['Tests: 1 failed']) }))
    const page = `https://github.com/${repository}/actions/runs/7411/job/1`
    expect((await say(page)).text).toContain('Deploy of acme/checkout: failure')
    const inThread = { read: github.pipelines, repositories: [], run: { repository, id: 7411 } }
    expect((await say('', { pipelines: inThread })).text).toContain('Deploy of acme/checkout: failure')
    const none = { read: github.pipelines, repositories: [] }
    for (const words of ['', '7411', '../x', 'a b c'])
      expect(await say(words, { pipelines: none })).toMatchObject({ status: 'usage' })
  })

  it('refuses where nothing lets it read pipelines', async () => {
    const { pipelines: _, ...bare } = {
      readers: new Map(),
      cluster: '',
      now,
      signal: AbortSignal.timeout(1_000),
      pipelines: 0,
    }
    const { document } = await runWords(bare, ['workflow'])
    expect(documentText(document)).toContain('GITHUB_READ_TOKEN')
  })
})
