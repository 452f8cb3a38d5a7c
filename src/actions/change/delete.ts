import type { WriteRequest } from '../../domain/change.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { isRefusal, type Refusal } from '../../domain/refusal.ts'
import { writePath } from '../../domain/write-path.ts'

/** How an object is deleted: what it must still be, what becomes of what it owns, and how long it may take to end. */
export type DeleteTerms = {
  readonly preconditions: { readonly uid: string; readonly resourceVersion?: string }
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  readonly gracePeriodSeconds?: number
}

/** The DELETE of one object, with its preconditions in the body: where there is a body the API server reads no query. */
export const deleteRequest = (ref: ObjectRef, terms: DeleteTerms): WriteRequest | Refusal => {
  const path = writePath(ref)
  if (isRefusal(path)) return path
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', ...terms })
  return { method: 'DELETE', path, query: [], contentType: 'application/json', body }
}
