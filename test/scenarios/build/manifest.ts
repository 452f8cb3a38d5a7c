import { createHash } from 'node:crypto'

/** A manifest as plain data, in the shape that `kubectl get -o yaml` prints. */
export type Doc = { readonly [key: string]: unknown }
export type Extra = Readonly<Record<string, unknown>>
export type Labels = Readonly<Record<string, string>>

/** The moment at which every built case was taken. */
export const now = '2026-11-20T10:00:00Z'

/** So many minutes before the case was taken, RFC 3339. */
export const ago = (minutes: number): string =>
  new Date(Date.parse(now) - minutes * 60_000).toISOString().replace('.000Z', 'Z')

export const days = (count: number): number => count * 24 * 60

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A uid that depends only on what it names, so that cases are written the same each time. */
export const uid = (...parts: readonly string[]): string => {
  const hex = digest(parts.join('/'))
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A name suffix as controllers make them, equal for equal parts. */
export const suffix = (length: number, ...parts: readonly string[]): string =>
  [...digest(parts.join('/'))]
    .slice(0, length)
    .map((c) => 'bcdfghjklmnpqrst'[Number.parseInt(c, 16)])
    .join('')

/** Metadata with uid and creation time; `extra` overrides. */
export const meta = (kind: string, namespace: string | undefined, name: string, extra: Extra = {}): Doc => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: uid(kind, namespace ?? '', name),
  creationTimestamp: ago(days(6)),
  resourceVersion: String(100_000 + (Number.parseInt(digest(kind + namespace + name).slice(0, 4), 16) % 90_000)),
  ...extra,
})

/** Any object: `obj('v1', 'ConfigMap', 'shop', 'settings', { data: {} })`. */
export const obj = (
  apiVersion: string,
  kind: string,
  namespace: string | undefined,
  name: string,
  body: Extra = {},
  metadata: Extra = {},
): Doc => ({ apiVersion, kind, metadata: meta(kind, namespace, name, metadata), ...body })

export const snapshotInfo = (extra: Extra = {}): Doc => ({
  apiVersion: 'clusterdoctor.dev/v1alpha1',
  kind: 'SnapshotInfo',
  cluster: 'prod-eu1',
  kubernetesVersion: 'v1.31.4',
  now,
  ...extra,
})

export const condition = (type: string, status: string, extra: Extra = {}): Doc => ({
  type,
  status,
  lastTransitionTime: ago(days(6)),
  ...extra,
})

export const namespace = (name: string, labels: Labels = {}, extra: Extra = {}): Doc =>
  obj(
    'v1',
    'Namespace',
    undefined,
    name,
    { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' }, ...extra },
    {
      labels: { 'kubernetes.io/metadata.name': name, ...labels },
    },
  )

/** The controller's owner reference to put on what it owns. */
export const ownerRef = (owner: Doc): Doc => {
  const metadata = owner['metadata'] as Doc
  return {
    apiVersion: owner['apiVersion'],
    kind: owner['kind'],
    name: metadata['name'],
    uid: metadata['uid'],
    controller: true,
    blockOwnerDeletion: true,
  }
}
