import { isMap } from '../field-path.ts'
import { type Manifest, Unrendered } from './manifest.ts'

/** A kustomization as plain data, and the folder that its paths start from. */
export type Kustomization = { readonly folder: string; readonly spec: Readonly<Record<string, unknown>> }

/** An object on its way through kustomizations: `hashed` where its name gets the hash of its content at the end. */
export type Built = { readonly object: Manifest; readonly hashed: boolean; readonly original: string }

/** A list of texts in a kustomization; throws at another shape. */
export const texts = (value: unknown, name: string): readonly string[] => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Unrendered(`${name} is not a list of paths`)
  return value as string[]
}

/** A list of mappings in a kustomization; throws at another shape. */
export const maps = (value: unknown, name: string): readonly Record<string, unknown>[] => {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every(isMap)) throw new Unrendered(`${name} is not a list of mappings`)
  return value
}
