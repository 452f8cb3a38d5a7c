import { describe, expect, it } from 'vitest'
import { createPace } from '../../../src/adapters/github/pace.ts'

const answer = (status: number, headers: Record<string, string>) => ({ status, headers: new Headers(headers) })

describe('the pace of writes to GitHub', () => {
  it('leaves the time between two writes', async () => {
    const pace = createPace({ between: 60, perHour: 100 })
    const begin = performance.now()
    for (let write = 0; write < 3; write += 1) await pace.wait()
    expect(performance.now() - begin).toBeGreaterThan(110)
  })
  it('writes no more in an hour than allowed, and again after it', async () => {
    let now = 1_000_000
    const pace = createPace({ between: 0, perHour: 2 }, () => now)
    await pace.wait()
    await pace.wait()
    await expect(pace.wait()).rejects.toMatchObject({ status: 429 })
    now += 3_600_001
    await pace.wait()
  })
  it.each([
    ['Retry-After', answer(403, { 'retry-after': '30' }), 31_000],
    ['an exhausted limit', answer(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1100' }), 101_000],
    ['a limit without a time', answer(429, {}), 61_000],
  ])('waits out %s', async (_, said, later) => {
    let now = 1_000_000
    const pace = createPace({ between: 0, perHour: 100 }, () => now)
    pace.heard(said)
    await expect(pace.wait()).rejects.toThrow("GitHub's limits")
    now += later
    await pace.wait()
  })
  it('takes a plain no for no limit', async () => {
    const pace = createPace({ between: 0, perHour: 100 })
    pace.heard(answer(403, { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': '9999999999' }))
    await pace.wait()
  })
})
