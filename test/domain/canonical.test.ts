import { describe, expect, it } from 'vitest'
import { canonical, canonicalHash, NotCanonical, sha256 } from '../../src/domain/canonical.ts'

describe('the canonical form', () => {
  it.each([
    [{ b: 2, a: 1 }, '{"a":1,"b":2}'],
    [{ a: [1, 'x', null, true, false] }, '{"a":[1,"x",null,true,false]}'],
    [{ a: { c: {}, b: [] } }, '{"a":{"b":[],"c":{}}}'],
    [{ a: -0 }, '{"a":0}'],
    [{ a: 1.5 }, '{"a":1.5}'],
    [{ a: 'e\u0301' }, '{"a":"é"}'],
    [{ 'e\u0301': 1 }, '{"é":1}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [{ é: 1, z: 2, a: 3 }, '{"a":3,"z":2,"é":1}'],
    [2 ** 53 - 1, '9007199254740991'],
    ['', '""'],
  ])('of %j is %s', (value, text) => expect(canonical(value)).toBe(text))

  it('takes the same object in two places, which is no cycle', () => {
    const shared = { x: 1 }
    expect(canonical({ a: shared, b: [shared, shared] })).toBe('{"a":{"x":1},"b":[{"x":1},{"x":1}]}')
  })

  const ring: Record<string, unknown> = {}
  ring['deep'] = [{ ring }]
  it.each([
    ['not a number', { a: Number.NaN }, 'is not a finite number'],
    ['endless', { a: Number.NEGATIVE_INFINITY }, 'is not a finite number'],
    ['beyond 2^53', { a: 2 ** 53 }, 'is beyond 2^53'],
    ['far below', { a: -(2 ** 60) }, 'is beyond 2^53'],
    ['undefined', { a: undefined }, 'a undefined has no canonical form'],
    ['a function', { a: () => 1 }, 'a function has no canonical form'],
    ['a big integer', { a: 1n }, 'a bigint has no canonical form'],
    ['a date', { a: new Date(0) }, 'is not a plain object'],
    ['a map', { a: new Map() }, 'is not a plain object'],
    ['half a character', { a: 'x\ud800' }, 'has a lone surrogate'],
    ['half a character in a key', { '\udc00': 1 }, 'has a lone surrogate'],
    ['itself', ring, 'refers to itself'],
    ['two keys that are one in NFC', { é: 1, 'e\u0301': 2 }, 'has two keys that are equal in NFC'],
  ])('there is none of %s, and it says where', (_, value, why) => {
    const wrong = () => canonical({ outer: [0, value] })
    expect(wrong).toThrow(NotCanonical)
    expect(wrong).toThrow(why)
    expect(wrong).toThrow('."outer"[1]')
  })

  it('says what is wrong of a value that stands alone', () => {
    expect(() => canonical(undefined)).toThrow('value: a undefined')
    expect(new NotCanonical('.a', 'why')).toMatchObject({ name: 'NotCanonical', message: '.a: why' })
  })

  it('is what the hash is of', () => {
    expect(canonicalHash({ b: 1, a: 2 })).toBe(sha256('{"a":2,"b":1}'))
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(sha256(Buffer.from('x'))).toBe(sha256('x'))
  })
})
