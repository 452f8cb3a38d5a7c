import { parseAllDocuments } from 'yaml'
import { isMap } from '../field-path.ts'

/** One object as a renderer gives it: plain data. */
export type Manifest = Readonly<Record<string, unknown>>

/** What cannot be rendered here, and why: a sentence for people. Thrown inside renderers, a refusal outside of them. */
export class Unrendered extends Error {}

/** The objects of a text with YAML documents; lists are taken apart. Throws Unrendered where it is not sound YAML. */
export const manifestsOf = (text: string, path: string): readonly Manifest[] =>
  documentsOf(text, path).flatMap((value) => {
    if (!isMap(value)) return []
    const { items } = value
    return Array.isArray(items) && String(value['kind']).endsWith('List') ? items.filter(isMap) : [value]
  })

/** All YAML documents of a text as plain data. Aliases are followed, up to a bound. */
export const documentsOf = (text: string, path: string): readonly unknown[] => {
  const all = parseAllDocuments(text, { uniqueKeys: true })
  const documents = Array.isArray(all) ? all : []
  return documents.map((document) => {
    if (document.errors.length > 0)
      throw new Unrendered(`${path} is not sound YAML: ${document.errors[0]?.message.split('\n')[0] ?? ''}`)
    return document.toJS({ maxAliasCount: 100 }) as unknown
  })
}

/** The metadata of an object; empty where it has none. */
export const metaOf = (object: Manifest): Record<string, unknown> =>
  isMap(object['metadata']) ? object['metadata'] : {}

/** `apps/Deployment/payments/checkout`: what makes an object the same in two renderings. */
export const identityOf = (object: Manifest): string => {
  const version = String(object['apiVersion'] ?? '')
  const slash = version.indexOf('/')
  const { name, namespace } = metaOf(object)
  return `${slash < 0 ? '' : version.slice(0, slash)}/${String(object['kind'])}/${String(namespace ?? '')}/${String(name)}`
}

const clusterScoped = new Set([
  'Namespace',
  'Node',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PersistentVolume',
  'StorageClass',
  'PriorityClass',
  'IngressClass',
  'RuntimeClass',
  'VolumeSnapshotClass',
  'APIService',
  'ValidatingWebhookConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'CSIDriver',
  'ClusterIssuer',
  'GatewayClass',
])

/** Whether objects of a kind live in a namespace. Kinds that nobody knows do. */
export const namespaced = (kind: unknown): boolean => !clusterScoped.has(String(kind))
