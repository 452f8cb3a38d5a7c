import fc from 'fast-check'
import PbfReader from 'pbf'
import { describe, expect, it } from 'vitest'
import { forgetTexts, readText } from '../../src/snapshot/schema/read-text.ts'

/** Texts as a protobuf message of string fields writes them: each with its length before it. */
const wire = (texts: readonly string[]): Uint8Array =>
  Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text)
      const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >> 7]
      return [Buffer.from(length), bytes]
    }),
  )

const readAll = (bytes: Uint8Array, count: number): readonly string[] => {
  const pbf = new PbfReader(bytes)
  return Array.from({ length: count }, () => readText(pbf))
}

describe('readText', () => {
  it('reads what was written, however often and whatever was read before', () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ minLength: 60, maxLength: 200 }))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
        const all = [...texts, ...texts]
        expect(readAll(wire(all), all.length)).toEqual(all)
        expect(readAll(new Uint8Array(wire(all)), all.length)).toEqual(all)
        forgetTexts()
        expect(readAll(wire(texts), texts.length)).toEqual(texts)
      }),
    )
  })
})
