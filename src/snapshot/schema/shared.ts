import type PbfReader from 'pbf'
import type { Shape } from './shape.ts'

const slots = 32_768
const longest = 8_192

/** What was read out of some bytes, and where those bytes are. */
type Known = {
  readonly shape: Shape<unknown>
  readonly bytes: DataView
  readonly start: number
  readonly length: number
  readonly value: unknown
}

let known: (Known | undefined)[] = new Array(slots).fill(undefined)

/**
 * A message that a cluster says again and again: the containers of a Deployment's pods, their tolerations, the object that
 * events are about. Equal bytes are decoded once and give the very same object, which nobody may change.
 */
export const shared = <T extends object>(shape: Shape<T>): Shape<T> => ({
  json: shape.json,
  wire: (pbf, before) => (before === undefined ? readShared(shape, pbf) : shape.wire(pbf, before)),
  wireType: shape.wireType,
})

/** Forgets what was read: messages, and the bytes they were read from, must not outlive the objects that hold them. */
export const forgetShared = (): void => {
  known = new Array(slots).fill(undefined)
}

const readShared = <T extends object>(shape: Shape<T>, pbf: PbfReader): T | undefined => {
  const before = pbf.pos
  const length = pbf.readVarint()
  const { buf, dataView: bytes, pos } = pbf
  pbf.pos = before
  if (length > longest || pos + length > buf.length) return shape.wire(pbf, undefined)
  const start = buf.byteOffset + pos
  const slot = slotOf(bytes, start, length)
  const candidate = known[slot]
  if (candidate !== undefined && candidate.shape === shape && candidate.length === length) {
    if (isSame(candidate, bytes, start)) {
      pbf.pos = pos + length
      return candidate.value as T
    }
  }
  const value = shape.wire(pbf, undefined)
  known[slot] = { shape, bytes, start, length, value }
  return value
}

const slotOf = (bytes: DataView, start: number, length: number): number => {
  let hash = length
  const whole = start + length - 3
  let at = start
  for (; at < whole; at += 4) {
    hash = Math.imul(hash ^ bytes.getInt32(at, true), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < start + length; at += 1) hash = Math.imul(hash ^ bytes.getUint8(at), 0x01000193)
  return (hash ^ (hash >>> 17)) & (slots - 1)
}

const isSame = (one: Known, bytes: DataView, start: number): boolean => {
  const { bytes: other, start: from, length } = one
  let at = 0
  for (; at < length - 3; at += 4)
    if (other.getInt32(from + at, true) !== bytes.getInt32(start + at, true)) return false
  for (; at < length; at += 1) if (other.getUint8(from + at) !== bytes.getUint8(start + at)) return false
  return true
}
