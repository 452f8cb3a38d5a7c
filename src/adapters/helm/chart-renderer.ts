import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Read } from '../../domain/coverage.ts'
import type { ChartInput, ChartRenderer } from '../../ports.ts'

/** A rendering ends within this, in ms, and gives no more than so many bytes. */
const deadline = 15_000
const mostOutput = 16 * 1024 * 1024

/**
 * Renders charts with a helm program at this path: `helm template` over files in a folder of its own, without a shell, a
 * network it needs, a cluster, plug-ins or anything of this process' environment.
 */
export const helmRenderer = (program: string): ChartRenderer => ({
  template: async (chart) => {
    const root = await mkdtemp(join(tmpdir(), 'doctor-chart-'))
    try {
      const wrong = await lay(root, chart)
      if (wrong !== undefined) return { kind: 'unreadable', reason: 'malformed', message: wrong }
      return await run(program, argumentsFor(root, chart), root)
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  },
})

const lay = async (root: string, { files, values }: ChartInput): Promise<string | undefined> => {
  const chart = join(root, 'chart')
  for (const [path, text] of files) {
    const place = join(chart, path)
    if (relative(chart, place).startsWith('..')) return `${path} leads out of the chart`
    await mkdir(dirname(place), { recursive: true })
    await writeFile(place, text)
  }
  await Promise.all(values.map((text, index) => writeFile(join(root, `values-${index}.yaml`), text)))
  return undefined
}

const argumentsFor = (root: string, { values, sets, release, namespace, withCrds }: ChartInput): readonly string[] => [
  'template',
  `--namespace=${namespace}`,
  ...(withCrds ? ['--include-crds'] : []),
  ...values.map((_, index) => `--values=${join(root, `values-${index}.yaml`)}`),
  // As Argo CD gives parameters: a comma in a value is a comma.
  ...sets.map(({ name, value, text }) => `--set${text ? '-string' : ''}=${name}=${value.replace(/(?<!\\),/g, '\\,')}`),
  '--',
  release,
  join(root, 'chart'),
]

const run = (program: string, args: readonly string[], root: string): Promise<Read<string>> =>
  new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: {
        HOME: root,
        HELM_PLUGINS: join(root, 'none'),
        HELM_CACHE_HOME: root,
        HELM_CONFIG_HOME: root,
        HELM_DATA_HOME: root,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadline,
      killSignal: 'SIGKILL',
    })
    const out: Buffer[] = []
    let size = 0
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= mostOutput) out.push(chunk)
      else child.kill('SIGKILL')
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(0, 2_000)
    })
    child.on('error', (error) => resolve({ kind: 'unreadable', reason: 'not-configured', message: error.message }))
    child.on('close', (code, signal) => {
      if (code === 0) resolve({ kind: 'ok', value: Buffer.concat(out).toString('utf8') })
      else if (signal !== null)
        resolve({
          kind: 'unreadable',
          reason: 'timeout',
          message: size > mostOutput ? 'it gives too much' : 'it took too long',
        })
      else resolve({ kind: 'unreadable', reason: 'malformed', message: inOneLine(said, root) })
    })
  })

const inOneLine = (said: string, root: string): string =>
  said
    .replaceAll(root, '')
    .replace(/^Error:\s*/m, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 2)
    .join(' ')
    .slice(0, 300)
