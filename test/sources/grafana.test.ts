import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { source } from '../../src/sources/grafana.ts'

const now = '2026-11-21T02:05:00.000Z'
const base = 'https://grafana.acme.dev'
const one = {
  status: 'firing',
  labels: {
    alertname: 'High error rate',
    grafana_folder: 'payments',
    namespace: 'payments',
    deployment: 'checkout',
    severity: 'critical',
  },
  annotations: { summary: '5xx of checkout above 5 %', runbook_url: 'https://runbooks.acme.dev/5xx' },
  startsAt: '2026-11-21T02:03:30Z',
  endsAt: '0001-01-01T00:00:00Z',
  values: { A: 0.083, B: 1 },
  valueString: "[ var='A' labels={} value=0.083 ]",
  generatorURL: `${base}/alerting/grafana/bdx1/view?orgId=1`,
  fingerprint: '3f1d2a9c0e7b4455',
  silenceURL: `${base}/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DHigh+error+rate`,
  dashboardURL: `${base}/d/abc?orgId=1`,
  panelURL: `${base}/d/abc?orgId=1&viewPanel=4`,
  imageURL: null,
}
const delivery = (more: object = {}) => ({
  receiver: 'doctor',
  status: 'firing',
  orgId: 1,
  alerts: [one],
  groupLabels: { alertname: 'High error rate', grafana_folder: 'payments' },
  commonLabels: one.labels,
  commonAnnotations: one.annotations,
  externalURL: `${base}/`,
  version: '1',
  groupKey: '{}/{team="payments"}:{alertname="High error rate", grafana_folder="payments"}',
  truncatedAlerts: 0,
  title: '[FIRING:1] High error rate payments',
  state: 'alerting',
  message: '**Firing** …',
  ...more,
})
const parse = (payload: unknown) => source.parse(payload, {}, now)
const alertsOf = (payload: unknown) => {
  const parsed = parse(payload)
  if (parsed.kind !== 'alerts') throw new Error(JSON.stringify(parsed))
  return parsed.alerts
}

describe('what Grafana sends', () => {
  it('reads a firing group with its place, panel and silence', () => {
    expect(alertsOf(delivery())).toMatchObject([
      {
        source: 'grafana',
        status: 'firing',
        severity: 'critical',
        title: '5xx of checkout above 5 %',
        namespace: 'payments',
        workload: { kind: 'Deployment', name: 'checkout' },
        startsAt: '2026-11-21T02:03:30.000Z',
        link: { url: one.panelURL, silence: one.silenceURL },
      },
    ])
  })

  const alerts = (...all: object[]) => delivery({ alerts: all })
  it.each([
    ['resolved', delivery({ status: 'resolved', state: 'ok', alerts: [{ ...one, status: 'resolved', endsAt: now }] })],
    ['without a group key', delivery({ groupKey: undefined })],
    ['without a version', delivery({ version: undefined })],
    ['of two instances', alerts(one, { ...one, fingerprint: 'ff', labels: { ...one.labels, pod: 'checkout-1' } })],
    ['of no data', alerts({ ...one, labels: { ...one.labels, alertname: 'DatasourceNoData', rulename: 'x' } })],
    ['of a failing data source', alerts({ ...one, labels: { ...one.labels, alertname: 'DatasourceError' } })],
    ['of a Test button', alerts({ ...one, labels: { alertname: 'TestAlert', instance: 'Grafana' }, values: null })],
    ['without a dashboard', alerts({ ...one, dashboardURL: '', panelURL: '', silenceURL: undefined })],
    ['with truncated alerts', delivery({ truncatedAlerts: 40 })],
    ['without annotations', delivery({ commonAnnotations: {}, alerts: [{ ...one, annotations: null }] })],
    ['with labels that are numbers', alerts({ ...one, labels: { ...one.labels, shard: 7 } })],
  ])('takes one %s', (_, payload) => {
    for (const alert of alertsOf(payload)) expect(alert.title).not.toBe('')
  })

  it('knows a group again when it ends or grows, and groups of two organisations apart', () => {
    const [first] = alertsOf(delivery())
    const [ended] = alertsOf(delivery({ status: 'resolved', alerts: [{ ...one, status: 'resolved' }] }))
    expect(ended?.status).toBe('resolved')
    expect(ended?.fingerprint).toBe(first?.fingerprint)
    expect(ended?.deliveryId).not.toBe(first?.deliveryId)
    expect(alertsOf(delivery({ orgId: 2 }))[0]?.fingerprint).not.toBe(first?.fingerprint)
    expect(alertsOf(delivery())[0]?.deliveryId).toBe(first?.deliveryId)
  })

  it('holds an instance that ended in a firing group for firing', () => {
    expect(alertsOf(alerts(one, { ...one, status: 'resolved' })).map(({ status }) => status)).toEqual([
      'firing',
      'firing',
    ])
  })

  it('falls back to what can be linked, and links nothing else', () => {
    expect(alertsOf(alerts({ ...one, panelURL: '', dashboardURL: null }))[0]?.link?.url).toBe(one.generatorURL)
    const hostile = {
      ...one,
      panelURL: 'javascript:alert(1)',
      dashboardURL: '',
      generatorURL: '',
      silenceURL: 'data:x',
    }
    expect(alertsOf(delivery({ alerts: [hostile], externalURL: 'x' }))[0]?.link).toBeUndefined()
  })

  it.each([
    [{}, 'status'],
    [delivery({ alerts: [] }), 'alerts'],
    [delivery({ status: 'pending' }), 'status'],
    [delivery({ alerts: [{ ...one, status: 'x' }] }), 'alerts.0.status'],
    [delivery({ orgId: 'one' }), 'orgId'],
    [null, 'body'],
  ])('names the field that is wrong: %#', (payload, field) => {
    expect(parse(payload)).toMatchObject({ kind: 'invalid', field })
  })
})

describe('its token', () => {
  const body = Buffer.from(JSON.stringify(delivery()))
  const verify = (headers: Record<string, string>, secret = 'tok') => source.verify(headers, body, secret)
  it('comes as a bearer or as an HMAC over the body', () => {
    expect(verify({ authorization: 'Bearer tok' })).toBe(true)
    const signature = createHmac('sha256', 'tok').update(body).digest('hex')
    expect(verify({ 'x-grafana-alerting-signature': signature })).toBe(true)
    expect(verify({ 'x-grafana-alerting-signature': '0'.repeat(64) })).toBe(false)
    expect(verify({ authorization: 'Bearer other' })).toBe(false)
    expect(verify({ authorization: 'Basic dG9r' })).toBe(false)
    expect(verify({})).toBe(false)
    expect(verify({ authorization: 'Bearer ' }, '')).toBe(false)
  })
})
