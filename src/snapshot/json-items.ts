const quote = 0x22
const backslash = 0x5c
const open = 0x7b
const close = 0x7d
const openList = 0x5b
const closeList = 0x5d

/** What a list says around its items. */
export type ListEnvelope = { readonly kind: unknown; readonly more: boolean; readonly version: string }

/**
 * Parses the items of a JSON list one by one out of the bytes, so that a list of 30 MB needs no pause of a second. Returns
 * what stands around them. Throws SyntaxError where the text is cut off or is no list.
 */
export function* jsonItems(body: Uint8Array): Generator<Record<string, unknown>, ListEnvelope> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const start = itemsStart(bytes)
  if (start === undefined) return envelopeOf(parse(bytes, 0, bytes.length))
  let at = start + 1
  for (;;) {
    at = skipTo(bytes, at)
    if (bytes[at] === closeList) break
    if (bytes[at] !== open) throw new SyntaxError('an item of the list is not an object')
    const end = objectEnd(bytes, at)
    const item = parse(bytes, at, end)
    if (typeof item === 'object' && item !== null) yield item as Record<string, unknown>
    at = end
  }
  const around = Buffer.concat([bytes.subarray(0, start + 1), bytes.subarray(at)])
  return envelopeOf(parse(around, 0, around.length))
}

const parse = (bytes: Buffer, from: number, to: number): unknown => JSON.parse(bytes.toString('utf8', from, to))

const envelopeOf = (value: unknown): ListEnvelope => {
  if (typeof value !== 'object' || value === null) throw new SyntaxError('not a list')
  const { kind, items, metadata } = value as {
    kind?: unknown
    items?: unknown
    metadata?: { continue?: unknown; resourceVersion?: unknown } | null
  }
  if (!Array.isArray(items)) throw new SyntaxError('the list has no items')
  const token = metadata?.continue
  const version = metadata?.resourceVersion
  return { kind, more: typeof token === 'string' && token !== '', version: typeof version === 'string' ? version : '' }
}

/** Where the array of the top-level key `items` begins; undefined where there is none. */
const itemsStart = (bytes: Buffer): number | undefined => {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      const end = stringEnd(bytes, at)
      if (depth === 1 && end - at === 7 && bytes.toString('latin1', at, end) === '"items"') {
        const value = skipTo(bytes, end, 0x3a)
        return bytes[value] === openList ? value : undefined
      }
      at = end - 1
    } else if (byte === open || byte === openList) depth++
    else if (byte === close || byte === closeList) depth--
  }
  return undefined
}

/** The next byte that is neither white space nor a separator. */
const skipTo = (bytes: Buffer, from: number, separator = 0x2c): number => {
  let at = from
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09 && byte !== separator) return at
    at++
  }
  throw new SyntaxError('the list is cut off')
}

const stringEnd = (bytes: Buffer, from: number): number => {
  let at = from + 1
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === backslash) at += 2
    else if (byte === quote) return at + 1
    else at++
  }
  throw new SyntaxError('the list is cut off')
}

const objectEnd = (bytes: Buffer, from: number): number => {
  let depth = 0
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) at = stringEnd(bytes, at) - 1
    else if (byte === open) depth++
    else if (byte === close) {
      depth--
      if (depth === 0) return at + 1
    }
  }
  throw new SyntaxError('the list is cut off')
}
