import { describe, expect, it } from 'vitest'
import { type Sample, tellable, worseThan } from '../../src/domain/deployment.ts'

const sample = (more: Partial<Sample> = {}): Sample => ({
  at: '2026-11-20T10:00:00Z',
  wanted: 4,
  available: 4,
  rollout: 'done',
  restarts: 0,
  restartsPerHour: 0,
  errors: [],
  unread: [],
  ...more,
})
const what = (before: Sample | undefined, after: Sample) => worseThan(before, after).map((one) => one.what)

describe('what a rollout made worse', () => {
  it('is nothing where all is as before', () => {
    expect(worseThan(sample(), sample())).toEqual([])
    expect(worseThan(undefined, sample())).toEqual([])
  })

  it('is what is not up, unless it was no better before', () => {
    expect(worseThan(sample(), sample({ available: 1, rollout: 'failed' }))[0]).toMatchObject({
      what: 'health',
      grave: true,
    })
    expect(worseThan(sample(), sample({ available: 3, rollout: 'going' }))[0]).toMatchObject({
      what: 'health',
      grave: true,
    })
    expect(what(sample({ available: 3 }), sample({ available: 3, rollout: 'going' }))).toEqual([])
    expect(what(undefined, sample({ available: 3, rollout: 'going' }))).toEqual(['health'])
  })

  it('is restarts that come more often, and not one slip', () => {
    const restarting = sample({ restarts: 4, restartsPerHour: 48 })
    expect(what(sample(), restarting)).toEqual(['restarts'])
    expect(what(undefined, restarting)).toEqual(['restarts'])
    expect(what(sample({ restartsPerHour: 40 }), restarting)).toEqual([])
    expect(what(sample(), sample({ restarts: 1, restartsPerHour: 12 }))).toEqual([])
  })

  it('is an error that was not there before, or comes more often; without a before nothing is said of it', () => {
    const failing = (perMinute: number) => sample({ errors: [{ key: 'k', example: 'cannot reach db', perMinute }] })
    expect(what(sample(), failing(4))).toEqual(['errors'])
    expect(what(failing(1), failing(4))).toEqual(['errors'])
    expect(what(failing(2), failing(4))).toEqual([])
    expect(what(sample(), failing(0.2))).toEqual([])
    const { errors: _, ...unknown } = sample()
    expect(what(unknown, failing(4))).toEqual([])
  })

  it('is a latency that people feel', () => {
    expect(what(sample({ latency: 0.1 }), sample({ latency: 0.4 }))).toEqual(['latency'])
    expect(what(sample({ latency: 0.1 }), sample({ latency: 0.14 }))).toEqual([])
    expect(what(sample({ latency: 0.001 }), sample({ latency: 0.03 }))).toEqual([])
    expect(what(sample(), sample({ latency: 3 }))).toEqual([])
  })

  it('is not called healthy where the pods could not be read', () => {
    const { restarts: _, ...unread } = sample()
    expect(tellable(unread)).toBe(false)
    expect(tellable(sample())).toBe(true)
  })
})
