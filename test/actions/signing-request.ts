import { generateKeyPairSync, sign } from 'node:crypto'
import { bits, integer, octets, oid, sequence, set, tagged, utf8 } from '../../src/demo/cluster/pki/der.ts'

/** What a request is made for. */
export type Subject = {
  readonly commonName?: string
  readonly organizations?: readonly string[]
  readonly dns?: readonly string[]
  readonly ips?: readonly string[]
  readonly uris?: readonly string[]
}

/** A PKCS#10 request in PEM, signed by a key of its own. */
export const signingRequest = ({ commonName, organizations = [], dns = [], ips = [], uris = [] }: Subject): string => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const named = (id: string, text: string) => set(sequence(oid(id), utf8(text)))
  const names = [
    ...dns.map((name) => tagged(2, Buffer.from(name), false)),
    ...ips.map((ip) => tagged(7, Buffer.from(ip.split('.').map(Number)), false)),
    ...uris.map((uri) => tagged(6, Buffer.from(uri), false)),
  ]
  const extensions = sequence(sequence(oid('2.5.29.17'), octets(sequence(...names))))
  const asked = sequence(
    integer(Buffer.from([0])),
    sequence(
      ...organizations.map((text) => named('2.5.4.10', text)),
      ...(commonName === undefined ? [] : [named('2.5.4.3', commonName)]),
    ),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0, names.length === 0 ? Buffer.alloc(0) : sequence(oid('1.2.840.113549.1.9.14'), set(extensions))),
  )
  const signed = sequence(asked, sequence(oid('1.2.840.10045.4.3.2')), bits(sign('sha256', asked, privateKey)))
  const lines = signed.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`
}
