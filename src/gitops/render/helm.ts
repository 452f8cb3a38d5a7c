import { stringify } from 'yaml'
import { at, listAt, textAt, trueAt } from '../../domain/at.ts'
import { isRefusal, type Refusal, refused } from '../../domain/refusal.ts'
import type { ChartInput, ChartRenderer } from '../../ports.ts'
import { isMap } from '../field-path.ts'
import type { GitSource } from '../git-source.ts'
import { type Checkout, type Checkouts, joinPath } from './files.ts'
import { type Manifest, manifestsOf, Unrendered } from './manifest.ts'

/** The objects of a chart with the values that its source names, by `helm template`. */
export const renderChart = async (
  charts: ChartRenderer,
  checkouts: Checkouts,
  source: GitSource,
  edited: ReadonlyMap<string, string> = new Map(),
): Promise<readonly Manifest[] | Refusal> => {
  const { own } = checkouts
  const chart = await chartFiles(own, source.path, checkouts.edited === own ? edited : new Map())
  if (isRefusal(chart)) return chart
  const values = await valuesOf(checkouts, source, edited)
  if (isRefusal(values)) return values
  const helm = source.options?.helm
  const rendered = await charts.template({
    files: chart,
    values,
    sets: listAt(helm, 'parameters').flatMap((one) => {
      const [name, value] = [textAt(one, 'name'), at(one, 'value')]
      return name === undefined ? [] : [{ name, value: String(value ?? ''), text: trueAt(one, 'forceString') }]
    }),
    release: textAt(helm, 'releaseName') ?? source.release,
    namespace: source.namespace,
    withCrds: !trueAt(helm, 'skipCrds'),
  })
  if (rendered.kind !== 'ok')
    return refused(
      'git-unrendered',
      `helm could not render ${own.repository}/${source.path}${rendered.kind === 'unreadable' ? `: ${rendered.message}` : ''}.`,
    )
  try {
    return manifestsOf(rendered.value, source.path)
  } catch (error) {
    if (error instanceof Unrendered) return refused('git-unrendered', `What helm gives is odd: ${error.message}.`)
    throw error
  }
}

const mostFiles = 200

const chartFiles = async (
  own: Checkout,
  folder: string,
  edited: ReadonlyMap<string, string>,
): Promise<ChartInput['files'] | Refusal> => {
  const prefix = folder === '' ? '' : `${folder}/`
  const paths = [...own.paths].filter(
    (path) => path.startsWith(prefix) && !/(?:^|\/)(?:README\.md|\.helmignore)$/.test(path),
  )
  if (paths.length > mostFiles) return refused('git-large', `The chart ${folder} has more than ${mostFiles} files.`)
  // Sub-charts as `helm dependency build` lays them: helm unpacks them itself, and nothing in them is edited.
  const isPacked = (path: string) => /^charts\/[^/]+\.tgz$/.test(path.slice(prefix.length))
  const texts = await own.run(
    (files) =>
      new Map(
        paths.filter((path) => !isPacked(path)).map((path) => [path.slice(prefix.length), files.text(path)] as const),
      ),
    edited,
  )
  if (isRefusal(texts)) return texts
  const files = new Map<string, string | Uint8Array>(texts)
  for (const path of paths.filter(isPacked)) {
    const bytes = await own.bytes(path)
    if (isRefusal(bytes)) return bytes
    files.set(path.slice(prefix.length), bytes)
  }
  return files
}

/** The texts of the values in helm's order: value files, then what stands in the Application itself. */
const valuesOf = async (
  { own, refs, edited: place }: Checkouts,
  source: GitSource,
  edited: ReadonlyMap<string, string>,
): Promise<readonly string[] | Refusal> => {
  const helm = source.options?.helm
  const texts: string[] = []
  for (const entry of listAt(helm, 'valueFiles')) {
    const file = placeOf(String(entry), source.path, own, refs)
    if (isRefusal(file)) return file
    if (!file.from.paths.has(file.path)) {
      if (trueAt(helm, 'ignoreMissingValueFiles')) continue
      return refused('git-unrendered', `${file.path} of ${file.from.repository} does not exist.`)
    }
    const text = await file.from.run((files) => files.text(file.path), file.from === place ? edited : new Map())
    if (isRefusal(text)) return text
    texts.push(text)
  }
  const [inline, object] = [at(helm, 'values'), at(helm, 'valuesObject')]
  if (isMap(object)) texts.push(stringify(object))
  else if (typeof inline === 'string' && inline.trim() !== '') texts.push(inline)
  return texts
}

/** `values-prod.yaml` beside the chart, `/from/the/root.yaml`, or `$ref/in/another/source.yaml`. */
const placeOf = (entry: string, folder: string, own: Checkout, refs: ReadonlyMap<string, Checkout>) => {
  const ref = /^\$([\w-]+)\/(.+)$/.exec(entry)
  if (ref?.[1] !== undefined && ref[2] !== undefined) {
    const from = refs.get(ref[1])
    return from === undefined
      ? refused('git-unrendered', `The source $${ref[1]} of the values is not known.`)
      : { from, path: joinPath('', ref[2]) }
  }
  if (/^https?:/.test(entry))
    return refused('git-unrendered', `Values come from ${entry.slice(0, 100)}, which is not in Git.`)
  return { from: own, path: entry.startsWith('/') ? joinPath('', entry) : joinPath(folder, entry) }
}
