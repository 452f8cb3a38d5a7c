import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
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
  [/^npm run -s doctor -- start$/, 'test/flows/process.long.test.ts'],
  [/^npm run -s doctor -- workflow\b/, 'test/verbs/workflow.test.ts'],
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

/** The workflow to copy, as it stands in the docs. */
const workflow = parse(
  /```yaml\n(name: cluster-doctor\n[\s\S]*?)```/.exec(textOf('docs/github-actions.md'))?.[1] ?? '',
) as {
  readonly permissions: Readonly<Record<string, string>>
  readonly jobs: Readonly<
    Record<string, { readonly permissions?: object; readonly steps: readonly Readonly<Record<string, unknown>>[] }>
  >
}

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

  it('let the workflow to copy do no more than it must, and pin what it uses', () => {
    expect(workflow.permissions).toEqual({ contents: 'read', issues: 'write' })
    const jobs = Object.values(workflow.jobs)
    expect(jobs.map(({ permissions }) => permissions)).toEqual([undefined])
    const steps = jobs.flatMap((job) => job.steps)
    for (const { uses, run } of steps) {
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
      expect(String(run ?? '')).not.toContain('${{')
    }
  })

  it('let the title of an issue be no command of the workflow to copy', async () => {
    const runner = mkdtempSync(join(folder, 'runner-'))
    const step = workflow.jobs['diagnose']?.steps.find(({ name }) => name === 'Diagnose')
    const script = String(step?.['run']).replace('npm run -s doctor --', `"${process.execPath}" src/cli.ts`)
    const title = `$(touch ${folder}/a) \`touch ${folder}/b\`"; touch ${folder}/c; echo "' --snapshot /etc/passwd @everyone`
    const env = {
      ...{ PATH: process.env['PATH'], HOME: folder, RUNNER_TEMP: runner, TITLE: title },
      READER_KUBECONFIG: cluster.kubeconfig('reader'),
    }
    const { code, output } = await inShell(script, env)
    expect(code, output).toBe(0)
    expect(['a', 'b', 'c'].filter((name) => existsSync(join(folder, name)))).toEqual([])
    expect(readdirSync(runner)).toEqual(['diagnosis.md'])
    expect(readFileSync(join(runner, 'diagnosis.md'), 'utf8')).toMatch(/^# (Healthy|Degraded|Critical|Could not tell)/)
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

const inShell = (script: string, env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn('bash', ['-e', '-c', script], { cwd: root, env })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
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
