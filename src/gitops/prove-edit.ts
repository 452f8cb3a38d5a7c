import { sameScalar } from './edit-yaml.ts'
import { type FieldChange, pathText } from './field-changes.ts'
import { canonicalText, fieldAt, withChange } from './field-path.ts'
import { identityOf, type Manifest } from './render/manifest.ts'

/** What an edit does beyond what was meant, or fails to do, in words; undefined where it does exactly that. */
export type Doubt = { readonly kind: 'nothing' | 'other'; readonly text: string }

/**
 * Compares two renderings: the target differs in the changes and in nothing else, and every other object is the same. That is
 * the proof that an edit does what was approved.
 */
export const doubtOf = (
  before: readonly Manifest[],
  after: readonly Manifest[],
  target: Manifest,
  changes: readonly FieldChange[],
): Doubt | undefined => {
  const [old, now] = [indexOf(before), indexOf(after)]
  const id = identityOf(target)
  const others = [...new Set([...old.keys(), ...now.keys()])].filter(
    (key) => key !== id && canonicalText(old.get(key)) !== canonicalText(now.get(key)),
  )
  if (others.length > 0)
    return { kind: 'other', text: `it would also change ${others.slice(0, 3).map(shortId).join(', ')}` }
  const made = now.get(id)
  if (made === undefined) return { kind: 'other', text: 'the object would not be rendered any more' }
  if (canonicalText(made) === canonicalText(target))
    return { kind: 'nothing', text: 'it changes nothing that is rendered' }
  let expected: Manifest = target
  for (const change of changes) {
    const is = fieldAt(made, change.path)
    if (change.after === undefined ? is !== undefined : !sameScalar(is, change.after))
      return { kind: 'nothing', text: `${pathText(change.path)} would not become what was approved` }
    // A number and its text are the same to Kubernetes: what the file's own style gives is what is expected.
    const next = withChange(expected, { ...change, after: is })
    if (next === undefined) return { kind: 'other', text: `${pathText(change.path)} is not rendered` }
    expected = next
  }
  return canonicalText(expected) === canonicalText(made)
    ? undefined
    : { kind: 'other', text: 'it would change more of the object than was approved' }
}

const indexOf = (all: readonly Manifest[]): ReadonlyMap<string, Manifest> =>
  new Map(all.map((object) => [identityOf(object), object]))

const shortId = (id: string): string => id.split('/').slice(1).filter(Boolean).join(' ')
