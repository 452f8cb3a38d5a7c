import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { source } from '../../src/sources/pagerduty.ts'

const now = '2026-11-21T02:05:00.000Z'
const incident = {
  id: 'PGR0VU2',
  type: 'incident',
  self: 'https://api.pagerduty.com/incidents/PGR0VU2',
  html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
  number: 4711,
  status: 'triggered',
  incident_key: 'd3640fbd41094207a1c11e58e46b1662',
  created_at: '2026-11-21T02:04:41Z',
  title: 'payments/checkout is failing',
  service: {
    html_url: 'https://acme.pagerduty.com/services/PF9KMXH',
    id: 'PF9KMXH',
    summary: 'payments',
    type: 'service_reference',
  },
  assignees: [{ id: 'PTUXL6G', summary: 'Ana Ruiz', type: 'user_reference' }],
  escalation_policy: { id: 'PUS0KTE', summary: 'Default', type: 'escalation_policy_reference' },
  teams: [],
  priority: { id: 'PSO75BM', summary: 'P1', type: 'priority_reference' },
  urgency: 'high',
  conference_bridge: null,
  resolve_reason: null,
}
const delivery = (type: string, data: object = incident, id = '5ac64822-4adc-4fda-ade0-410becf0de4f') => ({
  event: {
    id,
    event_type: type,
    resource_type: 'incident',
    occurred_at: '2026-11-21T02:04:42.000Z',
    agent: {
      html_url: 'https://acme.pagerduty.com/users/PLH1HKV',
      id: 'PLH1HKV',
      summary: 'Tenex',
      type: 'user_reference',
    },
    client: null,
    data,
  },
})
const parse = (payload: unknown) => source.parse(payload, {}, now)
const alertOf = (payload: unknown) => {
  const parsed = parse(payload)
  if (parsed.kind !== 'alerts') throw new Error(JSON.stringify(parsed))
  return parsed.alerts[0]!
}

