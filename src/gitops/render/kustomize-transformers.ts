import { isMap } from '../field-path.ts'
import { type Built, type Kustomization, maps } from './kustomization.ts'
import { type Manifest, metaOf, namespaced, Unrendered } from './manifest.ts'

/** The transformers of a kustomization in kustomize's order: namespace, names, labels, annotations, replicas, images. */
export const transformed = ({ spec }: Kustomization, built: readonly Built[]): readonly Built[] => {
  const { namespace, namePrefix = '', nameSuffix = '' } = spec
  let all = built
  if (typeof namespace === 'string' && namespace !== '') all = each(all, (object) => inNamespace(object, namespace))
  if (namePrefix !== '' || nameSuffix !== '') all = renamed(all, String(namePrefix), String(nameSuffix))
  for (const { pairs, selectors, templates } of labelSets(spec))
    all = each(all, (object) => labelled(object, pairs, selectors, templates))
  const annotations = spec['commonAnnotations']
  if (isMap(annotations)) all = each(all, (object) => annotated(object, annotations))
  for (const { name, count } of maps(spec['replicas'], 'replicas'))
    all = all.map((one) => (isNamed(one, name) ? { ...one, object: withReplicas(one.object, count) } : one))
  for (const image of maps(spec['images'], 'images')) all = each(all, (object) => withImage(object, image))
  return all
}

const each = (built: readonly Built[], change: (object: Manifest) => Manifest): readonly Built[] =>
  built.map((one) => ({ ...one, object: change(one.object) }))

const withMeta = (object: Manifest, more: Readonly<Record<string, unknown>>): Manifest => ({
  ...object,
  metadata: { ...metaOf(object), ...more },
})

const inNamespace = (object: Manifest, namespace: string): Manifest => {
  if (object['kind'] === 'Namespace') return withMeta(object, { name: namespace })
  const moved = namespaced(object['kind']) ? withMeta(object, { namespace }) : object
  const { subjects } = moved
  if (!/RoleBinding$/.test(String(object['kind'])) || !Array.isArray(subjects)) return moved
  return {
    ...moved,
    subjects: subjects.map((subject) =>
      isMap(subject) && subject['kind'] === 'ServiceAccount' && subject['name'] === 'default'
        ? { ...subject, namespace }
        : subject,
    ),
  }
}

/** CustomResourceDefinitions, Namespaces and APIServices are known by their names, so they keep them. */
const keepsName = new Set(['CustomResourceDefinition', 'Namespace', 'APIService'])

const renamed = (built: readonly Built[], prefix: string, suffix: string): readonly Built[] => {
  const names = new Map<string, string>()
  for (const { object } of built)
    if (!keepsName.has(String(object['kind'])))
      names.set(
        `${String(object['kind'])}/${String(metaOf(object)['name'])}`,
        `${prefix}${String(metaOf(object)['name'])}${suffix}`,
      )
  return each(built, (object) => {
    const to = names.get(`${String(object['kind'])}/${String(metaOf(object)['name'])}`)
    return withReferences(to === undefined ? object : withMeta(object, { name: to }), names)
  })
}

/** The fields by which pods and others name what they use, followed to the new names. */
const references: Readonly<Record<string, { readonly kind: string; readonly field: string }>> = {
  configMapRef: { kind: 'ConfigMap', field: 'name' },
  configMapKeyRef: { kind: 'ConfigMap', field: 'name' },
  configMap: { kind: 'ConfigMap', field: 'name' },
  secretRef: { kind: 'Secret', field: 'name' },
  secretKeyRef: { kind: 'Secret', field: 'name' },
  secret: { kind: 'Secret', field: 'secretName' },
  persistentVolumeClaim: { kind: 'PersistentVolumeClaim', field: 'claimName' },
  service: { kind: 'Service', field: 'name' },
}

const direct: Readonly<Record<string, string>> = {
  serviceAccountName: 'ServiceAccount',
  serviceAccount: 'ServiceAccount',
  serviceName: 'Service',
}

/** An object with the names that it refers to replaced, `Kind/old name` to the new one. */
export const withReferences = (object: Manifest, names: ReadonlyMap<string, string>): Manifest =>
  names.size === 0 ? object : (follow(object, names) as Manifest)

const follow = (value: unknown, names: ReadonlyMap<string, string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => follow(item, names))
  if (!isMap(value)) return value
  const result: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    const kind = direct[key]
    const reference = references[key]
    result[key] = follow(item, names)
    if (kind !== undefined && typeof item === 'string') result[key] = names.get(`${kind}/${item}`) ?? item
    else if (key === 'scaleTargetRef' && isMap(item))
      result[key] = { ...item, name: names.get(`${String(item['kind'])}/${String(item['name'])}`) ?? item['name'] }
    else if (reference !== undefined && isMap(item) && typeof item[reference.field] === 'string') {
      const to = names.get(`${reference.kind}/${String(item[reference.field])}`)
      if (to !== undefined) result[key] = { ...(result[key] as Record<string, unknown>), [reference.field]: to }
    } else if (key === 'sources' && Array.isArray(item)) result[key] = item.map((one) => projected(one, names))
  }
  return result
}

