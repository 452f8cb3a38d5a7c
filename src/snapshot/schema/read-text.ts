import { Buffer } from 'node:buffer'
import type PbfReader from 'pbf'

const slots = 16_384
const longest = 64
let known: (string | undefined)[] = new Array(slots).fill(undefined)

/**
 * Reads a string field. Short ones that were read before come out as the very same string: a cluster says the same labels,
 * names and images ten thousand times, and making each anew would cost most of the time and memory of a list.
 */
export const readText = (pbf: PbfReader): string => {
  const length = pbf.readVarint()
  const start = pbf.pos
  const end = start + length
  const { buf } = pbf
  let hash = length
  let bits = 0
  if (length <= longest && end <= buf.length) {
    for (let at = start; at < end; at++) {
      const byte = buf[at] as number
      hash = Math.imul(hash ^ byte, 0x01000193)
      bits |= byte
    }
  } else bits = 0x80
  pbf.pos = end
  // Long texts and those beyond ASCII are seldom said twice: the decoder knows what is well-formed.
  if (bits >= 0x80) return asBuffer(buf).toString('utf8', start, end)
  const slot = (hash ^ (hash >>> 15)) & (slots - 1)
  const candidate = known[slot]
  if (candidate !== undefined && candidate.length === length && isAt(candidate, buf, start)) return candidate
  const text = asBuffer(buf).toString('latin1', start, end)
  known[slot] = text
  return text
}

/** Reads a string field that is not worth remembering. */
export const readOwnText = (pbf: PbfReader): string => {
  const length = pbf.readVarint()
  const start = pbf.pos
  pbf.pos = start + length
  return asBuffer(pbf.buf).toString('utf8', start, pbf.pos)
}

/** Forgets what was read: texts must not outlive the objects that hold them. */
export const forgetTexts = (): void => {
  known = new Array(slots).fill(undefined)
}

const isAt = (text: string, buf: Uint8Array, start: number): boolean => {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) !== buf[start + index]) return false
  return true
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
