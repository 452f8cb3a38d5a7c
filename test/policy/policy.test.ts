import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadPolicy } from '../../src/policy/load-policy.ts'
import { repeatBlock } from '../../src/policy/repeat.ts'
import { actions, load, loaded, request } from './policies.ts'

describe('the shipped policy', () => {
  const policy = loaded()

  it('asks for one approval of a low or medium risk, for two of a high one or of what was not previewed', () => {
    expect(policy.verdict(request())).toMatchObject({
      kind: 'needs-approval',
      rule: { quorum: 1, approvers: ['U123'] },
    })
    expect(policy.verdict(request({ action: 'set-image', risk: 'high' }))).toMatchObject({ rule: { quorum: 2 } })
    expect(policy.verdict(request({ previewed: false }))).toMatchObject({ rule: { quorum: 2 } })
    expect(policy.verdict(request({ blast: { pods: 51, workloads: 1, services: 0 } }))).toMatchObject({
      rule: { quorum: 2 },
    })
  })

  it.each([
    ['what it does not name', { action: 'something-new' }, 'not-permitted'],
    ['an action that nobody knows', { action: 'delete-cluster' }, 'not-permitted'],
    ['a high risk of what is never one', { risk: 'high' as const }, 'not-permitted'],
    ['all while frozen', { frozen: true }, 'forbidden'],
    ['protected namespaces', { target: { ...request().target, namespace: 'kube-system' } }, 'forbidden'],
    ['a count that is none', { blast: { pods: Number.NaN, workloads: 1, services: 1 } }, 'policy-failed'],
    ['a count below nothing', { blast: { pods: 3, workloads: 1, services: -1 } }, 'policy-failed'],
    ['half a pod', { blast: { pods: 2.5, workloads: 1, services: 1 } }, 'policy-failed'],
    ['a time that is none', { at: 'soon' }, 'policy-failed'],
  ])('denies %s, with a reason', (_, more, code) => {
    const verdict = policy.verdict(request(more))
    expect(verdict).toMatchObject({ kind: 'deny', code })
    expect(verdict.kind === 'deny' && verdict.reasons[0]).toBeTruthy()
  })

  it.each([
    ['an object', { labels: { 'cluster-doctor.dev/mode': 'observe' } }],
    ['a namespace', { namespaceLabels: { 'cluster-doctor.dev/mode': 'observe' } }],
  ])('only observes in %s that says so', (_, more) => {
    expect(policy.verdict(request(more))).toMatchObject({ kind: 'observe', rule: { quorum: 1 } })
    expect(policy.verdict(request({ ...more, frozen: true }))).toMatchObject({ kind: 'deny', code: 'forbidden' })
    expect(policy.verdict(request({ ...more, action: 'something-new' }))).toMatchObject({ kind: 'deny' })
  })

  it('never allows without approval, and never while frozen, whatever is asked', () => {
    const asked = fc.record({
      action: fc.oneof(fc.constantFrom(...actions), fc.string()),
      risk: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
      previewed: fc.boolean(),
      frozen: fc.boolean(),
      labels: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      blast: fc.record({ pods: fc.nat(200), workloads: fc.nat(3), services: fc.nat(3) }),
    })
    fc.assert(
      fc.property(asked, (more) => {
        const verdict = policy.verdict(request(more))
        if (more.frozen || !actions.includes(more.action)) expect(verdict.kind).toBe('deny')
        if (verdict.kind !== 'deny') {
          expect(verdict.kind).toBe('needs-approval')
          expect(verdict.rule.quorum).toBeGreaterThanOrEqual(more.risk === 'high' || !more.previewed ? 2 : 1)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('a policy of one’s own', () => {
  it('gets another version when a rule or an approver changes', () => {
    const versions = [
      loaded(),
      loaded(undefined, ['U123', 'U456']),
      loaded('@id("a") permit (principal, action, resource);'),
    ]
    expect(new Set(versions.map((policy) => policy.version)).size).toBe(3)
  })

  it('may name approvers and let a low risk pass, but never a higher one or an unseen one', () => {
    const policy = loaded('@id("auto") @mode("auto") @approvers("SONCALL") permit (principal, action, resource);')
    const cause = true
    expect(policy.verdict(request({ risk: 'low', cause }))).toMatchObject({ kind: 'allow', rule: { quorum: 0 } })
    for (const more of [{ cause: false }, { requester: { id: 'U999', name: 'Ana' } }])
      expect(policy.verdict(request({ risk: 'low', cause, ...more }))).toMatchObject({ kind: 'needs-approval' })
    expect(policy.verdict(request({ cause }))).toMatchObject({
      kind: 'needs-approval',
      rule: { quorum: 1, approvers: ['SONCALL'] },
    })
    expect(policy.verdict(request({ risk: 'low', cause, previewed: false }))).toMatchObject({ rule: { quorum: 2 } })
  })

  it('one forbid beats every permit', () => {
    const policy = loaded(`
      @id("all") permit (principal, action, resource);
      @id("not-web") @because("Web is closed.") forbid (principal, action, resource) when { resource.name == "web" };`)
    expect(policy.verdict(request())).toMatchObject({
      kind: 'deny',
      reasons: ['Web is closed.'],
      determining: ['not-web'],
    })
  })

  it('denies everything when it is empty', () => {
    expect(loaded('').verdict(request())).toMatchObject({ kind: 'deny', code: 'not-permitted' })
  })

  it.each([
    ['no id', 'permit (principal, action, resource);'],
    ['a syntax error', '@id("a") permit (principal, action resource);'],
    ['an unknown action', '@id("a") permit (principal, action == Doctor::Action::"nope", resource);'],
    ['an unknown attribute', '@id("a") permit (principal, action, resource) when { context.frozzen };'],
    [
      'an optional attribute read without asking',
      '@id("a") permit (principal, action, resource) when { resource.namespace == "x" };',
    ],
    ['an unknown annotation', '@id("a") @aproval("1") permit (principal, action, resource);'],
    ['quorum 0', '@id("a") @quorum("0") permit (principal, action, resource);'],
    ['a forbid that would allow', '@id("a") @mode("auto") forbid (principal, action, resource);'],
    ['a permit to be lifted', '@id("a") @breakglass("may-lift") permit (principal, action, resource);'],
    ['on-call that is no word of ours', '@id("a") @oncall("sometimes") permit (principal, action, resource);'],
    ['quorum -1', '@id("a") @quorum("-1") permit (principal, action, resource);'],
    ['quorum many', '@id("a") @quorum("many") permit (principal, action, resource);'],
    ['an approver by name', '@id("a") @approvers("ana") permit (principal, action, resource);'],
    ['no approver', '@id("a") @approvers(" ") permit (principal, action, resource);'],
    ['one id twice', '@id("a") permit (principal, action, resource);\n@id("a") forbid (principal, action, resource);'],
  ])('is refused as a whole for %s', (_, text) => {
    const result = load(text)
    expect(result.kind).toBe('invalid')
    expect(result.kind === 'invalid' && result.problems[0]?.place).toContain('own.cedar')
  })

  it('is refused when its folder is not there or holds none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-policy-'))
    for (const place of [folder, join(folder, 'nothing')])
      expect(loadPolicy({ approvers: [], actions, folder: place }).kind).toBe('invalid')
    rmSync(folder, { recursive: true })
  })
})

describe('what was tried', () => {
  const now = Date.parse('2026-11-20T10:00:00Z')
  const attempt = (outcome: 'verified' | 'failed' | 'unknown', minutes: number, more: object = {}) => ({
    plan: `p${minutes}`,
    cluster: 'prod',
    action: 'restart-rollout',
    target: request().target,
    at: new Date(now - minutes * 60_000).toISOString(),
    by: 'Ana',
    outcome,
    note: '',
    ...more,
  })
  const blocked = (...attempts: ReturnType<typeof attempt>[]) =>
    repeatBlock(attempts, 'prod', 'restart-rollout', request().target, now, 600)?.code

  it('blocks what failed lately and what keeps coming back, nothing else', () => {
    expect(blocked()).toBeUndefined()
    expect(blocked(attempt('failed', 5))).toBe('tried-and-failed')
    expect(blocked(attempt('unknown', 5))).toBe('tried-and-failed')
    expect(blocked(attempt('failed', 11))).toBeUndefined()
    expect(blocked(attempt('verified', 5))).toBeUndefined()
    expect(blocked(attempt('verified', 5), attempt('verified', 7))).toBe('keeps-coming-back')
    expect(blocked(attempt('failed', 5, { cluster: 'other' }))).toBeUndefined()
    expect(blocked(attempt('failed', 5, { action: 'evict-pod' }))).toBeUndefined()
  })
})
