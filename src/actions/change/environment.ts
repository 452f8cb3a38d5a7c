import { at, listAt, textAt } from '../../domain/at.ts'
import type { Container, KubeObject } from '../../domain/kubernetes.ts'
import { type Refusal, refused } from '../../domain/refusal.ts'
import type { Related } from '../action.ts'

/** What an environment variable is set to: a plain value, a key of a ConfigMap or Secret, or nothing. */
export type Setting =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string; readonly key: string }
  | { readonly kind: 'removed' }

type Key = { readonly name: string; readonly key: string }

/** The one thing that an input asks for. */
export const settingOf = (input: {
  readonly value?: string | undefined
  readonly configMap?: Key | undefined
  readonly secret?: Key | undefined
}): Setting => {
  if (input.value !== undefined) return { kind: 'value', value: input.value }
  if (input.configMap !== undefined) return { kind: 'ConfigMap', ...input.configMap }
  return input.secret === undefined ? { kind: 'removed' } : { kind: 'Secret', ...input.secret }
}

/** The entries of a container with this name and where they stand; `setting` is undefined for what comes from the pod itself. */
export const variablesOf = (
  container: Container,
  name: string,
): readonly { readonly index: number; readonly setting: Setting | undefined }[] =>
  (container.env ?? []).flatMap((entry, index) => (entry.name === name ? [{ index, setting: readSetting(entry) }] : []))

const readSetting = (entry: unknown): Setting | undefined => {
  for (const [field, kind] of [
    ['configMapKeyRef', 'ConfigMap'],
    ['secretKeyRef', 'Secret'],
  ] as const) {
    const [name, key] = [textAt(entry, 'valueFrom', field, 'name'), textAt(entry, 'valueFrom', field, 'key')]
    if (name !== undefined && key !== undefined) return { kind, name, key }
  }
  if (at(entry, 'valueFrom') !== undefined) return undefined
  const value = at(entry, 'value')
  return { kind: 'value', value: typeof value === 'string' ? value : '' }
}

/** The entry as the pod template holds it; undefined for what is removed. */
export const entryOf = (name: string, setting: Setting): object | undefined => {
  if (setting.kind === 'removed') return undefined
  if (setting.kind === 'value') return { name, value: setting.value }
  const { kind, ...from } = setting
  return { name, valueFrom: { [kind === 'Secret' ? 'secretKeyRef' : 'configMapKeyRef']: from } }
}

/**
 * Why a key is not known to be there; undefined when it is. Secrets are not read: a key of one is known only where a
 * container that was started refers to it, for the kubelet starts none whose key is missing.
 */
export const keySeen = (
  target: KubeObject,
  related: Related,
  setting: Extract<Setting, { kind: 'ConfigMap' | 'Secret' }>,
): Refusal | undefined => {
  const { kind, name, key } = setting
  const place = `in namespace ${target.metadata.namespace}`
  if (kind === 'ConfigMap') {
    const map = related.configMaps?.find((one) => one.metadata.name === name)
    if (map === undefined) return refused('config-map-unknown', `There is no ConfigMap ${name} ${place}.`)
    const keys = [...Object.keys(at(map, 'data') ?? {}), ...Object.keys(at(map, 'binaryData') ?? {})]
    return keys.includes(key)
      ? undefined
      : refused(
          'key-unknown',
          `ConfigMap ${name} has no key ${key} (it has ${keys.slice(0, 10).join(', ') || 'none'}).`,
        )
  }
  const seen = (related.namespacePods ?? []).some((pod) => usesSecret(pod, name, key))
  return seen
    ? undefined
    : refused(
        'key-not-seen',
        `Secrets are not read, and no container that runs ${place} uses key ${key} of Secret ${name}, so whether it exists is not known.`,
      )
}

const usesSecret = (pod: KubeObject, name: string, key: string): boolean =>
  listAt(pod, 'spec', 'containers').some((container) => {
    const uses = listAt(container, 'env').some((entry) => {
      const setting = readSetting(entry)
      const optional = at(entry, 'valueFrom', 'secretKeyRef', 'optional') === true
      return !optional && setting?.kind === 'Secret' && setting.name === name && setting.key === key
    })
    const status = listAt(pod, 'status', 'containerStatuses').find(
      (one) => textAt(one, 'name') === textAt(container, 'name'),
    )
    return uses && at(status, 'state', 'running') !== undefined
  })
