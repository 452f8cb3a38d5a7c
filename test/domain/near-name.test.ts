import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editDistance, nameGap, nearestName } from '../../src/domain/near-name.ts'

describe('nearestName', () => {
  it.each([
    ['db-credential', ['db-credentials', 'web-tls'], 'db-credentials'],
    ['credentials-db', ['db-credentials'], 'db-credentials'],
    ['web-svc', ['web', 'api'], 'web'],
    ['ngnix', ['nginx', 'alb'], 'nginx'],
    ['my-demoshop-namespaces', ['my-demoshop-namespace', 'argocd'], 'my-demoshop-namespace'],
    ['orders', ['payments', 'users'], undefined],
    ['a', ['b'], 'b'],
    ['web', ['web'], undefined],
  ])('%s among %j is %s', (wanted, candidates, near) => {
    expect(nearestName(wanted, candidates)).toBe(near)
  })

  it('counts a swap of neighbours as one edit', () => {
    expect(editDistance('ngnix', 'nginx')).toBe(1)
    expect(editDistance('', 'abc')).toBe(3)
  })

  it('takes names of the same words for equal, however they are put together', () => {
    expect(nearestName('Web_API', ['web-apis', 'api-web'])).toBe('api-web')
  })

  it('stops counting beyond a limit, and never before it', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-'), maxLength: 12 })
    fc.assert(
      fc.property(name, name, fc.nat(8), (from, to, limit) => {
        const distance = editDistance(from, to)
        expect(editDistance(from, to, limit)).toBe(Math.min(distance, limit + 1))
        expect(editDistance(to, from)).toBe(distance)
      }),
    )
  })

  it('finds among many the first of the nearest, as if it had looked at each alone', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', 'B'), minLength: 1, maxLength: 14 })
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 12 }), (wanted, candidates) => {
        const gaps = [...candidates]
          .sort()
          .filter((one) => one !== wanted)
          .flatMap((one) => {
            const gap = nameGap(wanted, one)
            return gap === undefined ? [] : [{ one, gap }]
          })
        const least = Math.min(...gaps.map(({ gap }) => gap))
        expect(nearestName(wanted, candidates)).toBe(gaps.find(({ gap }) => gap === least)?.one)
      }),
      { numRuns: 500 },
    )
  })
})
