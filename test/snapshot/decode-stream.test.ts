import fc from 'fast-check'
import PbfWriter from 'pbf'
import { describe, expect, it } from 'vitest'
import { createBreath } from '../../src/snapshot/breathe.ts'
import { decodeList, MalformedList } from '../../src/snapshot/decode-list.ts'
import { createStreamDecoder } from '../../src/snapshot/decode-stream.ts'
import type { KindSchema } from '../../src/snapshot/schema/kinds.ts'
import { kindSchemas } from '../../src/snapshot/schema/kinds.ts'

const schema = kindSchemas.get('Pod') as KindSchema
const contentType = 'application/vnd.kubernetes.protobuf'

const bodyOf = (names: readonly string[], kind = 'PodList'): Uint8Array => {
  const list = new PbfWriter()
  const version = (_: unknown, out: PbfWriter) => out.writeStringField(2, '7')
  list.writeMessage(1, version, null)
  for (const name of names) {
    const meta = (_: unknown, out: PbfWriter) => out.writeStringField(1, name)
    list.writeMessage(2, (_, out) => out.writeMessage(1, meta, null), null)
  }
  const answer = new PbfWriter()
  const type = (_: unknown, out: PbfWriter) => out.writeStringField(2, kind)
  answer.writeMessage(1, type, null)
  answer.writeBytesField(2, list.finish())
  answer.writeStringField(4, '')
  return new Uint8Array([0x6b, 0x38, 0x73, 0, ...answer.finish()])
}

const inChunks = (body: Uint8Array, sizes: readonly number[]) => {
  const decoder = createStreamDecoder(schema)
  let at = 0
  for (let turn = 0; at < body.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    decoder.take(body.subarray(at, at + size))
    at += size
  }
  return decoder
}

describe('the decoder of a list that comes in pieces', () => {
  it('reads what the whole would have been, however it is cut', async () => {
    const names = fc.array(fc.string({ minLength: 1, maxLength: 300 }), { maxLength: 30 })
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(names, sizes, async (all, cuts) => {
        const body = bodyOf(all)
        const whole = await decodeList(schema, { contentType, body }, createBreath())
        expect(inChunks(body, cuts).finish()).toEqual(whole)
        expect(whole.objects.map(({ metadata }) => metadata.name ?? '')).toEqual(all)
      }),
    )
  })

  it('carries an object over the end of its buffer, and one that is larger than that', () => {
    const names = ['a'.repeat(600_000), 'b'.repeat(600_000), 'c'.repeat(1_200_000), 'd']
    const read = inChunks(bodyOf(names), [65_536]).finish()
    expect(read.objects.map(({ metadata }) => metadata.name)).toEqual(names)
    expect(read.version).toBe('7')
  })

  it('takes nothing that ends early for a list', () => {
    const body = bodyOf(['one', 'two'])
    const end = body.length - 2
    for (let cut = 0; cut < end; cut += 1)
      expect(() => inChunks(body.subarray(0, cut), [7]).finish(), `cut at ${cut}`).toThrow(MalformedList)
    expect(inChunks(body.subarray(0, end), [7]).finish().objects).toHaveLength(2)
  })

  it('refuses another kind, a page of HTML, and lengths that lead out of the list', () => {
    const html = Buffer.from(`<html>${'please log in '.repeat(200)}</html>`)
    const overlong = bodyOf(['one'])
    overlong[overlong.lastIndexOf(0x12) + 1] = 0x70
    const damaged = bodyOf(['one', 'two']).map((byte, index, all) => (index > all.length - 8 ? 0xff : byte))
    for (const body of [bodyOf(['one'], 'NodeList'), html, overlong, damaged])
      expect(() => inChunks(body, [16]).finish()).toThrow(MalformedList)
  })
})
