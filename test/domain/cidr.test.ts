import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidrContains, isAddress } from '../../src/domain/cidr.ts'

describe('cidrContains', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['10.0.0.5/32', '10.0.0.5', true],
    ['10.0.0.5', '10.0.0.5', true],
    ['fd00::/8', 'fd12:3456::1', true],
    ['fd00::/8', 'fe80::1', false],
    ['::/0', '10.0.0.1', false],
    ['10.0.0.0/33', '10.0.0.1', false],
    ['nonsense', '10.0.0.1', false],
    ['10.0.0.0/8', '10.0.0.256', false],
  ])('%s holds %s: %s', (cidr, address, holds) => {
    expect(cidrContains(cidr, address)).toBe(holds)
  })

  it('holds every address in its own block, whatever the prefix', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, prefix) => {
        expect(cidrContains(`${address}/${prefix}`, address)).toBe(true)
      }),
    )
  })

  it('never throws on any text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (a, b) => typeof cidrContains(a, b) === 'boolean' && typeof isAddress(a) === 'boolean',
      ),
    )
  })
})
