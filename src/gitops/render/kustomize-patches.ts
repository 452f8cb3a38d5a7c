import { isMap } from '../field-path.ts'
import { type Files, joinPath } from './files.ts'
import { jsonPatch } from './json-patch.ts'
import { type Built, type Kustomization, maps, texts } from './kustomization.ts'
import { documentsOf, type Manifest, metaOf, Unrendered } from './manifest.ts'
import { builtIn, strategicMerge } from './strategic-merge.ts'

/** Applies all kinds of patches of a kustomization: strategic ones, JSON ones, inline or in files, by name or by target. */
export const applyPatches = (
  files: Files,
  { folder, spec }: Kustomization,
  built: readonly Built[],
): readonly Built[] => {
  let all = built
  const source = (entry: string): readonly unknown[] => {
    const inline = /\n|^\s*(?:apiVersion|kind|- |\[|\{)/.test(entry)
    const path = inline ? 'a patch' : joinPath(folder, entry)
    return documentsOf(inline ? entry : files.text(path), path)
  }
  for (const entry of texts(spec['patchesStrategicMerge'], 'patchesStrategicMerge'))
    for (const patch of source(entry)) all = applied(all, patch, undefined, {})
  for (const entry of maps(spec['patches'], 'patches')) {
    const { path, patch, target, options } = entry
    const text = patch ?? path
    if (typeof text !== 'string') throw new Unrendered('a patch has neither a path nor a text')
    const documents = typeof patch === 'string' ? documentsOf(patch, 'a patch') : source(text)
    for (const document of documents)
      all = applied(all, document, isMap(target) ? target : undefined, isMap(options) ? options : {})
  }
  for (const entry of maps(spec['patchesJson6902'], 'patchesJson6902')) {
    const { path, patch, target } = entry
    const text = patch ?? path
    if (typeof text !== 'string' || !isMap(target)) throw new Unrendered('a patchesJson6902 entry is not complete')
    const documents = typeof patch === 'string' ? documentsOf(patch, 'a patch') : source(text)
    for (const document of documents) all = applied(all, document, exact(target), {})
  }
  return all
}

type Target = Readonly<Record<string, unknown>>

/** patchesJson6902 names one object; `patches` targets are patterns. */
const exact = (target: Target): Target => ({ ...target, name: `^${String(target['name']).replace(/\./g, '\\.')}$` })

const applied = (
  built: readonly Built[],
  patch: unknown,
  target: Target | undefined,
  options: Target,
): readonly Built[] => {
  const json = Array.isArray(patch)
  if (!json && !isMap(patch)) throw new Unrendered('a patch is neither an object nor a list of operations')
  if (json && target === undefined) throw new Unrendered('a JSON patch has no target')
  let hits = 0
  const result = built.flatMap((one) => {
    const hit = target === undefined ? namedBy(one, patch as Manifest) : matches(one, target)
    if (!hit) return [one]
    hits += 1
    if (json) return [{ ...one, object: jsonPatch(one.object, patch) }]
    if ((patch as Manifest)['$patch'] === 'delete') return []
    return [{ ...one, object: merged(one.object, patch as Manifest, options) }]
  })
  if (hits === 0 && target === undefined)
    throw new Unrendered(
      `a patch is for ${String((patch as Manifest)['kind'])} ${String(metaOf(patch as Manifest)['name'])}, which is not there`,
    )
  return result
}

/** The patch's own kind and name only say whom it is for, unless its options say that it renames. */
const merged = (object: Manifest, patch: Manifest, options: Target): Manifest => {
  const { kind, apiVersion: _, ...rest } = patch
  const { name: _name, namespace: _namespace, ...metadata } = metaOf(patch)
  const change = {
    ...rest,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    ...(options['allowKindChange'] === true ? { kind } : {}),
  }
  if (options['allowNameChange'] === true) throw new Unrendered('a patch may change names')
  if (Object.keys(metadata).length === 0) delete (change as Record<string, unknown>)['metadata']
  return strategicMerge(object, change, builtIn(object['apiVersion'])) as Manifest
}

const namedBy = ({ object, original }: Built, patch: Manifest): boolean => {
  const { name, namespace } = metaOf(patch)
  const here = metaOf(object)
  return (
    object['kind'] === patch['kind'] &&
    groupOf(object) === groupOf(patch) &&
    (here['name'] === name || original === name) &&
    (namespace === undefined || here['namespace'] === undefined || namespace === here['namespace'])
  )
}

const groupOf = (object: Manifest): string => {
  const version = String(object['apiVersion'] ?? '')
  return version.includes('/') ? (version.split('/')[0] ?? '') : ''
}

const matches = ({ object, original }: Built, target: Target): boolean => {
  const { name, namespace, labels, annotations } = metaOf(object)
  const version = String(object['apiVersion'] ?? '')
    .split('/')
    .at(-1)
  const pattern = (wanted: unknown, ...values: readonly unknown[]): boolean =>
    wanted === undefined || wanted === '' || values.some((value) => fullMatch(String(wanted), String(value ?? '')))
  return (
    pattern(target['group'], groupOf(object)) &&
    pattern(target['version'], version) &&
    pattern(target['kind'], object['kind']) &&
    pattern(target['name'], name, original) &&
    pattern(target['namespace'], namespace) &&
    selects(target['labelSelector'], labels) &&
    selects(target['annotationSelector'], annotations)
  )
}

const fullMatch = (pattern: string, value: string): boolean => {
  if (pattern.length > 300 || /\([^)]*[+*][^)]*\)[+*]/.test(pattern))
    throw new Unrendered('a target has a pattern that is too odd')
  try {
    return new RegExp(`^(?:${pattern.replace(/^\^|\$$/g, '')})$`).test(value)
  } catch {
    throw new Unrendered(`a target has the pattern ${pattern}, which is not one`)
  }
}

/** `key=value,other!=x,present`: the equality selectors that kustomizations use. */
const selects = (selector: unknown, labels: unknown): boolean => {
  if (selector === undefined || selector === '') return true
  const has = isMap(labels) ? labels : {}
  return String(selector)
    .split(',')
    .every((part) => {
      const match = /^\s*([^\s=!]+)\s*(?:(==?|!=)\s*([^\s]*))?\s*$/.exec(part)
      if (match?.[1] === undefined) throw new Unrendered(`a target has the selector ${String(selector)}`)
      const value = has[match[1]]
      if (match[2] === undefined) return value !== undefined
      return (String(value ?? '') === match[3]) === (match[2] !== '!=')
    })
}
