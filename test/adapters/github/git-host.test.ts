import { createEmulator } from 'emulate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubHost } from '../../../src/adapters/github/git-host.ts'
import type { Change } from '../../../src/domain/change.ts'
import type { Plan } from '../../../src/domain/plan.ts'
import { issuePermit } from '../../../src/policy/permit.ts'
import type { GitHost } from '../../../src/ports.ts'

const manifest = 'kind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2  # enough\n'
const identity = { kind: 'confirmed', cluster: 'prod', signals: [] } as const
let git: GitHost
let close: () => Promise<void>
let call: (method: string, path: string, body?: object) => Promise<{ status: number; body: any }>

beforeAll(async () => {
  const github = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { 'test-token': { login: 'doctor-bot', scopes: ['repo'] } },
      github: {
        users: [{ login: 'doctor-bot' }, { login: 'acme' }, { login: 'jon' }],
        repos: [{ owner: 'doctor-bot', name: 'deploy', auto_init: true }],
      },
    },
  })
  close = () => github.close()
  call = async (method, path, body) => {
    const response = await fetch(`${github.url}${path}`, {
      method,
      headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
  const put = await call('PUT', '/repos/doctor-bot/deploy/contents/apps/web.yaml', {
    message: 'add',
    content: Buffer.from(manifest).toString('base64'),
  })
  expect(put.status).toBe(201)
  git = githubHost(openGitHub({ token: 'test-token', apiUrl: github.url }, 20))
})
afterAll(() => close?.())

const change = async (
  extra: Partial<Extract<Change, { kind: 'pull-request' }>> = {},
): Promise<Extract<Change, { kind: 'pull-request' }>> => {
  const head = await git.headOf('doctor-bot/deploy', 'main')
  if (head.kind !== 'ok') throw new Error(JSON.stringify(head))
  return {
    kind: 'pull-request',
    repository: 'doctor-bot/deploy',
    base: 'main',
    baseSha: head.value,
    branch: 'doctor/0123456789ab',
    title: 'Scale web',
    body: 'Why',
    edits: [{ path: 'apps/web.yaml', before: manifest, after: manifest.replace('2', '3') }],
    ...extra,
  }
}
const expiresAt = new Date(Date.now() + 600_000).toISOString()
const permit = (wanted: Change) =>
  issuePermit({ change: wanted, expiresAt } as unknown as Plan, identity, 1, Date.now())

describe('githubHost', () => {
  it('reads files, lists, branches and the default branch', async () => {
    expect(await git.defaultBranch('doctor-bot/deploy')).toEqual({ kind: 'ok', value: 'main' })
    expect(await git.listFiles('doctor-bot/deploy', 'main', 'apps')).toEqual({ kind: 'ok', value: ['apps/web.yaml'] })
    expect(await git.readFile('doctor-bot/deploy', 'apps/web.yaml', 'main')).toMatchObject({
      kind: 'ok',
      value: { text: manifest },
    })
  })
  it('reads as bytes what is no text, which it refuses to read as text', async () => {
    const packed = Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xfe])
    const content = packed.toString('base64')
    await call('PUT', '/repos/doctor-bot/deploy/contents/charts/x.tgz', { message: 'add', content })
    const read = await git.readBytes('doctor-bot/deploy', 'charts/x.tgz', 'main')
    expect(read.kind === 'ok' && Buffer.from(read.value).equals(packed)).toBe(true)
    expect(await git.readFile('doctor-bot/deploy', 'charts/x.tgz', 'main')).toMatchObject({ reason: 'malformed' })
    expect(await git.readBytes('doctor-bot/deploy', 'charts', 'main')).toMatchObject({ reason: 'malformed' })
  })
  it('tells what is not there from what cannot be read', async () => {
    expect(await git.readFile('doctor-bot/deploy', 'nothing.yaml', 'main')).toEqual({ kind: 'absent' })
    expect(await git.defaultBranch('../x')).toMatchObject({ kind: 'unreadable', reason: 'malformed' })
    const gone = githubHost(openGitHub({ token: 't', apiUrl: 'http://127.0.0.1:1' }))
    expect(await gone.defaultBranch('doctor-bot/deploy')).toMatchObject({ kind: 'unreadable', reason: 'unreachable' })
  })
  it('opens a pull request with just the edit, and finds it again instead of opening another', async () => {
    const wanted = await change()
    const opened = await git.openChange(permit(wanted))
    expect(opened).toMatchObject({ kind: 'done', number: expect.any(Number) })
    expect(await git.openChange(permit(wanted))).toEqual(opened)
    expect(await git.findChange('doctor-bot/deploy', wanted.branch)).toMatchObject({
      kind: 'ok',
      value: { state: 'open' },
    })
    const file = await git.readFile('doctor-bot/deploy', 'apps/web.yaml', wanted.branch)
    expect(file).toMatchObject({ value: { text: manifest.replace('2', '3') } })
    expect(await git.readFile('doctor-bot/deploy', 'apps/web.yaml', 'main')).toMatchObject({
      value: { text: manifest },
    })
  })
  it('puts on its labels and asks the owners for a review; an owner that GitHub does not take holds up nobody', async () => {
    const wanted = await change({
      branch: 'doctor/dddddddddddd',
      labels: ['cluster-doctor', 'automated'],
      reviewers: ['doctor-bot', 'jon', 'acme/platform'],
    })
    const opened = await git.openChange(permit(wanted))
    if (opened.kind !== 'done') throw new Error(JSON.stringify(opened))
    const { body } = await call('GET', `/repos/doctor-bot/deploy/pulls/${opened.number}`)
    expect(body.labels.map((label: { name: string }) => label.name)).toEqual(['cluster-doctor', 'automated'])
    expect(body.requested_reviewers.map((user: { login: string }) => user.login)).toContain('jon')
  })
  it('sees checks, reviews, the merge and who made it, and what was built on it', async () => {
    const wanted = await change({ branch: 'doctor/eeeeeeeeeeee' })
    const opened = await git.openChange(permit(wanted))
    if (opened.kind !== 'done') throw new Error(JSON.stringify(opened))
    const { number } = opened
    const { body: pull } = await call('GET', `/repos/doctor-bot/deploy/pulls/${number}`)
    for (const [name, conclusion] of [
      ['lint', 'success'],
      ['render', 'failure'],
      ['slow', undefined],
    ] as const)
      await call('POST', '/repos/doctor-bot/deploy/check-runs', {
        name,
        head_sha: pull.head.sha,
        ...(conclusion === undefined ? { status: 'in_progress' } : { status: 'completed', conclusion }),
      })
    expect(await git.viewChange('doctor-bot/deploy', number)).toMatchObject({
      kind: 'ok',
      value: { state: 'open', checks: { passed: 1, failed: 1, running: 1, failing: ['render'] } },
    })
    const before = await git.headOf('doctor-bot/deploy', 'main')
    await call('PUT', `/repos/doctor-bot/deploy/pulls/${number}/merge`, { merge_method: 'merge' })
    const merged = await git.viewChange('doctor-bot/deploy', number)
    expect(merged).toMatchObject({ kind: 'ok', value: { state: 'merged', by: 'doctor-bot' } })
    if (merged.kind !== 'ok' || before.kind !== 'ok') throw new Error('unread')
    const commit = merged.value.mergeCommit ?? ''
    expect(await git.contains('doctor-bot/deploy', commit, commit)).toEqual({ kind: 'ok', value: true })
    expect(await git.contains('doctor-bot/deploy', before.value, commit)).toEqual({ kind: 'ok', value: true })
    expect(await git.contains('doctor-bot/deploy', commit, before.value)).toEqual({ kind: 'ok', value: false })
    expect(await git.viewChange('doctor-bot/deploy', 9_999)).toEqual({ kind: 'absent' })
  })
  it('merges exactly the head of a permit, once, and nothing that is not from a branch of its own', async () => {
    const wanted = await change({ branch: 'doctor/ffffffffffff' })
    const opened = await git.openChange(permit(wanted))
    if (opened.kind !== 'done') throw new Error(JSON.stringify(opened))
    const { number } = opened
    const view = await git.viewChange('doctor-bot/deploy', number)
    if (view.kind !== 'ok') throw new Error(JSON.stringify(view))
    const { head = '', base = '' } = view.value
    expect(view.value).toMatchObject({ base: 'main', mergeable: 'clean', headApproved: false })
    const method = await git.mergeMethod('doctor-bot/deploy')
    expect(method.kind).toBe('ok')
    const merge = { kind: 'merge', repository: 'doctor-bot/deploy', number, branch: wanted.branch, base, head } as const
    const of = (more: object) => git.mergeChange(permit({ ...merge, method: 'merge', ...more }))
    for (const more of [{ branch: 'feature/x' }, { base: wanted.branch }, { head: 'main' }, { repository: '../x' }])
      expect(await of(more)).toMatchObject({ kind: 'rejected' })
    expect(await of({ head: '0'.repeat(40) })).toMatchObject({
      kind: 'rejected',
      message: expect.stringMatching(/\((?:409|422)\)/),
    })
    expect(await git.viewChange('doctor-bot/deploy', number)).toMatchObject({ value: { state: 'open' } })
    const spent = permit({ ...merge, method: 'merge' })
    expect(await git.mergeChange(spent)).toMatchObject({
      kind: 'done',
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    await expect(git.mergeChange(spent)).rejects.toThrow('spent')
    expect(await git.viewChange('doctor-bot/deploy', number)).toMatchObject({ value: { state: 'merged' } })
    expect(await of({})).toMatchObject({ kind: 'rejected' })
    const gone = githubHost(openGitHub({ token: 't', apiUrl: 'http://127.0.0.1:1' }))
    expect(await gone.mergeChange(permit({ ...merge, method: 'merge' }))).toMatchObject({ kind: 'unknown' })
  })
  it.each<[string, Partial<Extract<Change, { kind: 'pull-request' }>>, string]>([
    ['a base that has moved', { baseSha: '0'.repeat(40), branch: 'doctor/aaaaaaaaaaaa' }, 'has moved'],
    ['another branch', { branch: 'main2' }, 'only doctor/… branches'],
    ['the base itself', { branch: 'main' }, 'not a branch to propose to'],
    [
      'a workflow',
      { branch: 'doctor/bbbbbbbbbbbb', edits: [{ path: '.github/workflows/x.yml', before: '', after: 'x' }] },
      'never changed',
    ],
    [
      'a workflow in other case',
      { branch: 'doctor/bbbbbbbbbbbb', edits: [{ path: '.GitHub/workflows/x.yml', before: '', after: 'x' }] },
      'never changed',
    ],
    [
      'a way out',
      { branch: 'doctor/bbbbbbbbbbbb', edits: [{ path: '../x.yml', before: '', after: 'x' }] },
      'not a path',
    ],
  ])('refuses %s', async (_, extra, message) => {
    expect(await git.openChange(permit(await change(extra)))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining(message),
    })
  })
  it('says that it does not know when GitHub does not answer', async () => {
    const gone = githubHost(openGitHub({ token: 't', apiUrl: 'http://127.0.0.1:1' }))
    expect(await gone.openChange(permit(await change({ branch: 'doctor/cccccccccccc' })))).toMatchObject({
      kind: 'unknown',
    })
  })
})
