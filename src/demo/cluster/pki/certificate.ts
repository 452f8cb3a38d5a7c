import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { bits, integer, octets, oid, sequence, set, tagged, time, truth, utf8 } from './der.ts'

/** A certificate with the private key it was made for, both as PEM. */
export type Credential = { readonly certificatePem: string; readonly keyPem: string }

/** A certificate authority that signs server certificates until the process ends. */
export type Authority = Credential & {
  readonly issue: (subject: {
    commonName: string
    /** `O=` entries: what an API server reads as the groups of a client. */
    organizations?: readonly string[]
    dns?: readonly string[]
    ips?: readonly string[]
    notBefore?: Date
    notAfter?: Date
  }) => Credential
}

type Names = { dns: readonly string[]; ips: readonly string[] }

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const day = 86_400_000

/** A fresh ECDSA P-256 authority with its own key, so two of them never share a fingerprint. Valid from `now` for ten years. */
export function createAuthority(commonName: string, now: Date = new Date()): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const authorityKeyId = keyId(pair.publicKey)
  const certificatePem = build({
    subject: commonName,
    issuer: commonName,
    publicKey: pair.publicKey,
    signer: pair.privateKey,
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + 3650 * day),
    extensions: [
      extension('2.5.29.19', sequence(truth), true),
      extension('2.5.29.15', bits(Buffer.from([0x86]), 1), true),
      extension('2.5.29.14', octets(authorityKeyId)),
    ],
  })
  return {
    certificatePem,
    keyPem: pem('PRIVATE KEY', pair.privateKey.export({ type: 'pkcs8', format: 'der' })),
    issue: (subject) => {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
      return {
        certificatePem: build({
          subject: subject.commonName,
          organizations: subject.organizations ?? [],
          issuer: commonName,
          publicKey: leaf.publicKey,
          signer: pair.privateKey,
          notBefore: subject.notBefore ?? new Date(now.getTime() - day),
          notAfter: subject.notAfter ?? new Date(now.getTime() + 365 * day),
          extensions: leafExtensions(leaf.publicKey, authorityKeyId, {
            dns: subject.dns ?? [],
            ips: subject.ips ?? [],
          }),
        }),
        keyPem: pem('PRIVATE KEY', leaf.privateKey.export({ type: 'pkcs8', format: 'der' })),
      }
    },
  }
}

function leafExtensions(key: KeyObject, authorityKeyId: Buffer, names: Names): Buffer[] {
  const alternatives = [
    ...names.dns.map((name) => tagged(2, Buffer.from(name), false)),
    ...names.ips.map((ip) => tagged(7, Buffer.from(ip.split('.').map(Number)), false)),
  ]
  return [
    extension('2.5.29.15', bits(Buffer.from([0xa0]), 5), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))),
    extension('2.5.29.19', sequence(), true),
    extension('2.5.29.14', octets(keyId(key))),
    extension('2.5.29.35', sequence(tagged(0, authorityKeyId, false))),
    ...(alternatives.length === 0 ? [] : [extension('2.5.29.17', sequence(...alternatives))]),
  ]
}

type Body = {
  subject: string
  organizations?: readonly string[]
  issuer: string
  publicKey: KeyObject
  signer: KeyObject
  notBefore: Date
  notAfter: Date
  extensions: readonly Buffer[]
}

function build(body: Body): string {
  const serial = randomBytes(12)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const toSign = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serial),
    ecdsaWithSha256,
    name(body.issuer),
    sequence(time(body.notBefore), time(body.notAfter)),
    name(body.subject, body.organizations),
    body.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...body.extensions)),
  )
  return pem('CERTIFICATE', sequence(toSign, ecdsaWithSha256, bits(sign('sha256', toSign, body.signer))))
}

const name = (commonName: string, organizations: readonly string[] = []): Buffer =>
  sequence(
    ...organizations.map((organization) => set(sequence(oid('2.5.4.10'), utf8(organization)))),
    set(sequence(oid('2.5.4.3'), utf8(commonName))),
  )

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  critical ? sequence(oid(id), truth, octets(value)) : sequence(oid(id), octets(value))

const keyId = (key: KeyObject): Buffer =>
  createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest()

function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
