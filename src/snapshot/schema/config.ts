import { X509Certificate } from 'node:crypto'
import { recordType, revisionOf } from '../../domain/helm/revision.ts'
import type { ConfigMap, Labels, Secret, ServiceAccount } from '../../domain/kubernetes.ts'
import { redact, redactNamed } from '../../domain/redact.ts'
import { localName, metadata } from './meta.ts'
import { bool, f, isRecord, keysOnly, list, map, mapped, message, type Shape, text, textOrEmpty } from './shape.ts'

/** How much of one ConfigMap value is kept, in characters. */
const valueLimit = 8192

const values = mapped(
  map(textOrEmpty),
  (data): Labels =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, redactNamed(key, value.slice(0, valueLimit))])),
)

const configMapBody = message<
  Omit<ConfigMap, 'apiVersion' | 'kind' | 'keys'> & { readonly binary?: readonly string[] }
>({
  metadata: f(1, metadata),
  data: f(2, values),
  binary: f(3, keysOnly),
  immutable: f(4, bool),
})

/** A ConfigMap: values bounded and redacted; `keys` names the binary ones too. */
export const configMap: Shape<Omit<ConfigMap, 'apiVersion' | 'kind'>> = {
  json: (value) => {
    const read = configMapBody.json(value)
    const binary = isRecord(value) ? keysOnly.json(value['binaryData']) : undefined
    return read === undefined ? undefined : withKeys({ ...read, ...(binary === undefined ? {} : { binary }) })
  },
  wire: (pbf, before) => {
    const read = configMapBody.wire(pbf, before)
    return read === undefined ? undefined : withKeys(read)
  },
  wireType: 2,
}

const withKeys = (
  read: Omit<ConfigMap, 'apiVersion' | 'kind' | 'keys'> & { readonly binary?: readonly string[] },
): Omit<ConfigMap, 'apiVersion' | 'kind'> => {
  const { binary, ...rest } = read
  return { ...rest, keys: [...Object.keys(read.data ?? {}), ...(binary ?? [])].sort() }
}

/**
 * A Secret: its values are dropped here, at the door. Kept are the names of its keys, its type, of a TLS Secret when its
 * certificate ends, which is public, and of a failed Helm revision what Helm says of it. Off the wire only metadata is ever asked for, so that half reads no more than that.
 */
export const secret: Shape<Omit<Secret, 'apiVersion' | 'kind'>> = {
  json: (value) => {
    if (!isRecord(value)) return undefined
    const own = metadata.json(value['metadata'])
    if (own === undefined) return undefined
    const maps = [value['data'], value['stringData']].filter(isRecord)
    const type = text.json(value['type'])
    const keys = [...new Set(maps.flatMap((one) => Object.keys(one)))].sort()
    const certificate = certificateOf(value)
    const release = releaseOf(value, own)
    return {
      metadata: own,
      ...(type === undefined ? {} : { type }),
      ...(maps.length === 0 ? {} : { keys }),
      ...(certificate === undefined ? {} : { certificate }),
      ...(release === undefined ? {} : { release }),
    }
  },
  wire: (pbf, before) => message<{ metadata: Secret['metadata'] }>({ metadata: f(1, metadata) }).wire(pbf, before),
  wireType: 2,
}

/** Revisions that came through are not unpacked: they are many, large, and tell nothing new. */
const cameThrough = /^(?:deployed|superseded|uninstalled)$/

const releaseOf = (value: Record<string, unknown>, own: Secret['metadata']): Secret['release'] => {
  if (value['type'] !== recordType || cameThrough.test(own.labels?.['status'] ?? 'deployed')) return undefined
  const read = revisionOf({ ...value, apiVersion: 'v1', kind: 'Secret', metadata: own })
  return 'code' in read || read.description === ''
    ? undefined
    : { chart: read.chart.slice(0, 200), description: redact(read.description.slice(0, 600)) }
}

const certificateOf = (value: Record<string, unknown>): Secret['certificate'] => {
  const [data, plain] = [value['data'], value['stringData']]
  const encoded = isRecord(data) ? data['tls.crt'] : undefined
  const clear = isRecord(plain) ? plain['tls.crt'] : undefined
  const pem =
    typeof clear === 'string' ? clear : typeof encoded === 'string' ? Buffer.from(encoded, 'base64').toString() : ''
  return pem.length > 65_536 ? undefined : certificateIn(pem)
}

/** What the first certificate of a PEM text says about itself; undefined where there is none that parses. */
export const certificateIn = (pem: string): Secret['certificate'] => {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) return undefined
  try {
    const certificate = new X509Certificate(pem)
    const names = (certificate.subjectAltName ?? '').split(', ').flatMap((name) => name.match(/^DNS:(.+)$/)?.[1] ?? [])
    return {
      notBefore: certificate.validFromDate.toISOString(),
      notAfter: certificate.validToDate.toISOString(),
      subject: certificate.subject.replaceAll('\n', ', '),
      ...(names.length === 0 ? {} : { names }),
    }
  } catch {
    return undefined
  }
}

export const serviceAccount = message<Omit<ServiceAccount, 'apiVersion' | 'kind'>>({
  metadata: f(1, metadata),
  secrets: f(2, list(message<{ name?: string; optional?: boolean }>({ name: f(3, text), optional: f(0, bool) }))),
  imagePullSecrets: f(3, list(localName)),
  automountServiceAccountToken: f(4, bool),
})
