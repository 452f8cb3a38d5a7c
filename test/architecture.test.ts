import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replaceAll('\\', '/'))
  .sort()
const textOf = (file: string): string => readFileSync(join(src, file), 'utf8')

type Import = { readonly from: string; readonly to: string; readonly internal: boolean }
const imports: readonly Import[] = files.flatMap((from) =>
  [
    ...textOf(from).matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"\n]*?(?:\{[^}]*\}[^'"]*?)?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => {
    const to = match[1] ?? match[2] ?? match[3] ?? ''
    const internal = to.startsWith('.')
    return { from, internal, to: internal ? relative(src, resolve(src, dirname(from), to)).replaceAll('\\', '/') : to }
  }),
)

/** The room a file is in: its first folder, or its own name for the files at the top. */
const room = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : file.replace(/\.ts$/, ''))

const everything = ['*']
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  policy: ['domain'],
  analyzers: ['domain', 'snapshot/view'],
  sources: ['domain'],
  views: ['domain'],
  actions: ['domain'],
  ports: ['domain', 'policy/permit'],
  snapshot: ['domain', 'ports'],
  collectors: ['domain', 'ports', 'snapshot/view'],
  memory: ['domain', 'ports'],
  agent: ['domain', 'ports', 'snapshot/view'],
  hygiene: ['domain', 'snapshot/view'],
  reports: ['domain', 'ports', 'snapshot/view'],
  diagnosis: ['domain', 'snapshot', 'analyzers'],
  runbooks: ['domain', 'actions'],
  gitops: ['domain', 'ports', 'actions/action'],
  verbs: ['domain', 'ports'],
  config: ['config'],
  doctor: [
    'domain',
    'policy',
    'analyzers',
    'sources',
    'views',
    'actions',
    'ports',
    'snapshot',
    'collectors',
    'memory',
    'agent',
    'reports',
    'diagnosis',
    'hygiene',
    'runbooks',
    'gitops',
    'verbs',
    'config',
  ],
  adapters: ['domain', 'ports', 'policy/permit', 'config'],
  demo: everything,
  main: everything,
  cli: everything,
}

