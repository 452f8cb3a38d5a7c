import { describe, expect, it } from 'vitest'
import type { Diagnosis, RootCause } from '../../src/domain/diagnosis.ts'
import type { Incident } from '../../src/domain/incident.ts'
import { causeMessage, evidenceView, incidentMessage, sameCauseMessage } from '../../src/views/incident.ts'

const checkout = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'payments', name: 'checkout' }
const cause: RootCause = {
  code: 'missing-secret-key',
  object: { apiVersion: 'v1', kind: 'Secret', namespace: 'payments', name: 'db-credentials' },
  confidence: 0.97,
  severity: 'critical',
  summary: 'Secret payments/db-credentials has no key password',
  explanation: [
    'Secret payments/db-credentials has no key password [e1]',
    '→ new pods of checkout fail with CreateContainerConfigError [e2]',
  ],
  evidence: [
    {
      id: 'e1',
      kind: 'event',
      about: checkout,
      text: "couldn't find key password in Secret",
      at: '2026-11-21T02:04:00Z',
    },
  ],
  affected: [checkout],
  change: { what: 'it was replaced', at: '2026-11-21T02:03:00Z', by: 'ci-deployer' },
  fix: ['Put the key back.'],
  prevention: [],
  contributingFactors: [],
  proposals: [],
  facts: {},
}
const diagnosis = (more: Partial<Diagnosis> = {}): Diagnosis => ({
  version: 1,
  cluster: 'prod-eu1',
  at: '2026-11-21T02:07:06Z',
  verdict: 'critical',
  coverage: {
    checked: ['configmaps', 'events', 'logs', 'nodes', 'pods', 'services'],
    unavailable: [{ source: 'metrics', reason: 'timeout' }],
  },
  rootCauses: [cause],
  findings: [],
  next: [],
  ...more,
})
const incident = (more: Partial<Incident> = {}): Incident => ({
  id: 'i-0123456789',
  fingerprint: 'f',
  state: 'investigating',
  title: 'payments/checkout is failing',
  severity: 'critical',
  cluster: 'prod-eu1',
  source: 'pagerduty',
  link: { id: 'P1', number: 4711, url: 'https://acme.pagerduty.com/incidents/P1', priority: 'P1', assignees: ['Ana'] },
  openedBy: 'pagerduty',
  openedAt: '2026-11-21T02:04:41Z',
  updatedAt: '2026-11-21T02:07:00Z',
  seen: 6,
  plans: [],
  attempts: [],
  ...more,
})
const textOf = (message: { readonly blocks: readonly unknown[] }) =>
  message.blocks.map((block) => (block as { text?: { text?: string } }).text?.text ?? '').join('\n')

describe('the parent message', () => {
  it('says what, where, since when, and where it stands', () => {
    const message = incidentMessage(incident())
    expect(message.text).toBe('looking into it: payments/checkout is failing (prod-eu1 · since 02:04 UTC)')
    expect(textOf(message)).toMatchInlineSnapshot(`
      "🔴 *payments/checkout is failing* · prod-eu1 · since <!date^1795226681^{time}|02:04 UTC>
      *Looking into it* · <https://acme.pagerduty.com/incidents/P1|PagerDuty #4711> (P1, Ana on call) · 6 alerts joined
      "
    `)
  })

  it.each([
    ['open', '🔴', 'Looking into it'],
    ['awaiting-approval', '🟠', 'Waiting for a decision'],
    ['executing', '🟠', 'Making the change'],
    ['verifying', '🟠', 'Checking the change'],
    ['escalated', '🟣', 'Needs a person'],
    ['resolved', '🟢', 'Resolved'],
    ['closed', '🟢', 'Closed'],
  ] as const)('says in words and a sign that it is %s', (state, sign, words) => {
    const text = textOf(incidentMessage(incident({ state })))
    expect(text).toContain(sign)
    expect(text).toContain(words)
  })

  it('tells its buttons apart, as Slack wants of a row', () => {
    const link = { id: 'a', url: 'https://prometheus.acme.dev/g', silence: 'https://alertmanager.acme.dev/s' }
    const { blocks } = incidentMessage(incident({ source: 'alertmanager', link }))
    const ids = [...JSON.stringify(blocks).matchAll(/"action_id":"([^"]+)"/g)].map((found) => found[1])
    expect(ids).toContain('doctor.link.silence')
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('makes what alerts say inert', () => {
    const text = textOf(incidentMessage(incident({ title: '<!channel> <http://evil|approve> & \u202egnp.exe' })))
    expect(text).toContain('&lt;!channel&gt; &lt;http://evil|approve&gt; &amp; gnp.exe')
    expect(text).not.toContain('<!channel>')
  })
})

describe('the answer in the thread', () => {
  it('says the cause, the chain, what was hurt, what was looked at and what not', () => {
    expect(textOf(causeMessage(incident({ diagnosis: diagnosis() })))).toMatchInlineSnapshot(`
      "*Cause: Secret payments/db-credentials has no key password* (97 %)
      <!date^1795226580^{time}|02:03 UTC> it was replaced, by ci-deployer
      → new pods of checkout fail with CreateContainerConfigError [e2]
      Hurt by it: Deployment payments/checkout.
      _Looked at: pods, events, logs, config, network, nodes. Could not read: metrics (timeout)._
      *What to do*
      • Put the key back.
      "
    `)
  })

  it('shows commands where a runbook has words for people', () => {
    const advice = [
      { text: 'Look at the key names', commands: ['kubectl --context prod-eu1 -n payments get secret db-credentials'] },
    ]
    expect(textOf(causeMessage(incident({ diagnosis: diagnosis() }), advice))).toContain(
      '`kubectl --context prod-eu1 -n payments get secret db-credentials`',
    )
  })

  it('never calls healthy what it could not read', () => {
    const blind = diagnosis({ rootCauses: [], verdict: 'inconclusive', next: ['Read the previous logs of checkout.'] })
    const message = causeMessage(incident({ diagnosis: blind }))
    expect(textOf(message)).toContain('I do not know the cause yet')
    expect(textOf(message)).toContain('Read the previous logs')
    expect(`${message.text} ${textOf(message)}`).not.toMatch(/healthy|nothing wrong/i)
    const well = causeMessage(incident({ diagnosis: diagnosis({ rootCauses: [], verdict: 'healthy' }) }))
    expect(well.text).toMatch(/Nothing wrong found/)
  })

  it('stays within what Slack takes, whatever the diagnosis says', () => {
    const huge: RootCause = {
      ...cause,
      summary: '<'.repeat(5_000),
      explanation: Array.from({ length: 50 }, () => '&'.repeat(3_000)),
      affected: Array.from({ length: 500 }, () => checkout),
      evidence: Array.from({ length: 500 }, (_, n) => ({
        id: `e${n}`,
        kind: 'log' as const,
        about: checkout,
        text: '>'.repeat(9_000),
      })),
      fix: Array.from({ length: 50 }, () => 'f'.repeat(5_000)),
    }
    const all = incident({ diagnosis: diagnosis({ rootCauses: [huge, huge, huge, huge] }) })
    for (const message of [incidentMessage(all), causeMessage(all), sameCauseMessage(all, all.openedAt)])
      for (const block of message.blocks as { text?: { text: string } }[])
        expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3_000)
    const view = evidenceView(all) as { blocks: { text: { text: string } }[] }
    expect(view.blocks.length).toBeLessThanOrEqual(100)
    for (const block of view.blocks) expect(block.text.text.length).toBeLessThanOrEqual(3_000)
  })
})
