import { describe, expect, it } from 'vitest'
import { parseDocuments } from '../../src/snapshot/documents.ts'

const parse = (text: string) => [...parseDocuments(text)]
const values = (text: string) => parse(text).map((one) => ('value' in one ? one.value : one.error))

describe('parseDocuments', () => {
  it('reads YAML streams, JSON, and JSON values in a row, with the line of each', () => {
    expect(parse('a: 1\n---\nb: 2\n')).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 2, value: { b: 2 } },
    ])
    expect(values('{"a": [1, 2]}')).toEqual([{ a: [1, 2] }])
    expect(parse('{"a": "}\\""}\n{"b": 2}')).toEqual([
      { line: 1, value: { a: '}"' } },
      { line: 2, value: { b: 2 } },
    ])
    expect(values('\ufeffa: 1\r\nb: |\r\n  x\r\n')).toEqual([{ a: 1, b: 'x\n' }])
    expect(values('{a: 1, b: [x]}')).toEqual([{ a: 1, b: ['x'] }])
    expect(values('')).toEqual([])
    expect(values('---\n---\n')).toEqual([])
  })

  it('keeps YAML 1.2 words as text', () => {
    expect(values('a: no\nb: on\nc: 1:30\nd: 2026-11-20T10:00:00Z')).toEqual([
      { a: 'no', b: 'on', c: '1:30', d: '2026-11-20T10:00:00Z' },
    ])
  })

  it('says what is wrong and where, and hides nothing else', () => {
    expect(parse('a: 1\n---\nb: [1\n---\nc: 3\n')).toEqual([
      { line: 1, value: { a: 1 } },
      { line: 4, error: expect.stringContaining('is not valid YAML') },
      { line: 4, value: { c: 3 } },
    ])
    expect(parse('{\n "a": 1,\n "b": }\n')).toEqual([{ line: 3, error: 'is not valid JSON' }])
    expect(parse('{"a": 1')).toEqual([{ line: 1, error: 'is not valid JSON: it ends too early' }])
    expect(parse('a: 1\nb: 2\na: 3\n')).toEqual([{ line: 3, error: 'has the key a twice' }])
  })

  it('refuses bombs quickly', () => {
    const started = performance.now()
    const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 9; level++) {
      const [name, before] = ['abcdefghi'[level], 'abcdefghi'[level - 1]]
      laughs.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(', ')}]`)
    }
    expect(values(laughs.join('\n'))).toEqual(['has too many aliases'])
    expect(values(`a: ${'['.repeat(5000)}${']'.repeat(5000)}`)[0]).toMatch(/levels deep|not valid/)
    expect(values(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)).toEqual(['is nested more than 100 levels deep'])
    expect(values('a: !!js/function "x"')).toEqual([{ a: 'x' }])
    expect(values(`{"__proto__": {"polluted": 1}}`)).toHaveLength(1)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
    const wide = Array.from({ length: 20_000 }, (_, index) => `k${index}: v`).join('\n')
    expect(values(wide)).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(3000)
  })
})
