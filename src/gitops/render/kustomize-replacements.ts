import { parseDocument } from 'yaml'
import { isMap } from '../field-path.ts'
import { type Files, joinPath } from './files.ts'
import { type Built, type Kustomization, maps, texts } from './kustomization.ts'
import { documentsOf, metaOf, Unrendered } from './manifest.ts'

type Fields = Readonly<Record<string, unknown>>

/** What is understood of a replacement, its source, its targets and their options. */
const known = {
  entry: new Set(['source', 'targets']),
  source: new Set(['group', 'version', 'kind', 'name', 'namespace', 'fieldPath', 'options']),
  target: new Set(['select', 'reject', 'fieldPaths', 'options']),
  select: new Set(['group', 'version', 'kind', 'name', 'namespace']),
  options: new Set(['delimiter', 'index', 'create']),
} as const

const only = (value: unknown, of: keyof typeof known): Fields => {
  if (!isMap(value)) throw new Unrendered(`a replacement has no ${of}`)
  const strange = Object.keys(value).find((key) => !known[of].has(key))
  if (strange !== undefined) throw new Unrendered(`a replacement uses ${strange}`)
  return value
}

/**
 * Copies fields of objects into fields of others, as kustomize does last of all: inline or in files, each after the other. A
 * source that is not one object, and a target that is not there, end the rendering.
 */
export const replaced = (files: Files, { folder, spec }: Kustomization, built: readonly Built[]): readonly Built[] => {
  let all = built
  for (const entry of maps(spec['replacements'], 'replacements')) {
    const { path } = entry
    const inFile = typeof path === 'string' ? documentsOf(files.text(joinPath(folder, path)), path).flat() : [entry]
    for (const one of inFile) all = applied(all, only(one, 'entry'))
  }
  return all
}

const applied = (built: readonly Built[], { source, targets }: Fields): readonly Built[] => {
  const value = sourceValue(built, only(source, 'source'))
  let all = built
  for (const target of maps(targets, 'targets')) all = copied(all, only(target, 'target'), value)
  return all
}

const sourceValue = (built: readonly Built[], source: Fields): unknown => {
  const { fieldPath, options, ...selector } = source
  const found = built.filter((one) => selected(one, selector))
  const [from, ...more] = found
  if (from === undefined || more.length > 0)
    throw new Unrendered(`the source of a replacement is ${found.length} objects, not one`)
  const path = typeof fieldPath === 'string' && fieldPath !== '' ? fieldPath : 'metadata.name'
  // A hashed name is not what it will be yet.
  if (from.hashed && path === 'metadata.name') throw new Unrendered('a replacement copies a name that gets a hash')
  const value = read(from.object, pathSteps(path))
  if (value === undefined || value === null || value === '')
    throw new Unrendered(`the source of a replacement has no ${path}`)
  const { delimiter, index = 0 } = options === undefined ? ({} as Fields) : only(options, 'options')
  if (typeof delimiter !== 'string' || delimiter === '') return value
  const part = String(value).split(delimiter)[Number(index)]
  if (part === undefined || typeof value === 'object') throw new Unrendered(`${path} has no part ${String(index)}`)
  return part
}

const read = (object: unknown, path: readonly Step[]): unknown => {
  let here: unknown = object
  for (const step of path) {
    const [next, ...more] = places(here, step)
    if (next === undefined || more.length > 0) return undefined
    here = (next.holder as Record<string | number, unknown>)[next.key]
  }
  return here
}

const copied = (built: readonly Built[], target: Fields, value: unknown): readonly Built[] => {
  const select = only(target['select'], 'select')
  const rejects = maps(target['reject'], 'reject').map((one) => only(one, 'select'))
  const options = target['options'] === undefined ? {} : only(target['options'], 'options')
  const paths = texts(target['fieldPaths'], 'fieldPaths')
  let hits = 0
  const all = built.map((one) => {
    if (!selected(one, select) || rejects.some((reject) => selected(one, reject))) return one
    hits += 1
    const object = structuredClone(one.object) as Record<string, unknown>
    for (const path of paths.length === 0 ? ['metadata.name'] : paths) put(object, path, value, options)
    return { ...one, object }
  })
  if (hits === 0) throw new Unrendered('a replacement is for an object that is not there')
  return all
}

const put = (object: unknown, path: string, value: unknown, options: Fields): void => {
  const steps = pathSteps(path)
  const last = steps.at(-1)
  let holders: readonly unknown[] = [object]
  for (const [index, step] of steps.slice(0, -1).entries())
    holders = holders.flatMap((here) => into(here, step, options['create'] === true, steps[index + 1]))
  const found = last === undefined ? [] : holders.flatMap((here) => places(here, last))
  const create = found.length === 0 && options['create'] === true && last !== undefined && last.kind === 'key'
  const made = create ? holders.filter(isMap).map((holder) => ({ holder, key: last.key })) : found
  if (made.length === 0) throw new Unrendered(`the target of a replacement has no ${path}`)
  for (const { holder, key } of made) {
    const place = holder as Record<string | number, unknown>
    place[key] = written(place[key], value, options)
  }
}

