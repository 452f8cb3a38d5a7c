/** One DER element: tag, definite length, content. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

/** SEQUENCE of the given elements. */
export const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts)

/** SET of the given elements. */
export const set = (...parts: readonly Uint8Array[]): Buffer => der(0x31, ...parts)

/** Unsigned INTEGER from big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const trimmed = bytes.subarray(start)
  return (trimmed[0] ?? 0) >= 0x80 ? der(2, Buffer.from([0]), trimmed) : der(2, trimmed)
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const group = [arc & 0x7f]
    for (let left = arc >> 7; left > 0; left >>= 7) group.unshift((left & 0x7f) | 0x80)
    bytes.push(...group)
  }
  return der(6, Buffer.from(bytes))
}

/** BIT STRING without unused bits. */
export const bits = (bytes: Uint8Array, unused = 0): Buffer => der(3, Buffer.from([unused]), bytes)

/** OCTET STRING. */
export const octets = (bytes: Uint8Array): Buffer => der(4, bytes)

/** UTF8String. */
export const utf8 = (text: string): Buffer => der(12, Buffer.from(text, 'utf8'))

/** BOOLEAN TRUE. */
export const truth = der(1, Buffer.from([0xff]))

/** UTCTime until 2049, GeneralizedTime after it, as RFC 5280 asks. */
export function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]/g, '').slice(0, 14)
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(`${text.slice(2)}Z`)) : der(0x18, Buffer.from(`${text}Z`))
}

/** Context-specific element, constructed unless said otherwise. */
export const tagged = (number: number, content: Uint8Array, constructed = true): Buffer =>
  der(0x80 | (constructed ? 0x20 : 0) | number, content)
