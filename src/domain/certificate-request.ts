/** What a PKCS#10 request (RFC 2986) asks to be called. Only what names it: keys and signatures are the API server's to check. */
export type CertificateRequest = {
  readonly commonName: string
  readonly organizations: readonly string[]
  /** Subject alternative names as people write them: `dns:a.b`, `ip:10.0.0.1`, `email:…`, `uri:…`. */
  readonly names: readonly string[]
}

type Node = { readonly tag: number; readonly value: Uint8Array }

const sequence = 0x30
const set = 0x31
const oid = { commonName: '550403', organization: '55040a', extensions: '2a864886f70d01090e', altName: '551d11' }

/** Reads a PEM request; undefined for anything that is not exactly one well-formed request. Never throws. */
export const parseCertificateRequest = (pem: string): CertificateRequest | undefined => {
  const found =
    /^\s*-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----\s*$/.exec(
      pem,
    )
  if (found === null || pem.length > 64 * 1024) return undefined
  try {
    const [request, more] = children(Buffer.from(found[1] ?? '', 'base64'))
    if (request === undefined || more !== undefined) return undefined
    const [version, subject, , attributes] = children(required(children(request.value)[0], sequence))
    if (version?.tag !== 2 || subject === undefined) return undefined
    const named = attributesOf(required(subject, sequence))
    const names = attributes === undefined ? [] : altNames(attributes.value)
    const commonNames = named.filter(([type]) => type === oid.commonName)
    if (commonNames.length > 1) return undefined
    return {
      commonName: commonNames[0]?.[1] ?? '',
      organizations: named.flatMap(([type, text]) => (type === oid.organization ? [text] : [])),
      names,
    }
  } catch {
    return undefined
  }
}

/** The elements of a DER value. Throws on lengths that are indefinite, too long or run over the end. */
const children = (bytes: Uint8Array): readonly Node[] => {
  const nodes: Node[] = []
  let here = 0
  while (here < bytes.length) {
    const tag = bytes[here] ?? 0
    let length = bytes[here + 1] ?? Number.NaN
    here += 2
    if (length > 0x80 && length <= 0x83) {
      const size = length - 0x80
      length = 0
      for (let n = 0; n < size; n += 1) length = length * 256 + (bytes[here + n] ?? Number.NaN)
      here += size
    } else if (!(length < 0x80)) throw new RangeError('a length that is not definite')
    if (!(here + length <= bytes.length)) throw new RangeError('a value that runs over the end')
    nodes.push({ tag, value: bytes.subarray(here, here + length) })
    here += length
  }
  return nodes
}

const required = (node: Node | undefined, tag: number): Uint8Array => {
  if (node?.tag !== tag) throw new RangeError('another element than was expected')
  return node.value
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** UTF8String, PrintableString, IA5String; other encodings could read as something else than they are. */
const textOf = (node: Node | undefined): string => {
  if (node === undefined || ![0x0c, 0x13, 0x16].includes(node.tag)) throw new RangeError('a name in another encoding')
  return new TextDecoder('utf-8', { fatal: true }).decode(node.value)
}

const attributesOf = (subject: Uint8Array): readonly (readonly [string, string])[] =>
  children(subject).flatMap((relative) =>
    children(required(relative, set)).map((pair) => {
      const [type, value] = children(required(pair, sequence))
      return [hex(required(type, 6)), textOf(value)] as const
    }),
  )

const altNames = (attributes: Uint8Array): readonly string[] =>
  children(attributes).flatMap((attribute) => {
    const [type, values] = children(required(attribute, sequence))
    if (hex(required(type, 6)) !== oid.extensions) return []
    return children(required(values, set)).flatMap((extensions) =>
      children(required(extensions, sequence)).flatMap((extension) => {
        const parts = children(required(extension, sequence))
        if (hex(required(parts[0], 6)) !== oid.altName) return []
        const [names] = children(required(parts.at(-1), 4))
        return children(required(names, sequence)).map(nameText)
      }),
    )
  })

const nameText = ({ tag, value }: Node): string => {
  const text = () => Buffer.from(value).toString('latin1')
  switch (tag) {
    case 0x81:
      return `email:${text()}`
    case 0x82:
      return `dns:${text()}`
    case 0x86:
      return `uri:${text()}`
    case 0x87:
      return `ip:${value.length === 4 ? value.join('.') : hex(value)}`
    default:
      return `other:${hex(value).slice(0, 40)}`
  }
}
