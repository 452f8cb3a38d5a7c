import { describe, expect, it } from 'vitest'
import { source } from '../../src/sources/alertmanager.ts'

const now = '2026-11-21T02:10:00.000Z'
const alert = (labels: object, more: object = {}) => ({
  status: 'firing',
  labels,
  annotations: {
    description: 'Pod payments/checkout-7d9f8c6b5-abcde (app) is in waiting state.',
    summary: 'Pod is crash looping.',
  },
  startsAt: '2026-11-21T02:04:12.345Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus.monitoring:9090/graph?g0.expr=up',
  fingerprint: 'c34bd7b8b9d2f1a0',
  ...more,
})
const crash = {
  alertname: 'KubePodCrashLooping',
  cluster: 'prod-eu1',
  container: 'app',
  namespace: 'payments',
  pod: 'checkout-7d9f8c6b5-abcde',
  reason: 'CrashLoopBackOff',
  severity: 'warning',
}
const group = (alerts: readonly object[], more: object = {}) => ({
  version: '4',
  groupKey: '{}/{severity="warning"}:{alertname="KubePodCrashLooping", namespace="payments"}',
  truncatedAlerts: 0,
  status: 'firing',
  receiver: 'cluster-doctor',
  groupLabels: { alertname: 'KubePodCrashLooping', namespace: 'payments' },
  commonLabels: { alertname: 'KubePodCrashLooping', namespace: 'payments', severity: 'warning' },
  commonAnnotations: { summary: 'Pod is crash looping.' },
  externalURL: 'http://alertmanager.monitoring:9093',
  alerts,
  ...more,
})
const parse = (payload: unknown) => source.parse(payload, {}, now)
const alertsOf = (payload: unknown) => {
  const parsed = parse(payload)
  if (parsed.kind !== 'alerts') throw new Error(JSON.stringify(parsed))
  return parsed.alerts
}

describe('what Alertmanager sends', () => {
  it('reads a firing group with its place', () => {
    const [one, two] = alertsOf(
      group([alert(crash), alert({ ...crash, pod: 'checkout-7d9f8c6b5-fghij' }, { fingerprint: 'd45ce8c9cae3a2b1' })]),
    )
    expect(one).toMatchObject({
      source: 'alertmanager',
      status: 'firing',
      severity: 'warning',
      title: 'Pod is crash looping.',
      cluster: 'prod-eu1',
      namespace: 'payments',
      workload: { kind: 'Pod', name: 'checkout-7d9f8c6b5-abcde' },
      startsAt: '2026-11-21T02:04:12.345Z',
    })
    expect(two?.fingerprint).toBe(one?.fingerprint)
    expect(two?.deliveryId).not.toBe(one?.deliveryId)
  })

  it('gives a retried notification the same delivery ids, and a later state another', () => {
    const ids = (payload: unknown) => alertsOf(payload).map((one) => one.deliveryId)
    expect(ids(group([alert(crash)]))).toEqual(ids(group([alert(crash)])))
    const resolved = group([alert(crash, { status: 'resolved', endsAt: '2026-11-21T02:09:00Z' })], {
      status: 'resolved',
    })
    expect(ids(resolved)).not.toEqual(ids(group([alert(crash)])))
    expect(alertsOf(resolved)[0]).toMatchObject({ status: 'resolved' })
  })

  it('is not over while one alert of the group still fires', () => {
    const mixed = alertsOf(group([alert(crash), alert({ ...crash, pod: 'b' }, { status: 'resolved' })]))
    expect(mixed.map((one) => one.status)).toEqual(['firing', 'firing'])
  })

  it('finds the workload behind kube-state-metrics labels', () => {
    const labels = {
      alertname: 'KubeDeploymentReplicasMismatch',
      deployment: 'checkout',
      namespace: 'payments',
      pod: 'kube-state-metrics-6b9f-x',
      service: 'prometheus-kube-state-metrics',
      severity: 'critical',
    }
    expect(alertsOf(group([alert(labels)]))[0]).toMatchObject({
      severity: 'critical',
      workload: { kind: 'Deployment', name: 'checkout' },
    })
    const node = { alertname: 'KubeNodeNotReady', node: 'worker-1', severity: 'critical' }
    expect(alertsOf(group([alert(node)]))[0]?.workload).toEqual({ kind: 'Node', name: 'worker-1' })
  })

  it('takes the least that the format allows', () => {
    expect(alertsOf({ version: '4', status: 'firing', alerts: [{}] })[0]).toMatchObject({
      title: 'an alert without a name',
    })
  })

  it.each([
    [{ ...group([alert(crash)]), version: '3' }, 'version'],
    [group([]), 'alerts'],
    [{ ...group([alert(crash)]), status: 'pending' }, 'status'],
    [group([alert(crash, { startsAt: 5 })]), 'alerts.0.startsAt'],
    ['text', 'body'],
  ])('names the field that is wrong: %#', (payload, field) => {
    expect(parse(payload)).toMatchObject({ kind: 'invalid', field })
  })

  it('bounds a thousand labels, long values, mentions and times in the future', () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`label_${n}`, 'v'.repeat(n === 0 ? 64 * 1024 : 3)]),
    )
    const [one] = alertsOf(
      group(
        [
          alert(
            { ...many, severity: 'critical\n<!channel>', __proto__x: '1' },
            { startsAt: '2999-01-01T00:00:00Z', fingerprint: undefined },
          ),
        ],
        { commonLabels: { 'bad name!': 'x' } },
      ),
    )
    expect(Object.keys(one!.labels).length).toBeLessThanOrEqual(64)
    expect(Math.max(...Object.values(one!.labels).map((value) => value.length))).toBeLessThanOrEqual(1_000)
    expect(one!.startsAt).toBe(now)
    expect(['critical', 'warning', 'info']).toContain(one!.severity)
    expect(JSON.stringify(one)).not.toContain('\\n')
  })
})

describe('its token', () => {
  it('is exactly the bearer token', () => {
    const verify = (header?: string, token = 'tok') =>
      source.verify(header === undefined ? {} : { authorization: header }, Buffer.alloc(0), token)
    expect(verify('Bearer tok')).toBe(true)
    expect(verify('bearer tok')).toBe(true)
    for (const header of [undefined, '', 'tok', 'Basic tok', 'Bearer', 'Bearer ', 'Bearer tok2', 'Bearer  tok'])
      expect(verify(header)).toBe(false)
    expect(verify('Bearer ', '')).toBe(false)
  })
})