const into = (here: unknown, step: Step, create: boolean, next: Step | undefined): readonly unknown[] => {
  const found = places(here, step)
  if (found.length > 0) return found.map(({ holder, key }) => (holder as Record<string | number, unknown>)[key])
  if (!create || step.kind !== 'key' || next?.kind !== 'key' || !isMap(here)) return []
  const made = {}
  here[step.key] = made
  return [made]
}

/** What a field becomes: a part of its text where a delimiter is given; a scalar keeps its own type, as kustomize leaves its tag. */
const written = (before: unknown, value: unknown, { delimiter, index = 0 }: Fields): unknown => {
  let wanted = value
  if (typeof delimiter === 'string' && delimiter !== '') {
    if (typeof before === 'object' || before === undefined)
      throw new Unrendered('a replacement divides what is no text')
    const parts = String(before).split(delimiter)
    const at = Number(index)
    if (at < 0) parts.unshift(String(value))
    else if (at >= parts.length) parts.push(String(value))
    else parts[at] = String(value)
    wanted = parts.join(delimiter)
  }
  if (before === undefined || before === null || typeof before === 'object') return structuredClone(wanted)
  if (typeof wanted === 'object') throw new Unrendered('a replacement puts an object where a text is')
  return typeof before === 'string' ? String(wanted) : scalarOf(String(wanted))
}

const scalarOf = (text: string): unknown => parseDocument(text).toJS() as unknown

/** Whether an object is meant, by what it is and by the name that it has or had first. Names are whole patterns. */
const selected = ({ object, original }: Built, select: Fields): boolean => {
  const version = String(object['apiVersion'] ?? '')
  const slash = version.indexOf('/')
  const { name, namespace } = metaOf(object)
  const is = (wanted: unknown, ...values: readonly unknown[]): boolean =>
    wanted === undefined || wanted === '' || values.some((value) => pattern(wanted).test(String(value ?? '')))
  return (
    is(select['group'], slash < 0 ? '' : version.slice(0, slash)) &&
    is(select['version'], version.slice(slash + 1)) &&
    is(select['kind'], object['kind']) &&
    is(select['name'], name, original) &&
    is(select['namespace'], namespace)
  )
}

/** Names of Kubernetes hold dots, which mean themselves here; a real pattern is left to people. */
const pattern = (wanted: unknown): RegExp => {
  const text = String(wanted)
  if (!/^[\w.:-]+$/.test(text)) throw new Unrendered(`a replacement selects by the pattern ${text.slice(0, 60)}`)
  return new RegExp(`^${text.replaceAll('.', '\\.')}$`)
}

type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'where'; readonly key: string; readonly value: string }
  | { readonly kind: 'each' }

/** `spec.template.spec.containers.[name=app].image`: dots in a name are written `\.`, or the name in brackets. */
const pathSteps = (path: string): readonly Step[] => {
  const parts: string[] = ['']
  let [depth, escaped] = [0, false]
  for (const character of path) {
    const last = parts.length - 1
    if (escaped) parts[last] += character
    else if (character === '\\') {
      escaped = true
      continue
    } else if (character === '.' && depth === 0) parts.push('')
    else {
      depth += character === '[' ? 1 : character === ']' ? -1 : 0
      parts[last] += character
    }
    escaped = false
  }
  return parts.filter((part) => part !== '').map(stepOf)
}

const stepOf = (part: string): Step => {
  if (part === '*') return { kind: 'each' }
  const where = /^\[([^=\]]+)=([^\]]*)\]$/.exec(part)
  if (where?.[1] !== undefined) return { kind: 'where', key: where[1], value: where[2] ?? '' }
  return { kind: 'key', key: /^\[([^\]]+)\]$/.exec(part)?.[1] ?? part }
}

type Place = { readonly holder: object; readonly key: string | number }

const places = (here: unknown, step: Step): readonly Place[] => {
  if (Array.isArray(here)) {
    const at = (index: number): Place => ({ holder: here, key: index })
    if (step.kind === 'each') return here.map((_, index) => at(index))
    if (step.kind === 'where')
      return here.flatMap((item, index) => (isMap(item) && String(item[step.key]) === step.value ? [at(index)] : []))
    return /^\d+$/.test(step.key) && Number(step.key) < here.length ? [at(Number(step.key))] : []
  }
  if (!isMap(here)) return []
  if (step.kind === 'each') return Object.keys(here).map((key) => ({ holder: here, key }))
  return step.kind === 'key' && Object.hasOwn(here, step.key) ? [{ holder: here, key: step.key }] : []
}
