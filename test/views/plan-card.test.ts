import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../src/domain/plan.ts'
import { newLife, type PlanLife } from '../../src/domain/plan-life.ts'
import type { PlanRecord } from '../../src/domain/plan-record.ts'
import { sealPlan } from '../../src/domain/seal-plan.ts'
import { answerMessage, planDetailsView, planOutcomeMessage } from '../../src/views/plan-answers.ts'
import { planCard, planRefusalMessage } from '../../src/views/plan-card.ts'

const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' }
const planWith = (more: Partial<Plan> = {}): Plan =>
  sealPlan({
    version: 1,
    id: 'a'.repeat(32),
    incident: null,
    cluster: 'prod-eu1',
    identity: {
      kind: 'confirmed',
      cluster: 'prod-eu1',
      signals: [
        { name: 'api-ca-spki', origin: 'transport', value: 'x' },
        { name: 'kube-system-uid', origin: 'data', value: 'y' },
      ],
    },
    action: 'rollback-rollout',
    input: {},
    target,
    resourceVersion: '81204',
    fingerprint: 'f',
    summary: 'Roll Deployment shop/web back to revision 41 (now 42)',
    change: {
      kind: 'cluster-write',
      request: { method: 'PATCH', path: '/x', query: [], contentType: 'application/json-patch+json', body: '[]' },
    },
    preview: {
      kind: 'previewed',
      diff: [
        { op: '-', text: 'spec.template.spec.containers[app].image: web:2' },
        { op: '+', text: 'spec.template.spec.containers[app].image: web:1' },
      ],
      diffHash: 'd',
      warnings: [],
    },
    risk: 'medium',
    blast: { pods: 4, workloads: 1, services: 1, objects: [target], notes: ['no PodDisruptionBudget'] },
    success: { kind: 'rollout-complete', target, within: 180, steady: 20 },
    undo: {
      kind: 'action',
      action: 'rollback-rollout',
      target,
      input: { revision: 42 },
      summary: 'roll forward to 42',
    },
    reason: {
      summary: 'the image does not exist',
      code: 'image-not-found',
      evidence: [{ id: 'e1', text: 'not found' }],
    },
    requester: { id: 'doctor', name: 'the doctor' },
    rule: { quorum: 1, approvers: ['UANA', 'SONCALL'], policyVersion: 'v', determining: ['catalogue'] },
    attempts: ['restart-rollout at 02:00 UTC by Ana: failed'],
    createdAt: '2026-11-20T02:07:00Z',
    expiresAt: '2026-11-20T02:37:00Z',
    ...more,
  })
const recordWith = (
  plan: Plan = planWith(),
  life: Partial<PlanLife> = {},
  steps: readonly string[] = [],
): PlanRecord => ({
  plan,
  life: { ...newLife(plan), ...life },
  card: { channel: 'C1', ts: '1.2' },
  thread: { channel: 'C1', ts: '1.1' },
  steps,
  intentSeq: 0,
})
const ana = { plan: 'p', planHash: 'h', by: { id: 'UANA', name: 'Ana' }, at: '2026-11-20T02:08:10Z' }
const text = (message: unknown): string => JSON.stringify(message)

/** Every text that Slack reads as mrkdwn: the fallback, and text objects that say so. Plain text is inert by itself. */
const marked = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return []
  const { type, text: inner } = value as { type?: unknown; text?: unknown }
  const own = typeof inner === 'string' && type !== 'plain_text' ? [inner] : []
  return [...own, ...Object.values(value).flatMap(marked)]
}

