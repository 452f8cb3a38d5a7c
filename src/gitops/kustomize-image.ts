import { isMap, isScalar, isSeq, parseDocument, type Scalar } from 'yaml'
import type { FieldChange } from './field-changes.ts'

/**
 * The edit of a kustomization whose `images` entry sets the image that is to change: its newTag. Undefined where the
 * kustomization does not decide it, or the change is more than one image's tag.
 */
export const imageEdit = (text: string, changes: readonly FieldChange[]): string | undefined => {
  const [change, ...more] = changes
  if (change === undefined || more.length > 0 || change.path.at(-1) !== 'image') return undefined
  const [old, now] = [tagged(change.before), tagged(change.after)]
  if (old === undefined || now === undefined || old.name !== now.name) return undefined
  const document = parseDocument(text)
  const images = document.errors.length > 0 ? undefined : document.get('images')
  if (!isSeq(images)) return undefined
  const entry = images.items.find((item) => isMap(item) && [item.get('newName'), item.get('name')].includes(old.name))
  const tag = isMap(entry) ? (entry.get('newTag', true) as Scalar | undefined) : undefined
  if (!isScalar(tag) || String(tag.value) !== old.tag || tag.range === undefined || tag.range === null) return undefined
  const [start, end] = tag.range
  const quote =
    tag.type === 'QUOTE_DOUBLE' ? '"' : tag.type === 'QUOTE_SINGLE' ? "'" : /^[\d.]+$/.test(now.tag) ? '"' : ''
  return `${text.slice(0, start)}${quote}${now.tag}${quote}${text.slice(end)}`
}

const tagged = (image: unknown): { readonly name: string; readonly tag: string } | undefined => {
  const match = typeof image === 'string' ? /^(.+):([\w][\w.-]{0,127})$/.exec(image) : null
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], tag: match[2] }
}
