import PbfReader from 'pbf'
import type { KubeObject } from '../domain/kubernetes.ts'
import type { RawList } from '../ports.ts'
import type { Breath } from './breathe.ts'
import { jsonItems } from './json-items.ts'
import type { KindSchema } from './schema/kinds.ts'
import { metadata } from './schema/meta.ts'
import { objectFromJson } from './schema/object.ts'
import { f, message, type Shape } from './schema/shape.ts'

/** A list that is not what was asked for: another kind, HTML, cut off. Never read as an empty list. */
export class MalformedList extends Error {
  constructor(what: string, options?: ErrorOptions) {
    super(what, options)
    this.name = 'MalformedList'
  }
}

/** A list as decoded: its objects, whether the server held back more of them, and its own version ('' where it says none). */
export type DecodedList = { readonly objects: readonly KubeObject[]; readonly more: boolean; readonly version: string }

const metadataOnly = message<{ metadata: KubeObject['metadata'] }>({ metadata: f(1, metadata) })

/**
 * Decodes a list of one typed kind, protobuf or JSON as its content type says, giving the event loop a turn between slices.
 * Throws MalformedList unless kind and items are what a list of that kind has.
 */
export const decodeList = async (schema: KindSchema, raw: RawList, breathe: Breath): Promise<DecodedList> => {
  if (isProtobuf(raw.contentType)) return decodeProtobuf(schema, raw.body, breathe)
  return decodeJson(raw, { apiVersion: apiVersionOf(schema), kind: schema.kind }, breathe)
}

/** Whether a content type is that of Kubernetes' protobuf. */
export const isProtobuf = (contentType: string): boolean =>
  contentType.startsWith('application/vnd.kubernetes.protobuf')

const apiVersionOf = ({ group, version }: KindSchema): string => (group === '' ? version : `${group}/${version}`)

type Type = { readonly apiVersion: string; readonly kind: string }

/** Decodes a JSON list of any kind. Throws MalformedList as `decodeList` does. */
export const decodeJson = async (raw: RawList, type: Type, breathe: Breath): Promise<DecodedList> => {
  if (!/^application\/json\b/.test(raw.contentType)) {
    throw new MalformedList(`the answer is ${raw.contentType.slice(0, 60) || 'of no type'}, not a ${type.kind}List`)
  }
  const objects: KubeObject[] = []
  const reading = jsonItems(raw.body)
  for (;;) {
    const step = nextItem(reading, type.kind)
    if (step.done === true) {
      const { kind } = step.value
      if (kind !== `${type.kind}List` && kind !== 'PartialObjectMetadataList' && kind !== 'List') {
        throw new MalformedList(`the answer is a ${String(kind).slice(0, 60)}, not a ${type.kind}List`)
      }
      return { objects, more: step.value.more, version: step.value.version }
    }
    // Metadata-only items call themselves PartialObjectMetadata; they are what was asked for.
    const { kind: _, apiVersion: __, ...rest } = step.value
    const object = objectFromJson({ ...rest, ...type })
    if (object !== undefined) objects.push(object)
    await breathe()
  }
}

const nextItem = (reading: ReturnType<typeof jsonItems>, kind: string) => {
  try {
    return reading.next()
  } catch (error) {
    throw new MalformedList(`the answer is not a well-formed ${kind}List`, { cause: error })
  }
}

/** The bytes with which every protobuf answer begins: `k8s` and a zero. */
export const magic = [0x6b, 0x38, 0x73, 0x00]

type Envelope = { kind: string; raw: Uint8Array | undefined }
type ListState = { readonly objects: KubeObject[]; more: boolean; version: string }

const readTypeMeta = (tag: number, out: Envelope, pbf: PbfReader): void => {
  if (tag === 2) out.kind = pbf.readString()
}