describe('what PagerDuty sends', () => {
  it('reads a triggered incident with its link, priority, people and place', () => {
    expect(alertOf(delivery('incident.triggered'))).toMatchObject({
      source: 'pagerduty',
      deliveryId: '5ac64822-4adc-4fda-ade0-410becf0de4f',
      status: 'firing',
      severity: 'critical',
      title: 'payments/checkout is failing',
      namespace: 'payments',
      workload: { name: 'checkout' },
      labels: { pagerduty_service: 'payments' },
      startsAt: '2026-11-21T02:04:41.000Z',
      link: {
        id: 'PGR0VU2',
        number: 4711,
        url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
        priority: 'P1',
        assignees: ['Ana Ruiz'],
      },
    })
  })

  it('knows an incident again in whatever event, and two incidents apart', () => {
    const prints = ['triggered', 'acknowledged', 'reassigned', 'resolved'].map(
      (type) => alertOf(delivery(`incident.${type}`)).fingerprint,
    )
    expect(new Set(prints).size).toBe(1)
    expect(alertOf(delivery('incident.triggered', { ...incident, id: 'POTHER1' })).fingerprint).not.toBe(prints[0])
  })

  it.each([
    ['triggered', 'firing'],
    ['reopened', 'firing'],
    ['unacknowledged', 'firing'],
    ['acknowledged', 'acknowledged'],
    ['escalated', 'acknowledged'],
    ['delegated', 'acknowledged'],
    ['reassigned', 'acknowledged'],
    ['priority_updated', 'acknowledged'],
    ['resolved', 'resolved'],
  ])('takes %s as %s', (type, status) => {
    expect(alertOf(delivery(`incident.${type}`)).status).toBe(status)
  })

  const reference = { id: 'PGR0VU2', type: 'incident_reference', summary: '[#4711] payments/checkout is failing' }
  const asked = { id: 'PUSER', type: 'user_reference', summary: 'Dan Meyer' }
  it.each([
    [
      'incident.annotated',
      { id: 'PNOTE', type: 'incident_note', content: 'looking', trimmed: false, incident: reference },
      { kind: 'note', text: 'looking', by: 'Tenex', byId: 'PLH1HKV' },
    ],
    [
      'incident.responder.added',
      { type: 'incident_responder', incident: reference, user: asked, state: 'pending', message: 'please help' },
      { kind: 'responder-asked', text: 'Dan Meyer: pending: please help' },
    ],
    [
      'incident.responder.replied',
      { type: 'incident_responder', incident: reference, user: asked, state: 'accepted', message: null },
      { kind: 'responder-answered', text: 'Dan Meyer: accepted' },
    ],
    [
      'incident.status_update_published',
      { id: 'PSU', type: 'incident_status_update', message: 'we know', trimmed: false, incident: reference },
      { kind: 'status-update', text: 'we know' },
    ],
    [
      'incident.conference_bridge.updated',
      {
        type: 'incident_conference_bridge',
        incident: reference,
        conference_numbers: [{ label: 'Berlin', number: '+49 30 1' }],
        conference_url: 'https://meet.example/x',
      },
      { kind: 'bridge', text: 'https://meet.example/x, Berlin +49 30 1' },
    ],
    [
      'incident.workflow.started',
      { id: 'PW', type: 'incident_workflow_instance', summary: 'Page all', incident: reference },
      { kind: 'other', text: 'workflow started: Page all' },
    ],
    [
      'incident.workflow.completed',
      { id: 'PW', type: 'incident_workflow_instance', summary: 'Page all', incident: reference },
      { kind: 'other', text: 'workflow completed: Page all' },
    ],
    [
      'incident.custom_field_values.updated',
      { type: 'incident_field_values', incident: reference, custom_fields: [], changed_field_ids: [] },
      { kind: 'other', text: 'custom field values updated' },
    ],
    [
      'incident.incident_type.changed',
      { type: 'incident_incident_type', incident: reference, incident_type: { name: 'major_incident' } },
      { kind: 'other', text: 'incident type changed' },
    ],
    [
      'incident.action_invocation.created',
      { type: 'incident_action_invocation', incident: reference },
      { kind: 'other', text: 'action invocation created' },
    ],
  ])('takes %s as news that opens nothing', (type, data, news) => {
    const alert = alertOf(delivery(type, data))
    expect(alert).toMatchObject({ status: 'told', news })
    expect(alert.fingerprint).toBe(alertOf(delivery('incident.triggered')).fingerprint)
  })

  it('says who did what, and which escalation policy it follows', () => {
    expect(alertOf(delivery('incident.service_updated')).news).toMatchObject({ kind: 'moved', by: 'Tenex' })
    expect(alertOf(delivery('incident.acknowledged'))).toMatchObject({
      link: { policy: 'PUS0KTE' },
      news: { kind: 'acknowledged', by: 'Tenex', byId: 'PLH1HKV' },
    })
  })

  it.each([
    ['incident.annotated', { id: 'PNOTE', type: 'incident_note', content: 'of no incident' }],
    ['service.updated', { id: 'PF9KMXH', type: 'service' }],
    ['pagey.ping', { message: 'Hello from your friend Pagey!', type: 'ping' }],
    ['incident.invented_in_2030', { id: 'X' }],
  ])('accepts and ignores %s', (type, data) => {
    expect(parse(delivery(type, data)).kind).toBe('ignored')
  })

  it('needs no service, priority, assignee or number', () => {
    const bare = {
      id: 'PBARE',
      type: 'incident',
      title: null,
      service: null,
      priority: null,
      assignees: null,
      number: null,
    }
    expect(alertOf(delivery('incident.triggered', bare))).toMatchObject({
      title: 'PagerDuty incident PBARE',
      labels: {},
    })
  })

  it.each([
    [{}, 'event'],
    [{ event: { event_type: 'incident.triggered', data: {} } }, 'event.id'],
    [delivery('incident.triggered', { title: 'no id' }), 'event.data.id'],
    [delivery('incident.triggered', { ...incident, number: 'x' }), 'event.data.number'],
    [{ event: null }, 'event'],
    [null, 'body'],
    [[], 'body'],
  ])('names the field that is wrong: %#', (payload, field) => {
    expect(parse(payload)).toMatchObject({ kind: 'invalid', field })
  })

  it('bounds and cleans what it keeps, and keeps no secret', () => {
    const alert = alertOf(
      delivery('incident.triggered', {
        ...incident,
        title: `${'x'.repeat(5_000)}`,
        html_url: 'javascript:alert(1)',
        assignees: Array.from({ length: 400 }, (_, n) => ({ id: `P${n}`, summary: `<!channel>\u202e ${n}` })),
        created_at: '2999-01-01T00:00:00Z',
      }),
    )
    expect(alert.title.length).toBeLessThanOrEqual(250)
    expect(alert.link?.url).toBeUndefined()
    expect(alert.link?.assignees).toHaveLength(10)
    expect(alert.link?.assignees?.[0]).not.toContain('\u202e')
    expect(alert.startsAt).toBe(now)
    const leaky = alertOf(
      delivery('incident.triggered', { ...incident, title: 'failed with ghp_0123456789abcdefghijABCDEFGHIJ012345' }),
    )
    expect(leaky.title).not.toContain('ghp_0123456789')
  })
})

describe('its signature', () => {
  const body = Buffer.from(JSON.stringify(delivery('incident.triggered')))
  const sign = (secret: string) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`
  const verify = (header: string | undefined, secret = 's3cret') =>
    source.verify(header === undefined ? {} : { 'x-pagerduty-signature': header }, body, secret)

  it('is any one of the v1 signatures, of at most ten', () => {
    expect(verify(sign('s3cret'))).toBe(true)
    expect(verify(`${sign('old')},${sign('s3cret')}`)).toBe(true)
    expect(verify(`${sign('old')}, ${sign('s3cret')}`)).toBe(true)
    expect(verify(`${Array(9).fill(sign('x')).join(',')},${sign('s3cret')}`)).toBe(true)
    expect(verify(`${Array(10).fill(sign('x')).join(',')},${sign('s3cret')}`)).toBe(false)
  })

  it('is nothing else', () => {
    const right = sign('s3cret')
    for (const header of [
      undefined,
      '',
      'v1=',
      'v1=abc',
      right.replace('v1', 'v2'),
      right.slice(3),
      right.toUpperCase(),
      sign('other'),
      `${'v1=aa,'.repeat(10_000)}${right}`,
    ])
      expect(verify(header)).toBe(false)
    expect(verify(sign(''), '')).toBe(false)
  })
})