/** The sources of a projected volume name a Secret by `name`, not by `secretName`. */
const projected = (source: unknown, names: ReadonlyMap<string, string>): unknown => {
  const followed = follow(source, names)
  if (!isMap(followed) || !isMap(followed['secret'])) return followed
  const to = names.get(`Secret/${String(followed['secret']['name'])}`)
  return to === undefined ? followed : { ...followed, secret: { ...followed['secret'], name: to } }
}

type LabelSet = { readonly pairs: Record<string, unknown>; readonly selectors: boolean; readonly templates: boolean }

const labelSets = (spec: Readonly<Record<string, unknown>>): readonly LabelSet[] => [
  ...maps(spec['labels'], 'labels').map(({ pairs, includeSelectors, includeTemplates, fields }) => {
    if (fields !== undefined) throw new Unrendered('labels name fields of their own')
    const selectors = includeSelectors === true
    return { pairs: isMap(pairs) ? pairs : {}, selectors, templates: selectors || includeTemplates === true }
  }),
  ...(isMap(spec['commonLabels']) ? [{ pairs: spec['commonLabels'], selectors: true, templates: true }] : []),
]

const labelled = (
  object: Manifest,
  pairs: Record<string, unknown>,
  selectors: boolean,
  templates: boolean,
): Manifest => {
  const { labels } = metaOf(object)
  let result: Manifest = withMeta(object, { labels: { ...(isMap(labels) ? labels : {}), ...pairs } })
  const { spec } = result
  if (!isMap(spec)) return result
  const { template, selector } = spec
  if (templates && isMap(template))
    result = { ...result, spec: { ...spec, template: labelled(template, pairs, false, false) } }
  if (selectors && isMap(result['spec'])) {
    const inner = result['spec']
    if (object['kind'] === 'Service' && isMap(selector))
      result = { ...result, spec: { ...inner, selector: { ...selector, ...pairs } } }
    else if (isMap(selector) && isMap(template))
      result = {
        ...result,
        spec: {
          ...inner,
          selector: {
            ...selector,
            matchLabels: { ...(isMap(selector['matchLabels']) ? selector['matchLabels'] : {}), ...pairs },
          },
        },
      }
  }
  return result
}

const annotated = (object: Manifest, pairs: Record<string, unknown>): Manifest => {
  const { annotations } = metaOf(object)
  const result = withMeta(object, { annotations: { ...(isMap(annotations) ? annotations : {}), ...pairs } })
  const { spec } = result
  return isMap(spec) && isMap(spec['template'])
    ? { ...result, spec: { ...spec, template: annotated(spec['template'], pairs) } }
    : result
}

const isNamed = ({ object, original }: Built, name: unknown): boolean =>
  ['Deployment', 'StatefulSet', 'ReplicaSet', 'ReplicationController'].includes(String(object['kind'])) &&
  (metaOf(object)['name'] === name || original === name)

const withReplicas = (object: Manifest, count: unknown): Manifest => ({
  ...object,
  spec: { ...(isMap(object['spec']) ? object['spec'] : {}), replicas: count },
})

/** An image entry applied to all containers of an object: `newName`, `newTag`, `digest`. */
const withImage = (value: Manifest, entry: Readonly<Record<string, unknown>>): Manifest =>
  images(value, (image) => {
    const { name, rest } = imageParts(image)
    if (name !== entry['name']) return image
    const { newName, newTag, digest, tagSuffix } = entry
    if (tagSuffix !== undefined) throw new Unrendered('images use tagSuffix')
    const base = typeof newName === 'string' && newName !== '' ? newName : name
    if (digest !== undefined && digest !== '') return `${base}@${String(digest)}`
    return newTag !== undefined && newTag !== '' ? `${base}:${String(newTag)}` : `${base}${rest}`
  }) as Manifest

const imageParts = (image: string): { readonly name: string; readonly rest: string } => {
  const at = image.indexOf('@')
  const bare = at < 0 ? image : image.slice(0, at)
  const colon = bare.lastIndexOf(':')
  const tagged = colon > bare.lastIndexOf('/')
  const name = tagged ? bare.slice(0, colon) : bare
  return { name, rest: image.slice(name.length) }
}

const images = (value: unknown, change: (image: string) => string, field = ''): unknown => {
  if (Array.isArray(value))
    return value.map((item) =>
      isMap(item) && /ontainers$/.test(field) ? container(item, change) : images(item, change),
    )
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, images(item, change, key)]))
}

const container = (item: Record<string, unknown>, change: (image: string) => string): Record<string, unknown> =>
  typeof item['image'] === 'string' ? { ...item, image: change(item['image']) } : item
