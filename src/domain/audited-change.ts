import type { ObjectRef } from './object.ts'

/** One successful write as an API server's own audit log tells it: who, what, when. Never what was written. */
export type AuditedChange = {
  /** The audit id of the request. */
  readonly id: string
  /** RFC 3339. */
  readonly at: string
  readonly user: string
  readonly verb: 'create' | 'update' | 'patch' | 'delete'
  readonly object: {
    readonly group: string
    readonly resource: string
    readonly namespace?: string
    /** Empty where the request named none: of a whole collection, or with a name that the server made. */
    readonly name: string
    readonly subresource?: string
  }
}

/** The same with what the request was: to be held against what we meant to send. */
export type AuditedWrite = AuditedChange & { readonly method: string; readonly path: string }

/** Whether a change is about this object itself. Kinds are compared by the way Kubernetes names their resources. */
export const changes = (
  { object }: Pick<AuditedChange, 'object'>,
  ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'> & { readonly apiVersion?: string },
): boolean =>
  object.name === ref.name &&
  object.namespace === ref.namespace &&
  object.resource === resourceOf(ref.kind) &&
  (ref.apiVersion === undefined || object.group === groupOf(ref.apiVersion))

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

const resourceOf = (kind: string): string => {
  const word = kind.toLowerCase()
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  if (word === 'endpoints') return word
  return /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`
}
