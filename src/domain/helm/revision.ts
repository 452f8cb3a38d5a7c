import { gunzipSync, gzipSync } from 'node:zlib'
import { at, listAt, numberAt, textAt } from '../at.ts'
import type { KubeObject } from '../kubernetes.ts'
import { type Refusal, refused } from '../refusal.ts'

/** A hook of a release: an object that Helm makes at some event, never part of the manifest. */
export type Hook = { readonly kind: string; readonly name: string; readonly events: readonly string[] }

/** One revision of a Helm release, as its record in the cluster says. `body` is all that the record holds. */
export type Revision = {
  readonly record: KubeObject
  readonly release: string
  readonly namespace: string
  readonly version: number
  /** Helm's words: `deployed`, `superseded`, `failed`, `pending-upgrade`, … */
  readonly status: string
  readonly description: string
  /** `web-1.2.3`, and the version of what it installs where the chart says it. */
  readonly chart: string
  readonly appVersion?: string
  /** When it was made, RFC 3339. */
  readonly at?: string
  readonly manifest: string
  readonly hooks: readonly Hook[]
  /** How Helm writes its objects: server-side apply, or patches that it computes itself (all of Helm 3). */
  readonly method: 'ssa' | 'csa'
  readonly body: Readonly<Record<string, unknown>>
}

/** The type of the Secrets in which Helm keeps its releases. */
export const recordType = 'helm.sh/release.v1'

/** How a release is named here: Helm has no object of its own for it, its records stand for it. */
export const releaseKind = { apiVersion: 'helm.sh/v3', kind: 'HelmRelease' } as const

/** Whether a reference names a Helm release, and not Flux's object of the same kind. */
export const isRelease = ({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean =>
  apiVersion === releaseKind.apiVersion && kind === releaseKind.kind

/** The name of a revision's record: `sh.helm.release.v1.web.v7`. */
export const recordName = (release: string, version: number): string => `sh.helm.release.v1.${release}.v${version}`

/** Whether a Secret of this name is a revision's record. */
export const isRecordName = (name: string): boolean =>
  /^sh\.helm\.release\.v1\.[a-z0-9](?:[-a-z0-9.]{0,51}[a-z0-9])?\.v[1-9]\d{0,8}$/.test(name)

/** More than this no record unpacks to, in bytes: a Secret holds 1 MiB of it packed. */
const largest = 32_000_000

/** The revision that a record holds; a refusal names the record and what is wrong with it. */
export const revisionOf = (record: KubeObject): Revision | Refusal => {
  const { name, namespace = '' } = record.metadata
  const bad = (why: string) => refused('record-invalid', `The release record ${namespace}/${name} ${why}.`)
  if (at(record, 'type') !== recordType || !isRecordName(name)) return bad('is none of Helm’s')
  const packed = textAt(record, 'data', 'release')
  if (packed === undefined) return bad('holds no release')
  const body = unpacked(packed)
  if (body === undefined) return bad('cannot be unpacked')
  const [release, version, status] = [textAt(body, 'name'), numberAt(body, 'version'), textAt(body, 'info', 'status')]
  if (release === undefined || version === undefined || status === undefined) return bad('does not say what it is of')
  if (name !== recordName(release, version) || (textAt(body, 'namespace') ?? namespace) !== namespace)
    return bad('is of another release than its name says')
  const appVersion = textAt(body, 'chart', 'metadata', 'appVersion')
  const time = textAt(body, 'info', 'last_deployed')
  return {
    record,
    release,
    namespace,
    version,
    status,
    description: textAt(body, 'info', 'description') ?? '',
    chart: `${textAt(body, 'chart', 'metadata', 'name') ?? '?'}-${textAt(body, 'chart', 'metadata', 'version') ?? '?'}`,
    ...(appVersion === undefined ? {} : { appVersion }),
    ...(time === undefined ? {} : { at: time }),
    manifest: textAt(body, 'manifest') ?? '',
    hooks: listAt(body, 'hooks').map(hookOf),
    method: textAt(body, 'apply_method') === 'ssa' ? 'ssa' : 'csa',
    body,
  }
}

const hookOf = (hook: unknown): Hook => ({
  kind: textAt(hook, 'kind') ?? '?',
  name: textAt(hook, 'name') ?? '?',
  events: listAt(hook, 'events').map(String),
})

const unpacked = (packed: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const bytes = Buffer.from(Buffer.from(packed, 'base64').toString('latin1'), 'base64')
    // Releases of the first Helm 3 were not compressed.
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes, { maxOutputLength: largest }) : bytes
    const body: unknown = JSON.parse(text.toString('utf8'))
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined
  } catch {
    return undefined
  }
}

/** What goes into a record's `data.release`. Equal bodies give equal text. */
export const packed = (body: Readonly<Record<string, unknown>>): string => {
  const zipped = gzipSync(JSON.stringify(body), { level: 9 })
  return Buffer.from(zipped.toString('base64'), 'latin1').toString('base64')
}

/** The revisions of one release, newest first; a refusal where one of its records cannot be read. */
export const revisionsOf = (records: readonly KubeObject[]): readonly Revision[] | Refusal => {
  const all: Revision[] = []
  for (const record of records) {
    const revision = revisionOf(record)
    if ('code' in revision) return revision
    all.push(revision)
  }
  return all.toSorted((a, b) => b.version - a.version)
}

/** The release as an object: what its newest record says of it, with that record's uid and resourceVersion. */
export const releaseObject = (newest: Revision): KubeObject => {
  const { uid, resourceVersion } = newest.record.metadata
  return {
    ...releaseKind,
    metadata: {
      name: newest.release,
      namespace: newest.namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: { revision: newest.version, chart: newest.chart, status: newest.status },
  } as KubeObject
}

/** Whether Helm is at work on a revision, or was stopped in the middle of it. */
export const isPending = ({ status }: Pick<Revision, 'status'>): boolean => status.startsWith('pending-')

/** Whether the annotations of an object say that it is of this release. */
export const isOf = (object: KubeObject, { release, namespace }: Pick<Revision, 'release' | 'namespace'>): boolean =>
  at(object, 'metadata', 'annotations', 'meta.helm.sh/release-name') === release &&
  at(object, 'metadata', 'annotations', 'meta.helm.sh/release-namespace') === namespace