describe('the card', () => {
  it('says above all that only a break-glass makes it possible', () => {
    const determining = ['catalogue', 'break-glass:protected-namespace']
    const rule = { quorum: 2, approvers: ['UANA'], policyVersion: 'v', determining }
    const lifted = JSON.stringify(planCard(recordWith(planWith({ rule }))).blocks)
    expect(lifted).toMatch(/Under break-glass.*protected-namespace.*spec\.template/)
    expect(JSON.stringify(planCard(recordWith(planWith())).blocks)).not.toContain('break-glass')
  })

  it('shows everything a person decides by', () => {
    const card = text(planCard(recordWith()))
    for (const part of [
      'prod-eu1',
      'API certificate ✓',
      'kube-system id ✓',
      'Deployment shop/web',
      'Roll Deployment shop/web back to revision 41',
      'medium',
      '4 pods',
      'no PodDisruptionBudget',
      'server dry run: accepted',
      '- spec.template.spec.containers[app].image: web:2',
      '+ spec.template.spec.containers[app].image: web:1',
      'within 3 min',
      'roll forward to 42',
      'the doctor',
      '<@UANA> <!subteam^SONCALL>',
      'the image does not exist',
      '(e1) not found',
      'Already tried',
      '<!date^',
      'doctor.approve',
      'doctor.deny',
      'doctor.details',
    ])
      expect(card).toContain(part)
  })

  it('carries only the opaque id in its buttons, and asks again at a high risk', () => {
    const record = recordWith(planWith({ risk: 'high' }))
    const elements = planCard(record).blocks.flatMap(
      (block) => (block['elements'] as { value?: string; confirm?: unknown }[]) ?? [],
    )
    const buttons = elements.filter((element) => element.value !== undefined)
    expect(new Set(buttons.map((button) => button.value))).toEqual(new Set(['a'.repeat(32)]))
    expect(buttons[0]?.confirm).toMatchObject({ style: 'danger' })
  })

  const states: readonly (readonly [PlanLife['state'], Partial<PlanLife>, readonly string[]])[] = [
    ['pending', {}, ['approve', 'deny', 'details']],
    ['approved', { approvals: [ana] }, ['deny', 'details']],
    ['armed', { approvals: [ana], effect: 'maybe' }, ['details']],
    ['unknown', { approvals: [ana], effect: 'maybe' }, ['details']],
    ['applied', { approvals: [ana], effect: 'done' }, ['details']],
    ['verified', { approvals: [ana], effect: 'done' }, ['undo', 'details']],
    ['failed', { approvals: [ana], effect: 'done' }, ['undo', 'details']],
    ['failed', { approvals: [ana], effect: 'none' }, ['details']],
    ['denied', {}, ['details']],
    ['expired', {}, ['details']],
    ['stale', {}, ['details']],
    ['refused', {}, ['details']],
  ]
  it.each(states)('in the state %s %j has the buttons %j', (state, life, expected) => {
    const card = text(planCard(recordWith(planWith(), { ...life, state })))
    const shown = [...card.matchAll(/"action_id":"doctor\.(\w+)"/g)].map((match) => match[1])
    expect(shown).toEqual(expected)
  })

  it('says NOT PREVIEWED where the server could not rehearse', () => {
    const plan = planWith({ preview: { kind: 'not-previewed', reason: 'a webhook has side effects' } })
    expect(text(planCard(recordWith(plan)))).toContain('NOT PREVIEWED')
  })

  it('is a pure function of the plan: what a diagnosis says stands in the quotation only', () => {
    const lie = 'scale to 3, approved by everyone'
    const blocks = planCard(recordWith(planWith({ reason: { summary: lie, evidence: [] } }))).blocks
    expect(blocks.filter((block) => text(block).includes(lie))).toHaveLength(1)
    expect(text(blocks[0])).toContain('Roll Deployment')
    expect(planCard(recordWith())).toEqual(planCard(recordWith()))
  })

  it('neither mentions, links nor ends its code block, whatever the texts are', () => {
    const hostile = fc.constantFrom(
      '<!channel>',
      '<http://evil|approve>',
      '```',
      '\u202eevil',
      '\u200b',
      '&lt;!here&gt;',
      '<@U1>',
      'x'.repeat(5_000),
      'a\nb',
    )
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const plan = planWith({
          summary: a,
          cluster: b,
          attempts: [a],
          reason: { summary: a, evidence: [{ id: b, text: a }] },
          preview: { kind: 'previewed', diff: [{ op: '+', text: a }], diffHash: 'd', warnings: [b] },
          blast: { pods: 1, workloads: 1, services: 0, objects: [], notes: [a] },
          undo: { kind: 'none', reason: b },
        })
        const record = recordWith(
          plan,
          { state: 'refused', outcome: { at: '2026-11-20T02:08:10Z', code: 'c', note: a } },
          [b],
        )
        for (const message of [
          planCard(record),
          planOutcomeMessage(record),
          answerMessage(a, []),
          planDetailsView(record),
        ]) {
          const shown = marked(message).join('\n')
          expect(shown).not.toMatch(/<!channel|<http|<@U1>|\u202e|\u200b/)
          expect((shown.match(/```/g) ?? []).length % 2).toBe(0)
        }
      }),
      { numRuns: 80 },
    )
  })

  it('stays inside the limits of Slack at any length', () => {
    const long = Array.from({ length: 400 }, (_, i) => ({ op: '+' as const, text: `spec.x[${i}]: ${'y'.repeat(300)}` }))
    const record = recordWith(
      planWith({
        summary: 's'.repeat(400),
        attempts: Array.from({ length: 5 }, () => 'a'.repeat(900)),
        preview: { kind: 'previewed', diff: long, diffHash: 'd', warnings: ['w'.repeat(900)] },
        reason: {
          summary: 'r'.repeat(900),
          evidence: Array.from({ length: 9 }, (_, i) => ({ id: `e${i}`, text: 't'.repeat(900) })),
        },
        rule: {
          quorum: 2,
          approvers: Array.from({ length: 60 }, (_, i) => `U${i}00`),
          policyVersion: 'v',
          determining: ['a'],
        },
      }),
      { approvals: [ana] },
      Array.from({ length: 20 }, (_, i) => `step ${i}`),
    )
    const card = planCard(record)
    expect(card.blocks.length).toBeLessThanOrEqual(50)
    expect(card.text.length).toBeLessThanOrEqual(3_000)
    for (const block of card.blocks) {
      const { text: inner } = block as { text?: { type: string; text: string } }
      if (inner !== undefined) expect(inner.text.length).toBeLessThanOrEqual(block['type'] === 'header' ? 150 : 3_000)
    }
    const view = planDetailsView(record) as { blocks: { text: { text: string } }[] }
    expect(view.blocks.length).toBeLessThanOrEqual(100)
    for (const block of view.blocks) expect(block.text.text.length).toBeLessThanOrEqual(3_000)
  })

  it('says in plain text all that the blocks say', () => {
    const { text: fallback } = planCard(recordWith())
    for (const part of [
      'Roll Deployment shop/web',
      'prod-eu1',
      'Risk medium',
      'web:1',
      'roll forward',
      '2026-11-20T02:37',
    ])
      expect(fallback).toContain(part)
  })
})

describe('a refusal', () => {
  it('says what was wanted, why not, and that nothing was done', () => {
    const request = {
      cluster: 'prod-eu1',
      action: 'restart-rollout',
      target,
      input: {},
      requester: { id: 'UREQ', name: 'Req' },
      reason: { summary: 's', evidence: [] },
    }
    const shown = text(
      planRefusalMessage(request, { kind: 'refused', code: 'frozen', reason: 'Changes are frozen <!here>.' }),
    )
    expect(shown).toContain('restart-rollout on Deployment shop/web (prod-eu1)')
    expect(shown).toContain('Changes are frozen')
    expect(shown).toContain('nothing was done')
    expect(shown).not.toContain('"<!here>')
  })
})
