import { createHash } from 'node:crypto'
import { isMap } from '../field-path.ts'
import { type Files, joinPath } from './files.ts'
import { type Built, type Kustomization, maps, texts } from './kustomization.ts'
import { withReferences } from './kustomize-transformers.ts'
import { type Manifest, metaOf, Unrendered } from './manifest.ts'

/** Adds what configMapGenerator and secretGenerator make, or merges it into what a base made. */
export const generated = (files: Files, { folder, spec }: Kustomization, built: readonly Built[]): readonly Built[] => {
  let all = built
  const options = isMap(spec['generatorOptions']) ? spec['generatorOptions'] : {}
  for (const kind of ['ConfigMap', 'Secret'] as const)
    for (const entry of maps(spec[kind === 'ConfigMap' ? 'configMapGenerator' : 'secretGenerator'], 'a generator')) {
      const name = String(entry['name'])
      const data = dataOf(files, folder, entry, kind)
      const behavior = entry['behavior'] ?? 'create'
      const own = { ...options, ...(isMap(entry['options']) ? entry['options'] : {}) }
      const held = all.find(({ object, original }) => object['kind'] === kind && original === name)
      if (behavior === 'create') {
        if (held !== undefined) throw new Unrendered(`${kind} ${name} is generated twice`)
        all = [
          ...all,
          { object: made(kind, name, entry, data, own), hashed: own['disableNameSuffixHash'] !== true, original: name },
        ]
      } else if (held === undefined) throw new Unrendered(`${kind} ${name} is to be merged, but is not there`)
      else {
        const before = behavior === 'merge' && isMap(held.object['data']) ? held.object['data'] : {}
        const object = { ...held.object, data: { ...before, ...data } }
        all = all.map((one) => (one === held ? { ...held, object } : one))
      }
    }
  return all
}

const dataOf = (files: Files, folder: string, entry: Record<string, unknown>, kind: string): Record<string, string> => {
  const pairs: [string, string][] = []
  for (const literal of texts(entry['literals'], 'literals')) pairs.push(pairOf(literal, true))
  for (const file of texts(entry['files'], 'files')) {
    const cut = file.indexOf('=')
    const path = cut < 0 ? file : file.slice(cut + 1)
    pairs.push([cut < 0 ? (path.split('/').at(-1) ?? path) : file.slice(0, cut), files.text(joinPath(folder, path))])
  }
  for (const file of [...texts(entry['envs'], 'envs'), ...(typeof entry['env'] === 'string' ? [entry['env']] : [])])
    for (const line of files.text(joinPath(folder, file)).split(/\r?\n/))
      if (line.trim() !== '' && !line.trimStart().startsWith('#')) pairs.push(pairOf(line, false))
  const encoded = ([key, value]: [string, string]): [string, string] => [
    key,
    kind === 'Secret' ? Buffer.from(value).toString('base64') : value,
  ]
  return Object.fromEntries(pairs.map(encoded))
}

const pairOf = (text: string, quoted: boolean): [string, string] => {
  const cut = text.indexOf('=')
  if (cut <= 0) throw new Unrendered(`a generator has ${JSON.stringify(text.slice(0, 40))}, which is not key=value`)
  const value = text.slice(cut + 1)
  return [text.slice(0, cut), quoted ? value.replace(/^(["'])(.*)\1$/s, '$2') : value]
}

const made = (
  kind: string,
  name: string,
  entry: Record<string, unknown>,
  data: Record<string, string>,
  options: Readonly<Record<string, unknown>>,
): Manifest => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name,
    ...(typeof entry['namespace'] === 'string' ? { namespace: entry['namespace'] } : {}),
    ...(isMap(options['labels']) ? { labels: options['labels'] } : {}),
    ...(isMap(options['annotations']) ? { annotations: options['annotations'] } : {}),
  },
  ...(Object.keys(data).length === 0 ? {} : { data }),
  ...(kind === 'Secret' ? { type: entry['type'] ?? 'Opaque' } : {}),
  ...(options['immutable'] === true ? { immutable: true } : {}),
})

/** At the very end generated objects get the hash of their content into their names, and those who use them follow. */
export const hashNames = (built: readonly Built[]): readonly Built[] => {
  const names = new Map<string, string>()
  for (const { object, hashed } of built) {
    const name = String(metaOf(object)['name'])
    if (hashed) names.set(`${String(object['kind'])}/${name}`, `${name}-${contentHash(object)}`)
  }
  if (names.size === 0) return built
  return built.map((one) => {
    const to = names.get(`${String(one.object['kind'])}/${String(metaOf(one.object)['name'])}`)
    const object =
      one.hashed && to !== undefined ? { ...one.object, metadata: { ...metaOf(one.object), name: to } } : one.object
    return { ...one, object: withReferences(object, names) }
  })
}

/** kustomize's own: SHA-256 of the sorted JSON without the name, ten characters, without those that could spell words. */
const contentHash = (object: Manifest): string => {
  const { kind, data, type, immutable: _ } = object
  const sorted = isMap(data) ? Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))) : undefined
  const value =
    kind === 'Secret' ? { data: sorted ?? '', kind, name: '', type } : { data: sorted ?? '', kind, name: '' }
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  const hex = createHash('sha256').update(json).digest('hex').slice(0, 10)
  return hex.replace(/[013ae]/g, (one) => ({ 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' })[one] ?? one)
}
