import { stringify } from 'yaml'
import type { KubeObject } from '../domain/kubernetes.ts'
import { redactNamed, redactObject } from '../domain/redact.ts'

/** Annotations that repeat the object or belong to tools. */
const noise = /last-applied-configuration|last-applied$|objectset\.rio\.cattle\.io\/applied/

/**
 * An object as YAML for a model: without managedFields and copies of itself, values of Secrets never, everything else redacted
 * by what it holds and by what it is called.
 */
export const shownObject = (object: KubeObject): string => {
  const { managedFields: _, annotations, ...metadata } = object.metadata
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !noise.test(key))
  const { apiVersion, kind, ...rest } = object
  const whole: Record<string, unknown> = {
    apiVersion,
    kind,
    ...rest,
    metadata: { ...metadata, ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }) },
  }
  if (kind === 'Secret') for (const key of ['data', 'stringData']) whole[key] = keysOf(whole[key])
  return stringify(withoutFlagValues(redactObject(whole)), { lineWidth: 0, aliasDuplicateObjects: false })
}

const keysOf = (data: unknown): unknown =>
  typeof data === 'object' && data !== null
    ? Object.fromEntries(Object.keys(data).map((key) => [key, '[redacted:secret]']))
    : undefined

/** `["--password", "x"]`: the value of a flag that is called like a secret stands in the next word. */
const withoutFlagValues = (value: unknown): unknown => {
  if (Array.isArray(value))
    return value.map((item: unknown, index) => {
      const before: unknown = value[index - 1]
      if (typeof item !== 'string' || typeof before !== 'string' || !/^--?[\w-]+$/.test(before))
        return withoutFlagValues(item)
      return item.startsWith('-') ? item : redactNamed(before.replace(/^-+/, ''), item)
    })
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutFlagValues(item)]))
}
