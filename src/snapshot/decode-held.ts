import type { KubeObject } from '../domain/kubernetes.ts'
import { groupOf } from '../domain/object.ts'
import type { RawList, ResourceType } from '../ports.ts'
import { createBreath } from './breathe.ts'
import { type DecodedList, decodeJson, decodeList } from './decode-list.ts'
import { kindSchemas, schemaOf } from './schema/kinds.ts'
import { objectFromJson } from './schema/object.ts'
import { forgetTexts } from './schema/read-text.ts'
import { forgetShared } from './schema/shared.ts'

/**
 * Decodes what a watch keeps as a diagnosis decodes what it lists, so that both see the same objects. `list` throws where the
 * body is not a list of the kind; `object` is undefined where an event holds no object of the kind. Pure, but for time.
 */
export const decodeHeld = {
  list: async (type: ResourceType, raw: RawList): Promise<DecodedList> => {
    const schema = schemaOf(type.kind, type.group) === undefined ? undefined : kindSchemas.get(type.kind)
    const breathe = createBreath()
    const decoded =
      schema === undefined ? await decodeJson(raw, typeMeta(type), breathe) : await decodeList(schema, raw, breathe)
    forgetTexts()
    forgetShared()
    return decoded
  },
  object: (type: ResourceType, json: Record<string, unknown>): KubeObject | undefined => {
    const { kind, apiVersion, ...rest } = json
    // Of Secrets only the metadata is watched; it calls itself by its own kind.
    const right = kind === type.kind ? groupOf(String(apiVersion)) === type.group : kind === 'PartialObjectMetadata'
    return right ? objectFromJson({ ...rest, ...typeMeta(type) }) : undefined
  },
} as const

const typeMeta = ({ group, version, kind }: ResourceType): { readonly apiVersion: string; readonly kind: string } => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
})
