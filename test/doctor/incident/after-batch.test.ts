import { describe, expect, it } from 'vitest'
import { afterBatch } from '../../../src/doctor/incident/after-batch.ts'
import type { Alert } from '../../../src/domain/alert.ts'
import type { Incident } from '../../../src/domain/incident.ts'

let deliveries = 0
const signal = (status: Alert['status'], more: Partial<Alert> = {}): Alert => ({
  source: 'pagerduty',
  deliveryId: `d${deliveries++}`,
  fingerprint: 'f',
  status,
  title: 'checkout is failing',
  severity: 'warning',
  labels: {},
  annotations: {},
  startsAt: '2026-11-21T02:00:00.000Z',
  ...more,
})
const incident = (more: Partial<Incident> = {}): Incident => ({
  id: 'i-0000000001',
  fingerprint: 'f',
  state: 'escalated',
  title: 'checkout is failing',
  severity: 'warning',
  cluster: 'prod-eu1',
  source: 'pagerduty',
  openedBy: 'pagerduty',
  openedAt: '2026-11-21T02:00:00.000Z',
  updatedAt: '2026-11-21T02:00:00.000Z',
  seen: 1,
  plans: [],
  attempts: [],
  ...more,
})
const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 2, minute)).toISOString()

describe('an incident after a batch of signals', () => {
  it('counts what fires, once for each delivery, and not what is only news', () => {
    const twice = signal('firing')
    const first = afterBatch(incident(), [twice, signal('acknowledged'), signal('told')], at(1))
    expect(first.seen).toBe(2)
    expect(afterBatch(first, [twice], at(2)).seen).toBe(2)
  })

  it('ends by its own signal, whatever news comes after that in one batch, but not while a change runs', () => {
    expect(afterBatch(incident(), [signal('resolved'), signal('told')], at(1))).toMatchObject({
      state: 'resolved',
      endedAt: at(1),
    })
    for (const state of ['executing', 'verifying'] as const)
      expect(afterBatch(incident({ state }), [signal('resolved')], at(1)).state).toBe(state)
  })

  it('knows who looks after it: the first who said so, until the page is taken back', () => {
    const news = (kind: 'acknowledged' | 'unacknowledged', by: string) =>
      signal(kind === 'acknowledged' ? kind : 'firing', { news: { kind, by } })
    const mine = afterBatch(incident(), [news('acknowledged', 'Ana Ruiz')], at(1))
    expect(mine.acknowledged).toEqual({ by: 'Ana Ruiz', at: at(1) })
    expect(afterBatch(mine, [news('acknowledged', 'somebody else')], at(2)).acknowledged?.by).toBe('Ana Ruiz')
    expect(afterBatch(mine, [news('unacknowledged', 'Ana Ruiz')], at(3)).acknowledged).toBeUndefined()
  })

  const joined = [{ id: 'i-0000000002', title: 'other', source: 'alertmanager', over: false }] as const
  it('ends only with the last of those that joined it, in either order', () => {
    const both = incident({ joined })
    const own = afterBatch(both, [signal('resolved')], at(1))
    expect(own.state).toBe('escalated')
    expect(afterBatch(own, [signal('resolved')], at(2), 'i-0000000002').state).toBe('resolved')
    const theirs = afterBatch(both, [signal('resolved')], at(1), 'i-0000000002')
    expect(theirs.state).toBe('escalated')
    expect(afterBatch(theirs, [signal('resolved')], at(2)).state).toBe('resolved')
  })

  it('fires on where one of those fires again, and comes back where it had ended', () => {
    const own = afterBatch(incident({ joined }), [signal('resolved')], at(1))
    const again = afterBatch(
      afterBatch(own, [signal('resolved')], at(2), 'i-0000000002'),
      [signal('firing')],
      at(3),
      'i-0000000002',
    )
    expect(again).toMatchObject({ state: 'investigating', over: true, joined: [{ over: false }] })
    expect(afterBatch(again, [signal('resolved')], at(4), 'i-0000000002').state).toBe('resolved')
  })

  it('keeps the link of each to each', () => {
    const link = { id: 'PB', url: 'https://acme.pagerduty.com/incidents/PB' }
    const after = afterBatch(
      incident({ joined, link: { id: 'PA' } }),
      [signal('firing', { link })],
      at(1),
      'i-0000000002',
    )
    expect(after.link).toEqual({ id: 'PA' })
    expect(after.joined?.[0]?.link).toEqual(link)
  })

  it('does not believe an end after it came back three times in half an hour, until it is quiet', () => {
    let now = incident()
    for (const minute of [1, 5, 9]) {
      now = afterBatch(now, [signal('resolved')], at(minute))
      expect(now.state).toBe('resolved')
      now = afterBatch(now, [signal('firing')], at(minute + 2))
      expect(now.state).toBe('investigating')
    }
    expect(now.flapping).toBe(true)
    now = afterBatch(now, [signal('resolved')], at(13))
    expect(now).toMatchObject({ state: 'investigating', quietSince: at(13) })
    const back = afterBatch(now, [signal('firing')], at(14))
    expect(back.quietSince).toBeUndefined()
    expect(back.state).toBe('investigating')
  })

  it('believes the end of what came back slowly', () => {
    let now = incident()
    for (const hour of [0, 1, 2, 3]) {
      now = afterBatch(now, [signal('resolved')], at(hour * 60))
      now = afterBatch(now, [signal('firing')], at(hour * 60 + 2))
    }
    expect(afterBatch(now, [signal('resolved')], at(200)).state).toBe('resolved')
  })
})
