import { parseAllDocuments } from 'yaml'
import { at, textAt } from '../at.ts'
import type { Manifest } from '../manifest.ts'
import { groupOf, type ObjectRef, refKey } from '../object.ts'
import { type Refusal, refused } from '../refusal.ts'
import type { Revision } from './revision.ts'

/** One object of a release as its manifest has it, with the labels and annotations that Helm adds when it writes it. */
export type ReleaseObject = { readonly ref: ObjectRef; readonly manifest: Manifest; readonly kept: boolean }

/** Groups whose objects have no namespace, and kinds of other groups that have none. */
const clusterGroups = new Set([
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'scheduling.k8s.io',
  'node.k8s.io',
  'storage.k8s.io',
])
const clusterKinds = new Set([
  'Namespace',
  'Node',
  'PersistentVolume',
  'ClusterRole',
  'ClusterRoleBinding',
  'IngressClass',
  'GatewayClass',
  'ClusterIssuer',
  'PodSecurityPolicy',
])

/**
 * The objects of a revision, in the order in which Helm makes them. Its YAML is read as Helm reads it (`0644` is octal, `yes` is
 * true). A refusal where it is not sound, or names one object twice.
 */
export const objectsOf = (revision: Revision): readonly ReleaseObject[] | Refusal => {
  const bad = (why: string) =>
    refused('manifest-invalid', `The manifest of revision ${revision.version} of ${revision.release} ${why}.`)
  const documents = parseAllDocuments(revision.manifest, {
    schema: 'yaml-1.1',
    uniqueKeys: true,
    // Helm knows neither times of day nor dates as values: `12:30` and `2026-01-01` are texts.
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTime(tag)),
  })
  const objects: ReleaseObject[] = []
  for (const document of Array.isArray(documents) ? documents : []) {
    if (document.errors.length > 0) return bad(`is not sound YAML: ${document.errors[0]?.message.split('\n')[0] ?? ''}`)
    const value: unknown = document.toJS({ maxAliasCount: 100 })
    if (value === null || value === undefined) continue
    const items = at(value, 'items')
    for (const item of Array.isArray(items) && textAt(value, 'kind')?.endsWith('List') ? items : [value]) {
      const object = objectOf(item, revision)
      if (object === undefined) return bad('holds something that is no object')
      objects.push(object)
    }
  }
  const keys = objects.map(({ ref }) => refKey(ref))
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  return twice === undefined ? objects : bad(`names ${twice} twice`)
}

const isTime = (tag: { readonly tag: string; readonly format?: string }): boolean =>
  tag.format === 'TIME' || tag.tag === 'tag:yaml.org,2002:timestamp'

const objectOf = (value: unknown, revision: Revision): ReleaseObject | undefined => {
  const [apiVersion, kind, name] = [
    textAt(value, 'apiVersion'),
    textAt(value, 'kind'),
    textAt(value, 'metadata', 'name'),
  ]
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined
  const scoped = clusterGroups.has(groupOf(apiVersion)) || clusterKinds.has(kind)
  const namespace = scoped ? undefined : (textAt(value, 'metadata', 'namespace') ?? revision.namespace)
  const metadata = at(value, 'metadata') as Manifest['metadata']
  const place = { name, ...(namespace === undefined ? {} : { namespace }) }
  return {
    ref: { apiVersion, kind, ...place },
    kept: textAt(metadata, 'annotations', 'helm.sh/resource-policy')?.trim() === 'keep',
    manifest: withoutNulls({
      ...(value as Manifest),
      metadata: {
        ...metadata,
        ...place,
        labels: { ...metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' },
        annotations: {
          ...metadata.annotations,
          'meta.helm.sh/release-name': revision.release,
          'meta.helm.sh/release-namespace': revision.namespace,
        },
      },
    }) as Manifest,
  }
}

/** A null in a manifest means that the field is not set. */
const withoutNulls = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutNulls)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value).flatMap(([key, item]) =>
            item === null || item === undefined ? [] : [[key, withoutNulls(item)]],
          ),
        )
      : value
