import { ApiError } from '../registry/errors.ts'

/** The form a client wants objects in. */
export type Form =
  | { readonly kind: 'object' }
  | { readonly kind: 'table' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'metadata-list' }

const representations =
  'application/json, application/yaml, application/vnd.kubernetes.protobuf, application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch'

/** Reads an Accept header, the first form that can be served; nothing that can be is a 406. This server writes JSON only. */
export function formOf(accept: string | undefined): Form {
  if (accept === undefined || accept.trim() === '') return { kind: 'object' }
  let named = false
  for (const entry of accept.split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim())
    if (!['application/json', '*/*', 'application/*'].includes(type)) continue
    named = true
    const values = new Map(parameters.map((parameter) => parameter.split('=') as [string, string]))
    const as = values.get('as')
    if (as === undefined) return { kind: 'object' }
    if (values.get('g') !== 'meta.k8s.io' || !['v1', 'v1beta1'].includes(values.get('v') ?? '')) continue
    if (as === 'Table') return { kind: 'table' }
    if (as === 'PartialObjectMetadata') return { kind: 'metadata' }
    if (as === 'PartialObjectMetadataList') return { kind: 'metadata-list' }
  }
  const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf'
  if (named) throw new ApiError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted}`)
  throw new ApiError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${representations}`, {})
}
