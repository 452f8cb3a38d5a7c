import { at, listAt, textAt, trueAt } from './at.ts'
import { deliveredBy } from './delivered-by.ts'
import type { KubeObject } from './kubernetes.ts'
import { groupOf, type ObjectRef } from './object.ts'
import { isRefusal, type Refusal, refused } from './refusal.ts'
import { writePath } from './write-path.ts'

/** What a person wants an object to be: what server-side apply is given. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

/** Larger than this, in characters of JSON, an object is nobody's to judge on a card. */
const maxSize = 64_000

/** Kinds that decide what others may do, or that everything else stands on: never written here, whatever the policy says. */
const never: Readonly<Record<string, string>> = {
  Secret: 'a Secret would pass through chat and stored plans; change it where your secrets are kept',
  Namespace: 'a namespace holds everything in it',
  ServiceAccount: 'it is an identity, and giving identities is not the doctor’s',
  Node: 'nodes are made by kubelets',
  PersistentVolume: 'it stands for storage outside the cluster',
}

const neverGroups: Readonly<Record<string, string>> = {
  'rbac.authorization.k8s.io': 'it decides what people and programs may do',
  'admissionregistration.k8s.io': 'it decides over every request to the cluster',
  'apiextensions.k8s.io': 'it defines kinds for the whole cluster',
  'apiregistration.k8s.io': 'it adds to the API itself',
  'authentication.k8s.io': 'it is about identities',
  'authorization.k8s.io': 'it is about rights',
  'certificates.k8s.io': 'it gives credentials',
}

/** Why an object of this kind is never written as a whole; undefined where it may be. */
export const neverWritten = (apiVersion: string, kind: string): string | undefined => {
  const group = groupOf(apiVersion)
  const own = (table: Readonly<Record<string, string>>, key: string) =>
    Object.hasOwn(table, key) ? table[key] : undefined
  return own(neverGroups, group) ?? (group === '' ? own(never, kind) : undefined)
}

const topFields = new Set(['apiVersion', 'kind', 'metadata', 'spec', 'data', 'binaryData', 'immutable'])
const metaFields = new Set(['name', 'namespace', 'labels', 'annotations'])

/**
 * A manifest that may be applied, with the object it names; or the first thing that is wrong with it: a kind that is never
 * written, a field that belongs to the server or to controllers, a pod with more rights than pods have, one that Git owns.
 */
export const checkedManifest = (value: unknown): { readonly manifest: Manifest; readonly ref: ObjectRef } | Refusal => {
  const [apiVersion, kind, name] = [
    textAt(value, 'apiVersion'),
    textAt(value, 'kind'),
    textAt(value, 'metadata', 'name'),
  ]
  if (apiVersion === undefined || kind === undefined || name === undefined)
    return refused('manifest-invalid', 'A manifest has an apiVersion, a kind and a metadata.name.')
  const why = neverWritten(apiVersion, kind)
  if (why !== undefined) return refused('kind-refused', `A ${kind} is never written here: ${why}.`)
  const namespace = textAt(value, 'metadata', 'namespace')
  const ref: ObjectRef = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }
  const path = writePath(ref)
  if (isRefusal(path)) return path
  const manifest = value as Manifest
  if (JSON.stringify(manifest).length > maxSize)
    return refused('manifest-too-large', `It is larger than ${maxSize / 1000} KB: nobody could judge it on a card.`)
  const field =
    Object.keys(manifest).find((key) => !topFields.has(key)) ??
    Object.keys(manifest.metadata)
      .filter((key) => !metaFields.has(key))
      .map((key) => `metadata.${key}`)[0]
  if (field !== undefined)
    return refused('field-refused', `${field} is not a person’s to set here: the server or a controller keeps it.`)
  const owner = deliveredBy(manifest)
  if (owner !== undefined)
    return refused('git-owned', `Its labels say that ${owner.name} delivers it from Git: change it there.`)
  // Whoever sets these takes the traffic of the whole cluster to those addresses (CVE-2020-8554).
  if (kind === 'Service' && listAt(manifest, 'spec', 'externalIPs').length > 0)
    return refused('external-ips', 'A Service with externalIPs could take traffic that is not its own.')
  return privileged(manifest) ?? { manifest, ref }
}

/** The pod of a manifest that makes pods: its own spec or the one of its template. */
export const podSpecOf = (object: KubeObject): unknown => {
  switch (object.kind) {
    case 'Pod':
      return object.spec
    case 'CronJob':
      return at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
    default:
      return at(object, 'spec', 'template', 'spec')
  }
}

/** Pods that could leave their container are not made from a chat. */
const privileged = (manifest: Manifest): Refusal | undefined => {
  const pod = podSpecOf(manifest)
  if (pod === undefined) return undefined
  const no = (what: string) => refused('privileged-pod', `Its pods would ${what}. Such pods are not made from a chat.`)
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) if (trueAt(pod, field)) return no(`have ${field}`)
  if (listAt(pod, 'volumes').some((volume) => at(volume, 'hostPath') !== undefined)) return no('mount the node’s files')
  for (const list of ['containers', 'initContainers', 'ephemeralContainers'])
    for (const container of listAt(pod, list)) {
      const context = at(container, 'securityContext')
      if (trueAt(context, 'privileged')) return no('be privileged')
      if (listAt(context, 'capabilities', 'add').length > 0) return no('have more capabilities')
      if (listAt(container, 'ports').some((port) => (at(port, 'hostPort') ?? 0) !== 0))
        return no('take a port of the node')
    }
  return undefined
}
