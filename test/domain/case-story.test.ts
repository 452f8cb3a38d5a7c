import { describe, expect, it } from 'vitest'
import { storyOf } from '../../src/domain/case-story.ts'
import { partsText, spanText } from '../../src/domain/durations.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { postmortemDocument, postmortemOf, timelineDocument } from '../../src/domain/postmortem.ts'
import type { AuditEntry, TimelineEvent } from '../../src/domain/timeline.ts'
import { documentMarkdown } from '../../src/views/document-markdown.ts'

const incident: Incident = {
  id: 'i-0000000001',
  fingerprint: 'f',
  state: 'resolved',
  title: 'payments/checkout is failing',
  severity: 'critical',
  cluster: 'prod-eu1',
  namespace: 'payments',
  source: 'pagerduty',
  openedBy: 'pagerduty',
  openedAt: '2026-11-21T02:04:12.000Z',
  updatedAt: '2026-11-21T02:09:38.000Z',
  endedAt: '2026-11-21T02:09:26.000Z',
  seen: 7,
  plans: [],
  attempts: [
    {
      plan: 'p',
      cluster: 'prod-eu1',
      action: 'rollback-rollout',
      target: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'checkout' },
      at: '2026-11-21T02:09:26.000Z',
      by: 'Ana',
      outcome: 'verified',
      note: '4/4 ready for 60 s',
    },
  ],
}
const object = { kind: 'Secret', namespace: 'payments', name: 'db-credentials' }
const events: readonly TimelineEvent[] = [
  { kind: 'incident.opened', at: '02:04:12', data: { title: incident.title, startsAt: '2026-11-21T02:04:00.000Z' } },
  { kind: 'alert.received', at: '02:04:12', actor: 'pagerduty', data: { count: 1 } },
  { kind: 'alert.received', at: '02:04:13', actor: 'pagerduty', data: { count: 6 } },
  {
    kind: 'diagnosis.made',
    at: '02:04:18',
    actor: 'doctor',
    data: { causes: [{ code: 'config-key-missing', object }] },
  },
  { kind: 'plan.proposed', at: '02:07:03', plan: 'p', actor: 'doctor', data: { summary: 'Roll back to revision 41' } },
  { kind: 'pager.heard', at: '02:07:30', data: { news: [{ kind: 'acknowledged', by: 'Ana' }] } },
  { kind: 'plan.approved', at: '02:08:06', plan: 'p', actor: 'U0ANA' },
  { kind: 'effect.intended', at: '02:08:07', plan: 'p' },
  { kind: 'effect.done', at: '02:08:08', plan: 'p' },
  { kind: 'effect.verified', at: '02:09:26', plan: 'p', data: { note: '4/4 ready for 60 s' } },
  { kind: 'incident.changed', at: '02:09:26', data: { from: 'verifying', to: 'resolved' } },
  { kind: 'cluster.locked', at: '02:09:27' },
]
const entries: readonly AuditEntry[] = events.map((event, seq) => ({
  ...event,
  at: `2026-11-21T${event.at}.000Z`,
  incident: incident.id,
  seq,
  prev: '',
  hash: '',
}))
const names = new Map([['U0ANA', 'Ana']])
const story = storyOf(incident, entries, [], names)

describe('the story of a case', () => {
  it('tells what happened in order, by whom, and adds up signals', () => {
    expect(story.lines.map(({ what, by }) => (by === undefined ? what : `${what} (${by})`))).toEqual([
      'Opened: payments/checkout is failing',
      '7 signals received (pagerduty)',
      'Cause found: config-key-missing at Secret payments/db-credentials (doctor)',
      'Plan proposed: Roll back to revision 41 (doctor)',
      'At PagerDuty: acknowledged by Ana',
      'Plan approved (Ana)',
      'About to write',
      'Written',
      'Verified: 4/4 ready for 60 s',
      'verifying → resolved',
    ])
  })

  it('says how long each part took', () => {
    expect(story.durations).toEqual({ noticed: 12, cause: 6, decision: 63, repair: 80, whole: 326 })
    expect(spanText(326)).toBe('5 min 26 s')
    expect(partsText(story.durations)).toBe('noticed 12 s, cause 6 s, decision 63 s, repair 80 s')
    expect([60, 120, 3_600, 7_400].map(spanText)).toEqual(['60 s', '2 min', '1 h', '2 h 3 min'])
  })

  it('knows only what the record knows', () => {
    const bare = storyOf({ ...incident, plans: [] }, [], [])
    expect(bare.lines.map(({ what }) => what)).toEqual(['Opened: payments/checkout is failing'])
    expect(bare.durations).toEqual({ whole: 314 })
    const { endedAt: _, ...open } = incident
    expect(storyOf(open, entries, []).durations.whole).toBeUndefined()
  })

  it('takes from the plan what another process has on its record', () => {
    const record = {
      plan: {
        id: 'q',
        createdAt: '2026-11-21T02:07:03.000Z',
        summary: 'Restart',
        requester: { id: 'doctor', name: 'the doctor' },
      },
      life: {
        state: 'verified',
        approvals: [{ by: { id: 'U0ANA', name: 'Ana' }, at: '2026-11-21T02:08:06.000Z' }],
        denial: null,
        effect: 'done',
        appliedAt: '2026-11-21T02:08:08.000Z',
        outcome: { at: '2026-11-21T02:09:26.000Z', code: 'verified', note: 'ready' },
      },
    }
    const lines = storyOf(incident, [], [record as never]).lines.map(({ what }) => what)
    expect(lines.slice(1)).toEqual(['Plan proposed: Restart', 'Plan approved', 'Written', 'Verified: ready'])
  })
})

describe('the draft of a postmortem', () => {
  it('is the same for the same story, as JSON and as Markdown', () => {
    const again = storyOf(incident, structuredClone(entries), [], names)
    expect(JSON.stringify(postmortemOf(again))).toBe(JSON.stringify(postmortemOf(story)))
    const text = documentMarkdown(postmortemDocument(postmortemOf(story)))
    expect(text).toContain(
      'rollback-rollout of Deployment payments/checkout mended it: 4/4 ready for 60 s. It took 5 min 26 s.',
    )
    expect(text).toContain('| 2026-11-21 02:08:06 | Plan approved | Ana |')
    expect(text).toContain('Took 5 min 26 s: noticed 12 s, cause 6 s, decision 63 s, repair 80 s.')
    expect(postmortemOf(story)).toMatchObject({
      version: 1,
      signals: 7,
      seconds: { whole: 326 },
      timeline: { length: 10 },
    })
  })

  it('says that a cause is not known, and that it has not ended', () => {
    const { endedAt: _, ...open } = { ...incident, state: 'escalated' as const }
    const draft = postmortemOf(storyOf(open, entries, []))
    expect(draft.cause).toBeUndefined()
    expect(draft.summary).toMatch(/The cause is not known\..*It has not ended\.$/)
    expect(documentMarkdown(timelineDocument(storyOf(open, [], [])))).toContain('It has not ended.')
  })
})
