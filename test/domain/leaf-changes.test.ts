import { describe, expect, it } from 'vitest'
import { leafChanges, leavesText } from '../../src/domain/leaf-changes.ts'

describe('leafChanges', () => {
  it('says single values as they are', () => {
    expect(leafChanges('checkout:2.8.0', 'checkout:2.8.l')).toBe('checkout:2.8.0 → checkout:2.8.l')
    expect(leafChanges(undefined, 'Always')).toBe('not set → Always')
    expect(leafChanges(3, undefined)).toBe('3 → not set')
  })
  it('names only the leaves that differ', () => {
    expect(
      leafChanges(
        { limits: { memory: '512Mi' }, requests: { cpu: '150m', memory: '256Mi' } },
        { limits: { memory: '192Mi' }, requests: { cpu: '150m', memory: '128Mi' } },
      ),
    ).toBe('limits.memory 512Mi → 192Mi, requests.memory 256Mi → 128Mi')
    expect(leafChanges([{ configMapRef: { name: 'a' } }], [{ configMapRef: { name: 'b' } }])).toBe(
      '[0].configMapRef.name a → b',
    )
  })
  it('says a whole value by its leaves', () => {
    expect(leavesText({ limits: { memory: '192Mi' }, requests: { cpu: '150m' } })).toBe(
      'limits.memory 192Mi, requests.cpu 150m',
    )
    expect(leavesText(undefined)).toBe('none')
  })
  it('counts what does not fit', () => {
    const list = (from: number) => Array.from({ length: 7 }, (_, index) => from + index)
    expect(leafChanges(list(0), list(10), 2)).toBe('[0] 0 → 10, [1] 1 → 11 and 5 more')
    expect(leafChanges({}, { a: {} })).toContain('a not set → {}')
  })
})
