import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCase } from '../../src/cli/case.ts'
import type { TimelineEvent } from '../../src/domain/timeline.ts'
import { openAuditLog } from '../../src/memory/audit-log.ts'

const id = 'i-0a1b2c3d4e'
const target = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'checkout' }
const at = (second: number) => new Date(Date.parse('2026-11-20T10:00:00Z') + second * 1000).toISOString()
const of = (kind: TimelineEvent['kind'], second: number, more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  kind,
  at: at(second),
  incident: id,
  cluster: 'prod-eu1',
  ...more,
})
const plan = { plan: 'p1', planHash: 'h1' }

const diagnosing: readonly TimelineEvent[] = [
  of('incident.opened', 0, {
    actor: 'alertmanager',
    data: {
      title: 'checkout is down',
      fingerprint: 'f',
      startsAt: at(-20),
      severity: 'critical',
      namespace: 'payments',
    },
  }),
  of('alert.received', 0, { actor: 'alertmanager', data: { count: 3 } }),
  of('diagnosis.made', 5, {
    actor: 'doctor',
    data: {
      verdict: 'critical',
      causes: [{ code: 'oom-killed', object: target, summary: 'checkout needs more memory than its limit' }],
      confidence: 0.92,
      explanation: ['It was killed at 128Mi'],
      prevention: ['Alert before the limit'],
      change: { what: 'limits.memory 256Mi → 128Mi', by: 'jon' },
      unread: ['metrics: not-configured'],
    },
  }),
  of('incident.changed', 6, { data: { from: 'open', to: 'awaiting-approval' } }),
]
/** What another process, the executor, has on a chain of its own. */
const executing: readonly TimelineEvent[] = [
  of('plan.proposed', 7, { ...plan, data: { action: 'set-resources', target, summary: 'Raise the memory limit' } }),
  of('plan.approved', 40, { ...plan, actor: 'U0ANA' }),
  of('effect.intended', 41, { ...plan, data: { method: 'PATCH' } }),
  of('effect.done', 42, plan),
  of('effect.verified', 60, { ...plan, data: { note: '4 of 4 ready for 20 s' } }),
  of('incident.changed', 61, { data: { from: 'verifying', to: 'resolved' } }),
]

let dir = ''
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'doctor-case-'))
  for (const [name, events] of [
    ['worker', diagnosing],
    ['executor', executing],
  ] as const) {
    const log = await openAuditLog(dir, name)
    for (const event of events) await log.append(event)
    await log.append({ ...of('incident.opened', 3), incident: 'i-someother00', data: { title: 'another one' } })
    await log.close()
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const run = async (verb: 'timeline' | 'postmortem', ...args: readonly string[]) => {
  const said = { out: '', err: '' }
  const code = await runCase(verb, args, {
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    colour: false,
  })
  return { code, ...said }
}

describe('a case from the record on disk', () => {
  it('has its timeline over the chains of all processes, in order', async () => {
    const { code, out, err } = await run('timeline', id, '--record', dir)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const order = [
      'Opened: checkout is down',
      '3 signals received',
      'Cause found: oom-killed',
      'Plan approved',
      'Verified',
    ]
    const places = order.map((text) => out.indexOf(text))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(out).not.toContain('another one')
  })

  it('has its review as JSON: the cause, what was done and by whom, how long it took', async () => {
    const { code, out } = await run('postmortem', id, '--record', dir, '--output', 'json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      incident: id,
      severity: 'critical',
      namespace: 'payments',
      state: 'resolved',
      endedAt: at(61),
      signals: 3,
      cause: {
        code: 'oom-killed',
        confidence: 0.92,
        summary: 'checkout needs more memory than its limit',
        change: { what: 'limits.memory 256Mi → 128Mi', by: 'jon' },
      },
      actions: [{ action: 'set-resources', by: 'U0ANA', outcome: 'verified', note: '4 of 4 ready for 20 s' }],
      prevention: ['Alert before the limit'],
      unread: ['metrics (not-configured)'],
      seconds: { noticed: 20, cause: 5, decision: 33, repair: 20, whole: 81 },
    })
  })

  it('has it as Markdown, and as text', async () => {
    const { out } = await run('postmortem', id, '--record', dir, '-o', 'markdown')
    expect(out).toContain('## Postmortem draft: checkout is down')
    expect(out).toContain('| 2026-11-20 10:00:40 | Plan approved | U0ANA |')
    expect((await run('postmortem', id, '--record', dir)).out).toContain('Postmortem draft: checkout is down')
  })

  it('says what is not there and what is wrongly asked, each with its exit code', async () => {
    expect(await run('timeline', 'i-ffffffffff', '--record', dir)).toMatchObject({ code: 1, out: '' })
    expect(await run('timeline', id, '--record', join(dir, 'nothing'))).toMatchObject({ code: 1 })
    for (const args of [[], [id, '-o', 'pdf'], [id, 'and more'], [id, '--bogus']])
      expect((await run('postmortem', ...args)).code).toBe(64)
    expect(await run('postmortem', '--help')).toMatchObject({ code: 0 })
  })

  it('tells a record that was touched, and still says that it was', async () => {
    const [chain = ''] = readdirSync(dir).filter((name) => name.startsWith('worker'))
    appendFileSync(
      join(dir, chain),
      `${JSON.stringify({ ...of('incident.noted', 70), seq: 6, prev: 'x', hash: 'y' })}\n`,
    )
    const { code, out, err } = await run('timeline', id, '--record', dir)
    expect(code).toBe(2)
    expect(out).toContain('Noted')
    expect(err).toContain('not sound')
  })
})
