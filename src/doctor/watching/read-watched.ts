import type { KubeObject } from '../../domain/kubernetes.ts'
import type { ClusterReader, ResourceType } from '../../ports.ts'
import { decodeHeld } from '../../snapshot/decode-held.ts'
import { kindSchemas } from '../../snapshot/schema/kinds.ts'
import { watchedKinds } from '../../sources/watch.ts'

/** How often a kind that no watch keeps is listed, in ms. */
const listEvery = 55_000

/** One kind as it was read; `objects` undefined: it could not be read, or not again so soon, and nothing is known of it. */
export type ReadKind = { readonly kind: string; readonly objects: readonly KubeObject[] | undefined }

const protobuf = 'application/vnd.kubernetes.protobuf, application/json'

/** Reads the watched kinds of a cluster: out of memory where a watch keeps them, else by one list a minute. */
export const createWatchedReading = (kinds: readonly (typeof watchedKinds)[number][] = watchedKinds) => {
  const listedAt = new Map<string, number>()
  const readOne = async (reader: ClusterReader, type: ResourceType, now: number, signal: AbortSignal) => {
    const accept = kindSchemas.has(type.kind) ? protobuf : 'application/json'
    const held = reader.memory?.list(type, { accept })
    if (held?.kind === 'held') return held.objects
    if (held !== undefined) return undefined
    const key = `${reader.name} ${type.kind}`
    if (now - (listedAt.get(key) ?? 0) < listEvery) return undefined
    listedAt.set(key, now)
    const answer = await reader.list(type, { accept, signal })
    if (answer.kind !== 'ok') return undefined
    const { objects, more } = await decodeHeld.list(type, answer.value)
    return more ? undefined : objects
  }
  return async (reader: ClusterReader, now: number, signal: AbortSignal): Promise<readonly ReadKind[]> => {
    const types = await Promise.all(kinds.map((kind) => typeOf(reader, kind, signal)))
    return Promise.all(
      types.map(async (type, index) => {
        const kind = kinds[index] ?? ''
        const objects = type === undefined ? undefined : await readOne(reader, type, now, signal).catch(() => undefined)
        return { kind, objects }
      }),
    )
  }
}

/** How a kind is addressed: built in, or as the server serves it; undefined where it does not. */
const typeOf = async (reader: ClusterReader, kind: string, signal: AbortSignal): Promise<ResourceType | undefined> => {
  const schema = [...kindSchemas.values()].find((one) => one.kind === kind)
  if (schema !== undefined) {
    const { group, version, resource, namespaced } = schema
    return { group, version, resource, kind, namespaced }
  }
  const kept = reader.memory?.resources()
  const served = kept === undefined ? await reader.resources(signal) : ({ kind: 'ok', value: kept } as const)
  return served.kind === 'ok'
    ? served.value.find((one) => one.kind === kind && one.group === 'argoproj.io' && one.verbs.includes('list'))
    : undefined
}