const readUnknown = (tag: number, out: Envelope, pbf: PbfReader): void => {
  if (tag === 1) pbf.readFields(readTypeMeta, out, pbf.readVarint() + pbf.pos)
  else if (tag === 2) out.raw = pbf.readBytes()
}

const readListMeta = (tag: number, out: ListState, pbf: PbfReader): void => {
  if (tag === 2) out.version = pbf.readString()
  else if (tag === 3) out.more = pbf.readString() !== ''
}

const decodeProtobuf = async (schema: KindSchema, body: Uint8Array, breathe: Breath): Promise<DecodedList> => {
  const malformed = (cause?: unknown) =>
    new MalformedList(`the answer is not a well-formed ${schema.kind}List`, { cause })
  if (!magic.every((byte, index) => body[index] === byte)) throw malformed()
  const envelope = unwrap(body, malformed)
  const list = listReader(schema, envelope.kind)
  const pbf = new PbfReader(envelope.raw ?? new Uint8Array())
  while (pbf.pos < pbf.length) {
    list.readField(pbf)
    const turn = breathe()
    if (turn !== undefined) await turn
  }
  return list.read()
}

/** Reads a protobuf list field by field. */
export type ListReader = {
  /** Reads the field at the reader's place. Throws MalformedList where it is none. */
  readonly readField: (pbf: PbfReader) => void
  readonly read: () => DecodedList
}

/** A reader of the list of a typed kind that calls itself `kind`. Throws MalformedList where that is a list of something else. */
export const listReader = (schema: KindSchema, kind: string): ListReader => {
  const partial = kind === 'PartialObjectMetadataList'
  if (kind !== `${schema.kind}List` && !partial)
    throw new MalformedList(`the answer is a ${kind.slice(0, 60)}, not a ${schema.kind}List`)
  const shape = partial ? (metadataOnly as Shape<object>) : schema.body
  const type = { apiVersion: apiVersionOf(schema), kind: schema.kind }
  const state: ListState = { objects: [], more: false, version: '' }
  const malformed = (cause?: unknown) =>
    new MalformedList(`the answer is not a well-formed ${schema.kind}List`, { cause })
  return { readField: (pbf) => readOne(pbf, state, shape, type, malformed), read: () => state }
}

/** The kind that an answer's first field says. */
export const kindIn = (typeMeta: Uint8Array): string =>
  new PbfReader(typeMeta).readFields(readUnknown, { kind: '', raw: undefined } as Envelope).kind

const unwrap = (body: Uint8Array, malformed: (cause?: unknown) => Error): Envelope => {
  try {
    const pbf = new PbfReader(body.subarray(magic.length))
    const envelope = pbf.readFields(readUnknown, { kind: '', raw: undefined } as Envelope)
    // A length that leads past the end means that the rest was cut off.
    if (envelope.kind !== '' && envelope.raw !== undefined && pbf.pos === pbf.length) return envelope
  } catch (error) {
    throw malformed(error)
  }
  throw malformed()
}

/** Reads one field of the list: an item, or the list's own metadata. */
const readOne = (
  pbf: PbfReader,
  state: ListState,
  shape: Shape<object>,
  type: Type,
  malformed: (cause?: unknown) => Error,
): void => {
  try {
    const tag = pbf.readVarint()
    const start = pbf.pos
    pbf.type = tag & 7
    if (tag >> 3 === 2 && pbf.type === 2) {
      const item = shape.wire(pbf, undefined) as { apiVersion: string; kind: string } | undefined
      if (item !== undefined) {
        // The item was made just now: a copy of each would cost as much as reading it.
        item.apiVersion = type.apiVersion
        item.kind = type.kind
        state.objects.push(item as KubeObject)
      }
    } else if (tag >> 3 === 1 && pbf.type === 2) pbf.readFields(readListMeta, state, pbf.readVarint() + pbf.pos)
    if (pbf.pos === start) pbf.skip(tag)
  } catch (error) {
    throw malformed(error)
  }
  if (pbf.pos > pbf.length) throw malformed()
}
