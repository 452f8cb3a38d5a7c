import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadActions } from '../../src/actions/load.ts'
import type { RootCause } from '../../src/domain/diagnosis.ts'
import type { Attempt } from '../../src/domain/incident.ts'
import type { KubeObject } from '../../src/domain/kubernetes.ts'
import { fill, placeholders } from '../../src/runbooks/fill.ts'
import { loadRunbooks, parseRunbook } from '../../src/runbooks/load.ts'
import { advice, offers } from '../../src/runbooks/match.ts'

const actions = await loadActions()
const shipped = loadRunbooks(join(import.meta.dirname, '../../runbooks'), actions)
const folder = mkdtempSync(join(tmpdir(), 'doctor-runbooks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const now = '2026-11-20T10:00:00Z'
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const object = (metadata: object = {}): KubeObject => ({
  ...web,
  metadata: { name: 'web', namespace: 'shop', annotations: { 'deployment.kubernetes.io/revision': '3' }, ...metadata },
})
const cause = (code: RootCause['code'], more: Partial<RootCause> = {}): RootCause => ({
  code,
  object: web,
  confidence: 0.95,
  severity: 'critical',
  summary: 's',
  explanation: [],
  evidence: [],
  affected: [],
  fix: [],
  prevention: [],
  contributingFactors: [],
  proposals: [],
  facts: {},
  ...more,
})
const change = (minutes: number, changed: RootCause['object'] = web) => ({
  what: 'revision 3 changed env',
  at: new Date(Date.parse(now) - minutes * 60_000).toISOString(),
  object: changed,
})
const match = (
  one: RootCause,
  { found = object(), attempts = [] }: { found?: KubeObject | undefined; attempts?: readonly Attempt[] } = {},
) => offers(shipped.runbooks, one, { attempts, view: { cluster: 'prod', now, find: () => found } })
const names = (...parameters: Parameters<typeof match>) => match(...parameters).map((offer) => offer.action)

describe('the shipped runbooks', () => {
  it('are all good, more than ten, and cover the usual causes', () => {
    expect(shipped.problems).toEqual([])
    expect(shipped.runbooks.length).toBeGreaterThanOrEqual(10)
    const acting = shipped.runbooks.filter((one) => one.steps.some((step) => step.kind === 'action'))
    expect(acting.length).toBeGreaterThanOrEqual(8)
  })

  it('go back from an image that cannot be pulled, only where the image is what changed', () => {
    const facts = { previousRevision: '2', previousImage: 'web:1' }
    expect(match(cause('image-not-found', { facts }))).toMatchObject([
      { action: 'rollback-rollout', input: {}, risk: 'medium', summary: expect.stringContaining('web:1') },
    ])
    expect(names(cause('image-not-found', { facts: { previousRevision: '2' } }))).toEqual([])
  })

  it('never restart for an image, a reference or a setting, and never go back at revision 1', () => {
    const first = object({ annotations: { 'deployment.kubernetes.io/revision': '1' } })
    for (const code of [
      'image-not-found',
      'image-pull-unauthorized',
      'missing-secret',
      'app-config-invalid',
      'quota-exceeded',
    ] as const) {
      const one = cause(code, { facts: { previousImage: 'web:1' }, change: change(5) })
      expect(names(one, { found: first })).toEqual([])
      expect(names(one)).not.toContain('restart-rollout')
    }
  })

  it('go back from a crash only when this workload was changed lately', () => {
    expect(names(cause('app-crash', { change: change(30) }))).toEqual(['rollback-rollout'])
    expect(names(cause('app-crash', { change: change(60 * 25) }))).toEqual([])
    expect(names(cause('app-crash'))).toEqual([])
    const config = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'web-config' }
    expect(names(cause('app-crash', { change: change(30, config) }))).toEqual([])
  })

  it('take back the one workload that refers to what is missing, not one of several', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'db' }
    const one = cause('missing-secret', { object: secret, affected: [web], change: change(5) })
    expect(match(one)).toMatchObject([{ action: 'rollback-rollout', target: web }])
    expect(names({ ...one, affected: [web, { ...web, name: 'api' }] })).toEqual([])
  })

  it('raise a memory limit to what is suggested, never remove it, and not twice in a day', () => {
    const facts = { container: 'app', suggestedMemoryLimit: '256Mi' }
    expect(match(cause('oom-killed', { facts }))).toMatchObject([
      { action: 'set-resources', input: { container: 'app', limits: { memory: '256Mi' } } },
    ])
    expect(names(cause('oom-killed', { facts: { container: 'app' } }))).toEqual([])
    const attempt: Attempt = {
      plan: 'p',
      cluster: 'prod',
      action: 'set-resources',
      target: web,
      at: '2026-11-20T02:00:00Z',
      by: 'Ana',
      outcome: 'verified',
      note: '',
    }
    expect(names(cause('oom-killed', { facts }), { attempts: [attempt] })).toEqual([])
  })

  it('keep the type of a fact that is a number', () => {
    expect(match(cause('scaled-to-zero', { facts: { suggestedReplicas: 3 } }))).toMatchObject([
      { action: 'scale-workload', input: { replicas: 3 } },
    ])
  })

  it('offer only a pull request for what Git delivers', () => {
    const owned = object({ annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:shop/web' } })
    expect(match(cause('stale-config'), { found: owned })).toMatchObject([
      { action: 'open-pull-request', risk: 'low', input: { wish: { action: 'restart-rollout', input: {} } } },
    ])
  })

  it('offer nothing for what has no safe action, and say what to do instead', () => {
    for (const code of [
      'quota-exceeded',
      'network-policy-blocking',
      'storage-class-missing',
      'argocd-sync-failed',
      'node-disk-pressure',
      'certificate-expired',
    ] as const) {
      expect(names(cause(code, { change: change(5) }))).toEqual([])
      const [first] = advice(shipped.runbooks, cause(code), { view: { cluster: 'prod', now, find: () => undefined } })
      expect(first?.commands[0], code).toContain('kubectl --context prod')
      expect(first?.commands.join(' '), code).not.toContain('{{')
    }
  })

  it('never hold a command that deletes, removes or forces', () => {
    const text = JSON.stringify(shipped.runbooks.flatMap((one) => one.steps))
    expect(text).not.toMatch(/kubectl[^"]*\b(delete|drain|--force|replace|patch|exec)\b/)
  })
})

describe('filling in', () => {
  it('takes names of facts and nothing else', () => {
    expect(placeholders('a {{b}} {{ c }}')).toEqual(['b', 'c'])
    for (const bad of ['{{constructor.constructor("x")()}}', '{{a', 'a}}', '{{a-b}}', '{{}}', '{{{{a}}}}', '{{A}}'])
      expect(placeholders(bad), bad).toBeUndefined()
    expect(fill('{{toString}} {{constructor}}', {})).toBeUndefined()
    expect(fill({ a: ['{{n}}', '{{n}} pods'] }, { n: 3 })).toEqual({ a: [3, '3 pods'] })
    expect(fill({ a: ['{{n}}', '{{missing}}'] }, { n: 3 })).toBeUndefined()
  })

  it('fills a hostile fact in as a value, once', () => {
    expect(fill('{{image}}', { image: '{{secret}}', secret: 'x' })).toBe('{{secret}}')
  })
})

const good = `id: own
title: A title
owner: me
codes: [stale-config]
risk: low
preconditions:
  - not-tried: { action: restart-rollout, within: 1h }
steps:
  - action: restart-rollout
    summary: Restart {{target}}
validation: It is ready.
rollback: None is needed.
approvals: 1
`
const parse = (text: string) => parseRunbook('own.yaml', text, actions)

describe('a runbook that is written wrongly', () => {
  it('is read when it is written rightly, also with a byte order mark or CRLF', () => {
    expect(parse(good).problems).toEqual([])
    expect(parse(`\ufeff${good}`).problems).toEqual([])
    expect(parse(good.replaceAll('\n', '\r\n')).problems).toEqual([])
  })

  const without = (key: string) => good.replace(new RegExp(`^${key}:.*\n`, 'm'), '')
  it.each([
    ['tabs', good.replace('  - not-tried', '\t- not-tried'), 7],
    ['a key twice', `${good}approvals: 2\n`, 14],
    ['a word that is a boolean elsewhere as an id', good.replace('id: own', 'id: no'), 1],
    ['a time where a number is due', good.replace('approvals: 1', 'approvals: 1:30'), 13],
    ['anchors', good.replace('codes: [stale-config]', 'codes: &a [stale-config]\nx: *a'), 1],
    ['a bomb of anchors', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n${good}`, 1],
    ['a function', good.replace('A title', '!!js/function "x"'), 2],
    ['a Python object', good.replace('A title', '!!python/object/apply:os.system ["x"]'), 2],
    ['depth', `${good}x: ${'['.repeat(1_000)}${']'.repeat(1_000)}\n`, 14],
    ['several documents', `${good}---\n${good}`, 1],
    ['an unknown key', `${good}aproval: 1\n`, 1],
    ['no approvals', without('approvals'), 1],
    ['approvals as a list', good.replace('approvals: 1', 'approvals: []'), 13],
    ['approvals 0', good.replace('approvals: 1', 'approvals: 0'), 13],
    ['approvals -1', good.replace('approvals: 1', 'approvals: -1'), 13],
    ['no rollback', without('rollback'), 1],
    ['no owner', without('owner'), 1],
    ['an unknown action', good.replace('- action: restart-rollout', '- action: delete-all'), 9],
    ['an unknown cause', good.replace('stale-config', 'bad-luck'), 4],
    ['a restart for a missing image', good.replace('stale-config', 'image-not-found'), 9],
    ['a template that is code', good.replace('{{target}}', "{{constructor.constructor('x')()}}"), 10],
    ['a duration of nothing', good.replace('within: 1h', 'within: 0'), 7],
    ['a duration below nothing', good.replace('within: 1h', 'within: -5m'), 7],
    ['a duration of years', good.replace('within: 1h', 'within: 99999h'), 7],
    ['no steps', good.replace(/steps:[\s\S]*?validation/, 'steps: []\nvalidation'), 8],
    [
      'input that the action does not take',
      good.replace('    summary:', '    input: { force: true }\n    summary:'),
      10,
    ],
    ['an id that is not the file', good.replace('id: own', 'id: other'), 1],
    [
      'a key that reaches the prototype',
      good.replace('    summary:', '    input: { __proto__: { x: 1 } }\n    summary:'),
      10,
    ],
    ['no not-tried', good.replace(/ {2}- not-tried.*\n/, '  - earlier-revision: true\n'), 7],
    ['only a scalar', 'hello', 1],
    ['nothing', '', 1],
  ])('is refused for %s, with file and line', (_, text, line) => {
    const { runbook, problems } = parse(text)
    expect(runbook).toBeUndefined()
    expect(problems[0]?.place).toBe(`own.yaml:${line}`)
    expect(problems[0]?.message).not.toBe('')
  })

  it('does not hide the others; links, folders and what is too large are refused', () => {
    writeFileSync(join(folder, 'own.yaml'), good)
    writeFileSync(join(folder, 'bad.yaml'), 'id: [')
    writeFileSync(join(folder, 'huge.yaml'), `# ${'x'.repeat(70_000)}\n${good}`)
    writeFileSync(join(folder, 'binary.yaml'), Buffer.from([0xff, 0xfe, 0x00, 0x80]))
    symlinkSync(join(folder, 'own.yaml'), join(folder, 'link.yaml'))
    mkdirSync(join(folder, 'dir.yaml'))
    const loaded = loadRunbooks(folder, actions)
    expect(loaded.runbooks.map((one) => one.id)).toEqual(['own'])
    const places = new Set(loaded.problems.map((problem) => problem.place.split(':')[0]))
    expect(places).toEqual(new Set(['bad.yaml', 'binary.yaml', 'dir.yaml', 'huge.yaml', 'link.yaml']))
    expect(loadRunbooks(join(folder, 'nothing'), actions).problems).toHaveLength(1)
  })
})
