import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logPatterns } from '../../src/domain/log-patterns.ts'

const now = '2026-11-20T10:00:00Z'
const at = (minutes: number, seconds = 0): string =>
  new Date(Date.parse(now) - minutes * 60_000 + seconds * 1000).toISOString()
const log = (pod: string, ...lines: readonly string[]) => ({ pod, container: 'app', text: lines.join('\n') })

describe('log patterns', () => {
  it('are one for messages that differ in numbers, ids and quoted names, over all pods', () => {
    const { patterns, messages } = logPatterns(
      [
        log(
          'a',
          `${at(5)} ERROR order 81 of user u-93af failed: timeout after 300ms`,
          `${at(4)} INFO served GET /cart in 12ms`,
        ),
        log('b', `${at(3)} ERROR order 4112 of user u-11bc failed: timeout after 9000ms`),
      ],
      { now },
    )
    expect(messages).toBe(3)
    expect(patterns[0]).toMatchObject({
      level: 'error',
      trouble: true,
      count: 2,
      pods: ['a', 'b'],
      firstSeen: at(5),
      lastSeen: at(3),
      example: 'order 4112 of user u-11bc failed: timeout after 9000ms',
    })
    expect(patterns).toHaveLength(2)
  })

  it('keep status codes apart, which mean something', () => {
    const { patterns } = logPatterns(
      [log('a', 'INFO GET / status=200 in 3ms', 'INFO GET / status=503 in 4ms', 'INFO GET / status=200 in 9ms')],
      { now },
    )
    expect(patterns.map(({ count }) => count).sort()).toEqual([1, 2])
  })

  it('put trouble first, whatever is more frequent, and do not take good news for bad', () => {
    const { patterns } = logPatterns(
      [
        log(
          'a',
          ...Array.from({ length: 50 }, (_, i) => `${at(20, i)} INFO tick ${i}`),
          `${at(1)} ERROR disk full`,
          `${at(1)} 0 errors, failover ok`,
        ),
      ],
      { now },
    )
    expect(patterns.map(({ example, trouble }) => [example, trouble])).toEqual([
      ['disk full', true],
      ['tick 49', false],
      ['0 errors, failover ok', false],
    ])
  })

  it('join a stack trace into one', () => {
    const { messages, patterns } = logPatterns(
      [log('a', 'Traceback (most recent call last):', '  File "x.py", line 3, in f', 'ValueError: bad')],
      { now },
    )
    expect([messages, patterns[0]?.trouble]).toEqual([1, true])
  })

  it('leave out what is older than the window, and count by the minute in it', () => {
    const lines = [
      ...Array.from({ length: 20 }, (_, i) => `${at(10, i * 30)} WARN retry ${i}`),
      `${at(120)} WARN retry 99`,
    ]
    const { patterns } = logPatterns([log('a', ...lines)], { now, since: 3600 })
    expect(patterns[0]).toMatchObject({ count: 20, perMinute: 2.11 })
  })

  it('say what is new and what grows', () => {
    const steady = Array.from({ length: 40 }, (_, i) => `${at(40 - i)} INFO tick ${i}`)
    const fresh = Array.from({ length: 8 }, (_, i) => `${at(4, i * 10)} ERROR cannot reach the database`)
    const growing = [at(39), at(15), at(12), at(9), at(6), at(5), at(4)].map((when) => `${when} WARN queue is slow`)
    const { patterns } = logPatterns([log('a', ...steady), log('b', ...fresh), log('c', ...growing)], { now })
    expect(patterns.map(({ example, trend }) => [example, trend])).toEqual([
      ['cannot reach the database', 'new'],
      ['queue is slow', 'rising'],
      ['tick 39', 'steady'],
    ])
  })

  it('throw at nothing and lose no message', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 200, unit: 'binary' }), { maxLength: 30 }), (lines) => {
        const { messages, patterns } = logPatterns([log('a', ...lines)], { now })
        expect(patterns.reduce((sum, { count }) => sum + count, 0)).toBe(messages)
      }),
      { numRuns: 60 },
    )
  })
})
