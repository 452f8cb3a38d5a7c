import { Buffer } from 'node:buffer'
import PbfReader from 'pbf'
import { type DecodedList, kindIn, listReader, MalformedList, magic } from './decode-list.ts'
import type { KindSchema } from './schema/kinds.ts'

/** Decodes a list while it comes: what has arrived is read before the rest is there. */
export type StreamDecoder = {
  /** Takes the next bytes of the answer's body. Never throws: what is wrong is said at the end. */
  readonly take: (chunk: Uint8Array) => void
  /** What was decoded. Throws MalformedList where that is no whole list of the kind. */
  readonly finish: () => DecodedList
}

const segmentSize = 1 << 20
/** Beyond this the beginning of a list is no beginning of one. */
const longestEnvelope = 1_000

/** A decoder of one protobuf list of a typed kind. Its slices are as long as what one read of the socket brings. */
export const createStreamDecoder = (schema: KindSchema): StreamDecoder => {
  let segment = Buffer.allocUnsafeSlow(segmentSize)
  let pbf = new PbfReader(segment)
  let [from, to] = [0, 0]
  let list: ReturnType<typeof listReader> | undefined
  /** Bytes of the list that are not read yet, once its envelope is. */
  let left = 0
  let fault: unknown

  const malformed = () => new MalformedList(`the answer is not a well-formed ${schema.kind}List`)

  const append = (chunk: Uint8Array): void => {
    if (to + chunk.length > segment.length) {
      const rest = segment.subarray(from, to)
      segment = Buffer.allocUnsafeSlow(Math.max(segmentSize, 2 * (rest.length + chunk.length)))
      segment.set(rest)
      pbf = new PbfReader(segment)
      ;[from, to] = [0, rest.length]
    }
    segment.set(chunk, to)
    to += chunk.length
  }

  const advance = (): void => {
    if (list === undefined) {
      const envelope = envelopeIn(segment.subarray(from, to))
      if (envelope === undefined) {
        if (to - from > longestEnvelope) throw malformed()
        return
      }
      list = listReader(schema, envelope.kind)
      left = envelope.length
      from += envelope.start
    }
    while (left > 0) {
      const size = fieldSize(segment, from, to)
      if (size !== undefined && size > left) throw malformed()
      if (size === undefined || from + size > to) return
      pbf.pos = from
      list.readField(pbf)
      if (pbf.pos !== from + size) throw malformed()
      from += size
      left -= size
    }
    // What stands behind the list says how it was encoded, which its type has said.
    from = to
  }

  return {
    take: (chunk) => {
      if (fault !== undefined) return
      try {
        append(chunk)
        advance()
      } catch (error) {
        fault = error
      }
    },
    finish: () => {
      if (fault !== undefined) throw fault
      if (list === undefined || left > 0) throw malformed()
      return list.read()
    },
  }
}

/** The varint at a place and where it ends; undefined where it is not all there. Lengths take five bytes at most. */
const varintAt = (bytes: Buffer, at: number, to: number): readonly [value: number, end: number] | undefined => {
  let value = 0
  for (let index = 0; index < 5 && at + index < to; index += 1) {
    const byte = bytes[at + index] ?? 0
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return [value, at + index + 1]
  }
  return undefined
}

/** How many bytes the field at a place takes; undefined where not enough of it is there to say. A list has fields of bytes only. */
const fieldSize = (bytes: Buffer, at: number, to: number): number | undefined => {
  const tag = varintAt(bytes, at, to)
  if (tag === undefined) return to - at >= 5 ? Number.POSITIVE_INFINITY : undefined
  if ((tag[0] & 7) !== 2) return Number.POSITIVE_INFINITY
  const length = varintAt(bytes, tag[1], to)
  if (length === undefined) return to - tag[1] >= 5 ? Number.POSITIVE_INFINITY : undefined
  return length[1] - at + length[0]
}

/** What stands before a list: its kind, where it starts and how long it is. Undefined where not all of that is there. */
const envelopeIn = (
  bytes: Buffer,
): { readonly kind: string; readonly start: number; readonly length: number } | undefined => {
  if (bytes.length < magic.length || !magic.every((byte, index) => bytes[index] === byte)) return undefined
  const type = fieldSize(bytes, magic.length, bytes.length)
  if (type === undefined || bytes[magic.length] !== 0x0a) return undefined
  const raw = magic.length + type
  const length = bytes[raw] === 0x12 ? varintAt(bytes, raw + 1, bytes.length) : undefined
  if (length === undefined) return undefined
  return { kind: kindIn(bytes.subarray(magic.length, raw)), start: length[1], length: length[0] }
}
