/** metav1.Status, the body of every refusal of an API server. */
export type Status = {
  kind: 'Status'
  apiVersion: 'v1'
  metadata: Record<string, unknown>
  status: 'Success' | 'Failure'
  message?: string
  reason?: string
  details?: StatusDetails
  code?: number
}

/** What a Status is about and why. */
export type StatusDetails = {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: Cause[]
  retryAfterSeconds?: number
}

/** One reason of a Status: a field and what is wrong with it. */
export type Cause = { reason?: string; message?: string; field?: string }

/** A refusal of the simulated API server, with the Status it is answered with. */
export class ApiError extends Error {
  readonly status: Status
  readonly code: number
  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message)
    this.code = code
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    }
  }
}

/** The resource of an error, as apimachinery's GroupResource prints it. */
export type GroupResource = { readonly group: string; readonly plural: string }

/** `deployments.apps`, or `pods` for the core group. */
export function resourceText({ group, plural }: GroupResource): string {
  return group === '' ? plural : `${plural}.${group}`
}

const about = ({ group, plural }: GroupResource, name: string): StatusDetails => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  kind: plural,
})

/** 404 for an object. */
export function notFound(resource: GroupResource, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${resourceText(resource)} "${name}" not found`, about(resource, name))
}

/** 404 for a path that no resource serves. */
export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {})
}

/** 409 for a name that is taken. */
export function alreadyExists(resource: GroupResource, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${resourceText(resource)} "${name}" already exists`, about(resource, name))
}

/** 409 for a lost race or a failed precondition. */
export function conflict(resource: GroupResource, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${resourceText(resource)} "${name}": ${why}`
  return new ApiError(409, 'Conflict', message, about(resource, name))
}

/** The text of a stale resourceVersion. */
export const staleText = 'the object has been modified; please apply your changes to the latest version and try again'

/** 403 by admission. */
export function forbidden(resource: GroupResource, name: string, why: string): ApiError {
  const message =
    name === ''
      ? `${resourceText(resource)} is forbidden: ${why}`
      : `${resourceText(resource)} "${name}" is forbidden: ${why}`
  return new ApiError(403, 'Forbidden', message, about(resource, name))
}

/** 400 for a request that cannot be read. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message)
}

/** 410 for a resourceVersion or continue token that is too old. */
export function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message)
}

/** 422 with one cause for each field that is wrong. */
export function invalid(kind: { group: string; kind: string }, name: string, causes: readonly FieldError[]): ApiError {
  const parts = causes.map(fieldErrorText)
  const unique = [...new Set(parts)]
  const text = unique.length === 1 ? unique[0] : `[${unique.join(', ')}]`
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new ApiError(422, 'Invalid', `${qualified} "${name}" is invalid: ${text}`, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes: causes.map((cause) => ({ reason: cause.type, message: bodyText(cause), field: cause.field })),
  })
}

/** One entry of apimachinery's field.ErrorList. */
export type FieldError = {
  readonly type:
    | 'FieldValueInvalid'
    | 'FieldValueRequired'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueDuplicate'
    | 'FieldValueNotFound'
    | 'FieldValueTooLong'
    | 'FieldValueTypeInvalid'
  readonly field: string
  readonly value?: unknown
  readonly detail: string
}

const headings = {
  FieldValueInvalid: 'Invalid value',
  FieldValueRequired: 'Required value',
  FieldValueForbidden: 'Forbidden',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueNotFound: 'Not found',
  FieldValueTooLong: 'Too long',
  FieldValueTypeInvalid: 'Invalid value',
} as const

function bodyText(error: FieldError): string {
  const heading = headings[error.type]
  const withoutValue = ['FieldValueRequired', 'FieldValueForbidden', 'FieldValueTooLong'].includes(error.type)
  const head = withoutValue ? heading : `${heading}: ${JSON.stringify(error.value ?? null)}`
  return error.detail === '' ? head : `${head}: ${error.detail}`
}

function fieldErrorText(error: FieldError): string {
  return `${error.field}: ${bodyText(error)}`
}
