import { redact } from '../../domain/redact.ts'

/** Fields that carry ids, addresses and types: never words, and a changed one would be another button. */
const machine = new Set([
  'type',
  'value',
  'url',
  'action_id',
  'block_id',
  'callback_id',
  'private_metadata',
  'image_url',
])

/**
 * A message or view with every text redacted once more at the last line before Slack: whoever wrote it should have done so,
 * and where somebody forgot, nothing leaves all the same. What is redacted already stays as it is.
 */
export const withoutSecrets = <T>(value: T): T => clean(value, 0) as T

const clean = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return redact(value)
  if (typeof value !== 'object' || value === null || depth > 20) return value
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      machine.has(key) && typeof item === 'string' ? item : clean(item, depth + 1),
    ]),
  )
}
