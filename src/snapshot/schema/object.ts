import type { KubeObject } from '../../domain/kubernetes.ts'
import { groupOf } from '../../domain/object.ts'
import { kindSchemas, schemaOf } from './kinds.ts'
import { metadata } from './meta.ts'
import { isRecord } from './shape.ts'

/**
 * One object out of parsed JSON or YAML: of a typed kind only the fields that its schema knows, of any other kind the whole
 * body. Undefined where it has no kind or no name; never throws.
 */
export const objectFromJson = (
  value: unknown,
  type: { readonly apiVersion?: string; readonly kind?: string } = {},
): KubeObject | undefined => {
  if (!isRecord(value)) return undefined
  const kind = typeof value['kind'] === 'string' && value['kind'] !== '' ? value['kind'] : type.kind
  if (kind === undefined) return undefined
  const apiVersion = typeof value['apiVersion'] === 'string' ? value['apiVersion'] : (type.apiVersion ?? '')
  const schema = schemaOf(kind, groupOf(apiVersion)) ?? (apiVersion === '' ? kindSchemas.get(kind) : undefined)
  const version =
    apiVersion !== '' || schema === undefined
      ? apiVersion
      : schema.group === ''
        ? schema.version
        : `${schema.group}/${schema.version}`
  const body = schema === undefined ? unknownBody(value) : schema.body.json(value)
  if (body === undefined) return undefined
  const object = { ...body, apiVersion: version, kind } as KubeObject
  if (typeof object.metadata?.name !== 'string' || object.metadata.name === '') return undefined
  return schema === undefined ? object : placed(object, schema.namespaced)
}

/** As kubectl does: what belongs into a namespace and names none is in `default`; what belongs into none has none. */
const placed = (object: KubeObject, namespaced: boolean): KubeObject => {
  const { namespace, ...metadata } = object.metadata
  if ((namespace !== undefined) === namespaced) return object
  return { ...object, metadata: namespaced ? { ...metadata, namespace: 'default' } : metadata }
}

const unknownBody = (value: Record<string, unknown>): object | undefined => {
  const own = metadata.json(value['metadata'])
  return own === undefined ? undefined : { ...value, metadata: own }
}