describe('the house', () => {
  it('has no room that the rules do not know', () => {
    expect([...new Set(files.map(room))].filter((name) => !(name in mayImport))).toEqual([])
  })

  it('lets each room import only what it may, types included', () => {
    const wrong = imports.filter(({ from, to, internal }) => {
      if (!internal || room(from) === room(to)) return false
      const allowed = mayImport[room(from)] ?? []
      const slackView = from.startsWith('adapters/slack/') && room(to) === 'views'
      return allowed !== everything && !slackView && !allowed.some((name) => room(to) === name || to === `${name}.ts`)
    })
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('keeps one vendor in one folder', () => {
    const homes: readonly (readonly [RegExp, RegExp])[] = [
      [/^@slack\//, /^(adapters\/slack|demo)\//],
      [/^@kubernetes\//, /^adapters\/kubernetes\//],
      [/^@octokit\//, /^(adapters\/github|sources\/github|demo)/],
      [/^(ioredis|bullmq)$/, /^adapters\/redis\//],
      [/^(@anthropic-ai\/sdk|openai)/, /^agent\//],
      [/^@cedar-policy\//, /^policy\//],
      [/^emulate$/, /^demo\//],
      [/^nodemailer$/, /^adapters\/smtp\//],
    ]
    const wrong = imports.filter(
      ({ from, to, internal }) => !internal && homes.some(([vendor, home]) => vendor.test(to) && !home.test(from)),
    )
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([])
  })

  it('reads the environment in one place', () => {
    const readers = files.filter((file) => /process\.env\b/.test(textOf(file).replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')))
    expect(
      readers.filter(
        (file) =>
          !['config.ts', 'main.ts', 'cli.ts'].includes(file) &&
          !file.startsWith('demo/') &&
          !file.startsWith('config/'),
      ),
    ).toEqual([])
  })

  it('starts other programs only where a private Redis or a browser is opened, or a chart is rendered', () => {
    const starters = imports.filter(({ to }) => to === 'node:child_process').map(({ from }) => from)
    expect(
      [...new Set(starters)].filter((file) => !/^(adapters\/redis\/|adapters\/helm\/|demo\/|cli\/demo\.ts)/.test(file)),
    ).toEqual([])
  })

  it('evaluates no text as code', () => {
    const bad = files.filter(
      (file) => file.endsWith('.ts') && /(?<![.\w])eval\(|new Function\(|from 'node:vm'/.test(textOf(file)),
    )
    expect(bad).toEqual([])
  })

  it('gives the right to write to the executor only', () => {
    const constructors = files.filter((file) => /\b(issuePermit|openWriter)\(/.test(textOf(file)))
    expect(
      constructors.filter(
        (file) =>
          !['doctor/execute.ts', 'main/clusters.ts', 'policy/permit.ts', 'adapters/kubernetes/writer.ts'].includes(
            file,
          ) && !file.startsWith('doctor/'),
      ),
    ).toEqual([])
    const diagnosing = imports.filter(
      ({ from, to }) =>
        /^(diagnosis|analyzers|snapshot|collectors|agent|reports|verbs)\//.test(from) && /writer|permit/.test(to),
    )
    expect(diagnosing).toEqual([])
  })
})

describe('the rooms where one file adds one thing', () => {
  const pieces = (folder: string, not: readonly string[]) =>
    files.filter((file) => dirname(file) === folder && !not.some((name) => file === `${folder}/${name}.ts`))
  it.each([
    ['analyzers', ['analyzer', 'load']],
    ['actions', ['action', 'load']],
    ['sources', ['source', 'load']],
  ])('%s each have their test', (folder, shared) => {
    const tests = readdirSync(join(root, 'test', folder), { recursive: true, encoding: 'utf8' })
    const missing = pieces(folder, shared).filter(
      (file) => !tests.includes(`${file.slice(folder.length + 1, -3)}.test.ts`),
    )
    expect(missing).toEqual([])
  })
})

describe('the style', () => {
  const names = (file: string) => file.split('/')
  it('names folders for ideas, never for language kinds', () => {
    const bad = files.filter((file) =>
      names(file).some((part) =>
        /^(utils?|helpers?|common|services?|managers?|interfaces|misc|lib)$/.test(part.replace(/\.ts$/, '')),
      ),
    )
    expect(bad).toEqual([])
  })
  it('writes file names in kebab-case', () => {
    expect(
      files.filter((file) => !names(file).every((part) => /^[a-z0-9]+(-[a-z0-9]+)*(\.d)?(\.ts)?$/.test(part))),
    ).toEqual([])
  })
  it('keeps files under 400 lines', () => {
    expect(files.filter((file) => textOf(file).split('\n').length > 401)).toEqual([])
  })
  it('uses no enum, default export or unfinished mark', () => {
    expect(files.filter((file) => /^\s*export default\b|^\s*(export )?(const )?enum /m.test(textOf(file)))).toEqual([])
    expect(files.filter((file) => /\b(TODO|FIXME|XXX)\b/.test(textOf(file)))).toEqual([])
  })
  // Tables of Kubernetes' and Slack's own kinds under their own names: the file says what they are, and their docs the rest.
  const tables = /^(domain\/kubernetes|snapshot\/schema|demo\/slack\/blocks)\//
  it('writes a docblock above every exported function, type and constant', () => {
    const bare = files.flatMap((file) => {
      const lines = textOf(file).split('\n')
      return lines.flatMap((line, index) => {
        const exported = /^export (?:async )?(?:const|function|type|class) (\w+)/.exec(line)
        if (
          exported === null ||
          tables.test(file) ||
          exported[1] === 'verb' ||
          exported[1] === 'analyzer' ||
          exported[1] === 'action'
        )
          return []
        const above = lines[index - 1] ?? ''
        return above.endsWith('*/') || above.startsWith('export function') ? [] : [`${file}: ${exported[1]}`]
      })
    })
    expect(bare).toEqual([])
  })
})
