import type { Hands } from '../controllers/hands.ts'
import type { Container, KeyRef, Pod, Volume } from '../controllers/objects.ts'
import { type Fields, fieldsAt, type KubeObject } from '../types.ts'

/** A reference that cannot be resolved, in the kubelet's words. */
export class ConfigFault extends Error {}

type Data = Readonly<Record<string, string>>

function dataOf(object: KubeObject, kind: 'secret' | 'configmap'): Data {
  const data = fieldsAt(object, 'data') as Record<string, string>
  if (kind === 'configmap') return data
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  )
}

function read(
  hands: Hands,
  kind: 'secret' | 'configmap',
  namespace: string,
  name: string,
  optional: boolean | undefined,
): Data | undefined {
  const found = hands.get(`${kind}s`, namespace, name)
  if (found !== undefined) return dataOf(found, kind)
  if (optional === true) return undefined
  throw new ConfigFault(`${kind} "${name}" not found`)
}

function readKey(hands: Hands, kind: 'secret' | 'configmap', namespace: string, reference: KeyRef): string | undefined {
  const data = read(hands, kind, namespace, reference.name, reference.optional)
  const value = data?.[reference.key]
  if (value !== undefined || reference.optional === true) return value
  throw new ConfigFault(
    `couldn't find key ${reference.key} in ${kind === 'secret' ? 'Secret' : 'ConfigMap'} ${namespace}/${reference.name}`,
  )
}

/** A container's environment; throws ConfigFault for a Secret, ConfigMap or key that is not there and not optional. */
export function environmentOf(hands: Hands, pod: Pod, container: Container): ReadonlyMap<string, string> {
  const namespace = pod.metadata.namespace ?? ''
  const env = new Map<string, string>()
  for (const source of container.envFrom ?? []) {
    const data =
      source.configMapRef !== undefined
        ? read(hands, 'configmap', namespace, source.configMapRef.name, source.configMapRef.optional)
        : source.secretRef !== undefined
          ? read(hands, 'secret', namespace, source.secretRef.name, source.secretRef.optional)
          : undefined
    for (const [key, value] of Object.entries(data ?? {})) env.set(`${source.prefix ?? ''}${key}`, value)
  }
  for (const variable of container.env ?? []) {
    const from = variable.valueFrom
    const value =
      from?.secretKeyRef !== undefined
        ? readKey(hands, 'secret', namespace, from.secretKeyRef)
        : from?.configMapKeyRef !== undefined
          ? readKey(hands, 'configmap', namespace, from.configMapKeyRef)
          : from?.fieldRef !== undefined
            ? fieldPath(pod, from.fieldRef.fieldPath)
            : (variable.value ?? '')
    if (value !== undefined) env.set(variable.name, value)
  }
  return env
}

function fieldPath(pod: Pod, path: string): string {
  let value: unknown = pod
  for (const part of path.split('.')) value = (value as Fields | undefined)?.[part]
  return typeof value === 'string' ? value : ''
}

/** Why a volume cannot be mounted, in the kubelet's words. */
export type MountFault = { readonly volume: string; readonly message: string }

/** The first volume of a pod that cannot be mounted now. */
export function mountFault(hands: Hands, pod: Pod): MountFault | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    try {
      filesOfVolume(hands, pod, volume)
    } catch (error) {
      if (!(error instanceof ConfigFault)) throw error
      return { volume: volume.name, message: `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}` }
    }
  }
  return undefined
}

/** The files a container finds under its mounts, by absolute path. */
export function filesOf(hands: Hands, pod: Pod, container: Container): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  for (const mount of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((entry) => entry.name === mount.name)
    if (volume === undefined) continue
    for (const [name, text] of Object.entries(filesOfVolume(hands, pod, volume)))
      files.set(`${mount.mountPath}/${name}`, text)
  }
  return files
}

function filesOfVolume(hands: Hands, pod: Pod, volume: Volume): Data {
  const namespace = pod.metadata.namespace ?? ''
  if (volume.secret !== undefined)
    return select(
      read(hands, 'secret', namespace, volume.secret.secretName, volume.secret.optional),
      volume.secret.items,
    )
  if (volume.configMap !== undefined)
    return select(
      read(hands, 'configmap', namespace, volume.configMap.name, volume.configMap.optional),
      volume.configMap.items,
    )
  const files: Record<string, string> = {}
  for (const source of volume.projected?.sources ?? []) {
    if (source.secret !== undefined)
      Object.assign(files, read(hands, 'secret', namespace, source.secret.name, source.secret.optional))
    if (source.configMap !== undefined)
      Object.assign(files, read(hands, 'configmap', namespace, source.configMap.name, source.configMap.optional))
  }
  return files
}

function select(data: Data | undefined, items: readonly { key: string; path: string }[] | undefined): Data {
  if (data === undefined || items === undefined) return data ?? {}
  return Object.fromEntries(
    items.map(({ key, path }) => {
      const value = data[key]
      if (value === undefined) throw new ConfigFault(`references non-existent config key: ${key}`)
      return [path, value]
    }),
  )
}
