import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubPipelines } from '../../../src/adapters/github/pipelines.ts'
import { type Actions, startActions } from '../../../src/demo/git/actions/api.ts'
import { closeServer, listenLocally } from '../../../src/demo/local-server.ts'
import type { PipelineRun } from '../../../src/domain/pipeline.ts'
import type { Pipelines } from '../../../src/ports.ts'
import { job, run, step } from './acted.ts'

const repository = 'acme/checkout'
let actions: Actions
let server: Server
let apiUrl: string
let pipelines: Pipelines
let odd: ((path: string) => { status: number; headers?: Record<string, string>; body?: string } | undefined) | undefined
beforeEach(async () => {
  odd = undefined
  actions = await startActions({ repository, tokens: ['good-token'], origin: () => apiUrl, perHour: 20 })
  server = createServer((request, response) => {
    const strange = odd?.(request.url ?? '')
    if (strange !== undefined) return void response.writeHead(strange.status, strange.headers).end(strange.body)
    if (!actions.handle(request, response)) response.writeHead(404).end('{"message":"Not Found"}')
  })
  apiUrl = await listenLocally(server)
  pipelines = openPipelines('good-token')
})
afterEach(async () => {
  await closeServer(server)
  await actions.close()
})
const openPipelines = (token: string) => githubPipelines(openGitHub({ token, apiUrl }))
const read = async (id: number): Promise<PipelineRun> => {
  const found = await pipelines.run(repository, id)
  if (found.kind !== 'ok') throw new Error(JSON.stringify(found))
  return found.value
}
const failing = step(
  'Unit tests',
  3,
  10,
  [
    '##[group]Run npm test',
    'npm test',
    '##[endgroup]',
    'FAIL test/cart.test.ts',
    'token=ghp_0123456789abcdefghij0123',
    'Tests: 1 failed, 41 passed',
    '##[error]Process completed with exit code 1.',
  ],
  'failure',
)

