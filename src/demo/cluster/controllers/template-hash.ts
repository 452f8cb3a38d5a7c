import { type Fields, isFields } from '../types.ts'
import type { PodTemplate } from './objects.ts'

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * The hash of a template for `pod-template-hash` and revision names: FNV-1a of its canonical JSON in the alphabet of the real one.
 * The real one hashes a Go dump of the struct, so values differ; equal templates have equal hashes all the same.
 */
export function templateHash(template: unknown): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(canonical(template))) {
    hash ^= byte
    hash = Math.imul(hash, 0x01000193) >>> 0
  }
  return [...String(hash)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isFields(value)) return JSON.stringify(value ?? null)
  const keys = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`
}

/** Are two templates the same but for the hash label that a ReplicaSet adds? */
export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return canonical(bare(a)) === canonical(bare(b))
}

function bare(template: PodTemplate): Fields {
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {}
  return { metadata: { ...template.metadata, labels }, spec: template.spec }
}
