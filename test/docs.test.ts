import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settingNames } from '../src/config.ts'
import { type SimulatedCluster, startSimulatedCluster } from '../src/demo/cluster/start.ts'
import { world } from '../src/demo/cluster/world.ts'

const root = resolve(import.meta.dirname, '..')
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')
const scripts = (JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }).scripts

/** The commands of the shell blocks, continued lines joined. */
const commands = pages.flatMap((page) =>
  [...textOf(page).matchAll(/```sh\n([\s\S]*?)```/g)].flatMap((block) =>
    (block[1] ?? '')
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => ({ page, line })),
  ),
)

/** Commands that other tests run, and where. */
const elsewhere: readonly (readonly [pattern: RegExp, test: string])[] = [
  [/^npm ci && npm (run demo|test)$/, '.ci/run'],
  [/^npm run -s doctor -- start$/, 'test/flows/process.test.ts'],
  [/^kubectl /, 'test/manifests/manifests.kube.test.ts'],
  [/^export /, 'test/config.test.ts'],
  [/^npm run (-s )?(scenarios|bench|prove|test:\w+|docs:\w+|bench:\w+)/, '.ci/run'],
]
/** Commands that are run here, with the exit codes that are right for them. */
const here: readonly (readonly [pattern: RegExp, codes: readonly number[]])[] = [
  [/^npm run -s doctor -- diagnose/, [0, 1, 2]],
  [/^npm run -s doctor -- (config check|runbooks (lint|match oom-killed|drift))/, [0]],
  // No key is set where the docs are tested.
  [/^npm run -s doctor -- ask\b/, [2]],
  // A machine where nothing ran yet has no record.
  [/^npm run -s doctor -- (audit verify|timeline|postmortem)/, [0, 1]],
  [/^npm run -s doctor -- (get|pods|hygiene|graph|patterns|report|who-can|can-i)\b/, [0, 1, 2]],
]

describe('the docs', () => {
  let folder: string
  let cluster: SimulatedCluster
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'docs-'))
    cluster = await startSimulatedCluster({ name: 'docs', ...world, controllers: false })
    writeFileSync(join(folder, 'kubeconfig'), cluster.kubeconfig('reader'), { mode: 0o600 })
    writeFileSync(
      join(folder, 'pods.json'),
      JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: cluster.store.list('pods') }),
    )
  })
  afterAll(async () => {
    await cluster?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('list every setting, and no other', () => {
    const page = textOf('docs/configuration.md')
    const named = new Set([...page.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map((match) => match[1] ?? ''))
    expect(settingNames.filter((name) => !named.has(name))).toEqual([])
    const known = new Set([...settingNames, 'DOCTOR_CONFIG'])
    expect([...named].filter((name) => name.includes('_') && !known.has(name))).toEqual([])
  })

  it('link to what is there', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((link) => !existsSync(resolve(root, page, '..', link)))
        .map((link) => `${page} → ${link}`),
    )
    expect(broken).toEqual([])
  })

  it('name scripts that exist', () => {
    const named = commands.flatMap(({ line }) =>
      [...line.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map((match) => match[1] ?? ''),
    )
    expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([])
  })

  it('hold no command that no test runs', () => {
    const unknown = commands.filter(
      ({ line }) =>
        ![...elsewhere.map(([pattern]) => pattern), ...here.map(([pattern]) => pattern)].some((pattern) =>
          pattern.test(line),
        ),
    )
    expect(unknown.map(({ page, line }) => `${page}: ${line}`)).toEqual([])
    expect(elsewhere.filter(([, test]) => !existsSync(join(root, test))).map(([, test]) => test)).toEqual([])
  })

  const runnable = [...new Set(commands.map(({ line }) => line))].flatMap((line) => {
    const known = here.find(([pattern]) => pattern.test(line))
    return known === undefined ? [] : [[line, known[1]] as const]
  })
  it.each(runnable)('%s', async (line, codes) => {
    const words = line.replace('npm run -s doctor -- ', '').replace('./dump', join(folder, 'pods.json')).split(' ')
    const { code, output } = await run(words, folder)
    expect(codes, output).toContain(code)
  })
})

const run = (words: readonly string[], folder: string): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      KUBECONFIG: join(folder, 'kubeconfig'),
      DOCTOR_DATA_DIR: join(folder, 'data'),
    }
    const child = spawn(process.execPath, ['src/cli.ts', ...words], { cwd: root, env })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
