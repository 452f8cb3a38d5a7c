import type { Delivery } from './delivered-by.ts'

/** A field as it is live once Git was delivered; list entries by their merge key, as a path of `FieldChange`. Null: not set. */
export type DeliveredField = {
  readonly path: readonly (string | { readonly key: string; readonly value: string | number })[]
  readonly value: unknown
}

/** What must hold after a pull request was merged: who delivers it, and the live fields as they were approved. */
export type AfterMerge = { readonly owner: Delivery; readonly fields: readonly DeliveredField[] }

/** The value of a field of a live object, by its path; null where it is not set. */
export const deliveredValue = (object: unknown, path: DeliveredField['path']): unknown => {
  let here: unknown = object
  for (const step of path) {
    if (typeof step === 'string') here = own(here, step)
    else here = Array.isArray(here) ? here.find((item) => own(item, step.key) === step.value) : undefined
  }
  return here ?? null
}

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined
