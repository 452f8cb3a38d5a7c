import { type Document, isPair, isScalar, isSeq, parseAllDocuments, type Scalar, visit } from 'yaml'
import { isRefusal } from '../domain/refusal.ts'
import { editYaml, replaceScalar, sameScalar } from './edit-yaml.ts'
import type { FieldChange } from './field-changes.ts'

/** One edit of one file that might make a change; only a rendering can tell. `rank`: the lower, the likelier. */
export type Candidate = {
  readonly path: string
  readonly text: string
  readonly rank: number
  /** The keys that lead to the value and what it becomes, where only mappings do: so that another file can overrule it. */
  readonly leaf?: { readonly keys: readonly string[]; readonly value: unknown }
}

/** The object that is to change, as people named it in Git before prefixes. */
export type Named = { readonly kind: string; readonly name: string; readonly namespace?: string }

/**
 * Edits that might make a change, best first: each replaces the bytes of one value that reads as the live one does, or adds
 * or removes the one key. Guesses, all of them: who takes one has to prove it.
 */
export const candidatesIn = (path: string, text: string, named: Named, change: FieldChange): readonly Candidate[] => {
  const direct = docNames(text, named).flatMap((wanted) => {
    const edited = editYaml(text, wanted, [change])
    return isRefusal(edited) || edited === text ? [] : [{ path, text: edited, rank: 0 }]
  })
  const scalars = change.before === undefined || change.after === undefined ? [] : scalarEdits(text, change)
  return [...direct, ...scalars.map((one) => ({ ...one, path }))].sort((a, b) => a.rank - b.rank)
}

/** The documents of a file that may be the object: of its kind, with a name that its live name was made of. */
const docNames = (text: string, { kind, name, namespace }: Named): readonly Named[] =>
  documents(text).flatMap((document) => {
    const here = document.getIn(['metadata', 'name'])
    if (document.get('kind') !== kind || typeof here !== 'string' || !name.includes(here)) return []
    return [{ kind, name: here, ...(namespace === undefined ? {} : { namespace }) }]
  })

const documents = (text: string): readonly Document.Parsed[] => {
  const all = parseAllDocuments(text, { keepSourceTokens: true })
  return Array.isArray(all) ? (all as Document.Parsed[]).filter((document) => document.errors.length === 0) : []
}

/** A text that a file may hold for the old value, and what becomes of it. */
export type Turn = { readonly from: string; readonly to: unknown }

/** The ways in which a file may say the value: whole, or of an image its tag, digest or name alone. */
export const turnsOf = ({ path, before, after }: FieldChange): readonly Turn[] => {
  const whole = { from: String(before), to: after }
  if (path.at(-1) !== 'image') return [whole]
  const [old, now] = [parts(before), parts(after)]
  if (old === undefined || now === undefined) return [whole]
  const changed = (['name', 'tag', 'digest'] as const).filter((part) => old[part] !== now[part])
  const [only] = changed
  const [from, to] = only === undefined ? [] : [old[only], now[only]]
  return changed.length === 1 && from !== undefined && to !== undefined ? [whole, { from, to }] : [whole]
}

const parts = (image: unknown) => {
  const match =
    typeof image === 'string' ? /^([^@\s]+?)(?::([\w][\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image) : null
  return match === null ? undefined : { name: match[1], tag: match[2], digest: match[3] }
}

type Edit = Omit<Candidate, 'path'>

const scalarEdits = (text: string, change: FieldChange): readonly Edit[] => {
  const found: Edit[] = []
  const last = String(change.path.at(-1))
  for (const document of documents(text))
    visit(document, {
      Scalar: (key, node, path) => {
        if (key === 'key' || found.length >= 60) return
        if (node.type === 'BLOCK_LITERAL') {
          for (const { text: edited, rank } of blockEdits(text, node, change))
            found.push({ text: edited, rank: rank + 1 })
          return
        }
        if (node.type === 'BLOCK_FOLDED') return
        const owner = path.at(-1)
        const name = owner !== undefined && 'key' in owner && isScalar(owner.key) ? String(owner.key.value) : ''
        const keys = keysOf(path)
        for (const { from, to } of turnsOf(change)) {
          if (!sameScalar(node.value, from)) continue
          const rank = name === last ? 2 : usual.has(name) ? 3 : 5
          const leaf = keys === undefined ? {} : { leaf: { keys, value: to } }
          found.push({ text: replaceScalar(text, node, to), rank, ...leaf })
        }
      },
    })
  return found
}

/** The keys of the mappings on the way to a value; undefined where a list is among them. */
const keysOf = (path: readonly unknown[]): readonly string[] | undefined => {
  const keys: string[] = []
  for (const step of path) {
    if (isSeq(step)) return undefined
    if (isPair(step)) keys.push(String(isScalar(step.key) ? step.key.value : ''))
  }
  return keys
}

/** Where kustomizations, JSON patches and charts usually hold a value. */
const usual = new Set([
  'newTag',
  'tag',
  'digest',
  'newName',
  'repository',
  'count',
  'replicaCount',
  'replicas',
  'value',
])

/** Edits inside YAML that stands as a block of text in YAML: an inline patch. Its other lines keep their bytes. */
const blockEdits = (text: string, node: Scalar, change: FieldChange): readonly { text: string; rank: number }[] => {
  const [start, end] = node.range ?? [0, 0]
  const raw = text.slice(start, end)
  const head = raw.indexOf('\n') + 1
  const lines = raw.slice(head).split('\n')
  const indent = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')?.[0] ?? ''
  const inner = lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart())).join('\n')
  if (indent === '' || inner.trimEnd() !== String(node.value).trimEnd()) return []
  return scalarEdits(inner, change).map((edit) => {
    const back = edit.text
      .split('\n')
      .map((line) => (line === '' ? line : indent + line))
      .join('\n')
    return { text: text.slice(0, start) + raw.slice(0, head) + back + text.slice(end), rank: edit.rank }
  })
}