describe('githubPipelines', () => {
  it('lists runs, newest first, of one workflow, branch or commit', async () => {
    for (const id of [1, 2, 3]) actions.put(run(id, { created: Date.parse('2026-11-21T02:00:00Z') + id * 1_000 }))
    actions.put(
      run(4, {
        branch: 'other',
        sha: 'a'.repeat(40),
        workflow: { id: 91, name: 'CI', path: '.github/workflows/ci.yml' },
      }),
    )
    const ids = async (asked: Parameters<Pipelines['runs']>[1]) => {
      const runs = await pipelines.runs(repository, asked)
      return runs.kind === 'ok' ? runs.value.map(({ id }) => id) : runs
    }
    expect(await ids({ limit: 2 })).toEqual([3, 2])
    expect(await ids({ limit: 2, page: 2 })).toEqual([1, 4])
    expect(await ids({ limit: 9, workflow: 'deploy.yml' })).toEqual([3, 2, 1])
    expect(await ids({ limit: 9, sha: 'a'.repeat(40) })).toEqual([4])
    expect(await ids({ limit: 9, branch: 'main' })).toEqual([3, 2, 1])
    expect(await ids({ limit: 9, workflow: 'gone.yml' })).toEqual({ kind: 'absent' })
    expect(await read(2)).toMatchObject({ workflow: 'deploy.yml', conclusion: 'failure', actor: 'jon', attempt: 1 })
  })

  it('reads the failed step alone, redacted, and takes the token nowhere else', async () => {
    actions.put(run(7, { jobs: [job(70, 'lint', step('Lint', 3, 4, ['fine'])), job(71, 'test', failing)] }))
    const steps = await pipelines.failedSteps(await read(7))
    expect(steps).toMatchObject({ kind: 'ok', value: [{ job: 'test', step: 'Unit tests' }] })
    const log = steps.kind === 'ok' ? (steps.value[0]?.log ?? '') : ''
    expect(log).toContain('Tests: 1 failed, 41 passed')
    expect(log).not.toContain('could not lock config file')
    expect(log).not.toContain('ghp_')
    expect(actions.storage.seen).toEqual([undefined])
  })

  it('keeps only the end of a very long log, and stays within its bounds', async () => {
    const long = step(
      'Unit tests',
      3,
      40,
      [...Array.from({ length: 30_000 }, (_, at) => `line ${at} ${'x'.repeat(160)}`), '##[error]the end'],
      'failure',
    )
    actions.put(run(8, { jobs: [job(80, 'test', long)] }))
    const steps = await pipelines.failedSteps(await read(8))
    const [first] = steps.kind === 'ok' ? steps.value : []
    expect(first?.truncated).toBe(true)
    expect(first?.log.length).toBeLessThanOrEqual(256 * 1024)
    expect(first?.log).toContain('the end')
  })

  it.each(['expired', 'none'] as const)('says what GitHub remarks where the log is %s', async (log) => {
    const gone = job(90, 'deploy', step('Wait', 3, 5, [], 'cancelled'), {
      log,
      conclusion: 'cancelled',
      remarks: ['The self-hosted runner: pool-3 lost communication with the server.'],
    })
    actions.put(run(9, { jobs: [gone] }))
    expect(await pipelines.failedSteps(await read(9))).toMatchObject({
      kind: 'ok',
      value: [{ job: 'deploy', log: '##[error]The self-hosted runner: pool-3 lost communication with the server.' }],
    })
  })

  it('finds what a run pushed', async () => {
    const digest = `sha256:${'b'.repeat(64)}`
    const push = step('Push image', 3, 9, [
      `#14 pushing manifest for ghcr.io/acme/checkout:9f31c2e@${digest} 1.1s done`,
    ])
    actions.put(run(5, { conclusion: 'success', jobs: [job(50, 'image', push)] }))
    expect(await pipelines.pushed(await read(5))).toEqual({
      kind: 'ok',
      value: [{ image: 'ghcr.io/acme/checkout', tag: '9f31c2e', digest }],
    })
  })

  it('asks again only for what changed', async () => {
    actions.put(run(1))
    for (let times = 0; times < 30; times += 1) expect((await pipelines.runs(repository, { limit: 5 })).kind).toBe('ok')
    expect(actions.used()).toBe(1)
    actions.put(run(2))
    expect(await pipelines.runs(repository, { limit: 5 })).toMatchObject({ value: [{ id: 2 }, { id: 1 }] })
    expect(actions.used()).toBe(2)
  })

  it('stops asking where the limit is used up, without a request', async () => {
    for (let id = 1; id <= 21; id += 1) {
      actions.put(run(id))
      await pipelines.run(repository, id)
    }
    let asked = 0
    odd = () => {
      asked += 1
      return undefined
    }
    expect(await pipelines.run(repository, 3)).toMatchObject({ kind: 'unreadable', reason: 'throttled' })
    expect(asked).toBe(0)
  })

  it('tells what is not there from what cannot be read', async () => {
    actions.put(run(1))
    expect(await pipelines.run(repository, 404)).toEqual({ kind: 'absent' })
    expect(await pipelines.run('../x', 1)).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
    expect(await openPipelines('bad').run(repository, 1)).toMatchObject({ reason: 'unauthorized' })
    odd = () => ({ status: 200, body: '{"id":"x"}' })
    expect(await pipelines.run(repository, 1)).toMatchObject({ reason: 'malformed' })
    odd = () => ({ status: 502, body: 'bad gateway' })
    expect(await pipelines.run(repository, 1)).toMatchObject({ reason: 'unreachable' })
  })

  it('goes to no address that is none to go to', async () => {
    actions.put(run(7, { jobs: [job(71, 'test', failing)] }))
    const known = await read(7)
    for (const location of ['file:///etc/passwd', 'http://user:secret@127.0.0.1:1/x', '', 'gopher://x']) {
      odd = (path) => (path.endsWith('/logs') ? { status: 302, headers: { location } } : undefined)
      expect(await pipelines.failedSteps(known)).toMatchObject({
        value: [{ job: 'test', log: '', unread: expect.any(String) }],
      })
    }
    expect(actions.storage.seen).toEqual([])
  })
})
