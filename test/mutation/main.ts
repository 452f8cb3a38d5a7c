import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { areas, strykerVersion } from './areas.ts'
import { keepMeasured, type Row } from './measured.ts'

/**
 * `npm run test:mutation`: StrykerJS changes policy, plan and executor in one place at a time, and runs the tests that come
 * by that place; a change that no test sees survives. In a copy of the tree, with StrykerJS installed there alone. Takes many
 * minutes, so it is not part of what runs before anything lands; test/mutation/measured.json keeps what it found for
 * docs/safety.md. Words after `--` choose areas by name.
 */
const root = join(import.meta.dirname, '../..')
const wanted = process.argv.slice(2)
const copy = mkdtempSync(join(tmpdir(), 'doctor-mutation-'))

type Report = {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly mutants: readonly {
          readonly status: string
          readonly mutatorName: string
          readonly location: { readonly start: { readonly line: number } }
        }[]
      }
    >
  >
}

const prepare = (): void => {
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  for (const file of files
    .toString()
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  cpSync(join(root, 'node_modules'), join(copy, 'node_modules'), { recursive: true, verbatimSymlinks: true })
  const packages = ['core', 'vitest-runner'].map((name) => `@stryker-mutator/${name}@${strykerVersion}`)
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', ...packages]
  if (spawnSync('npm', install, { cwd: copy, stdio: 'inherit' }).status !== 0)
    throw new Error('StrykerJS cannot be installed')
}

const vitestConfig = (tests: readonly string[]): string => `import { defineConfig } from 'vitest/config'
export default defineConfig({
  test: { environment: 'node', pool: 'threads', testTimeout: 60_000, hookTimeout: 60_000, include: ${JSON.stringify(tests)} },
})
`

const strykerConfig = (area: (typeof areas)[number]) => ({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'mutation.vitest.config.ts', related: false },
  mutate: area.files,
  // Most texts are words for people; the types hold those that are not.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  timeoutMS: 20_000,
  reporters: ['json'],
  jsonReporter: { fileName: `mutation-${area.name}.json` },
  checkers: [],
  // StrykerJS reads tsconfig.json by an interface that TypeScript 7 does not have; it does well without.
  tsconfigFile: 'there-is-none.json',
})

const seen = new Set(['Killed', 'Timeout', 'RuntimeError', 'CompileError'])

const runArea = (area: (typeof areas)[number]): readonly Row[] => {
  writeFileSync(join(copy, 'mutation.vitest.config.ts'), vitestConfig(area.tests))
  writeFileSync(join(copy, 'stryker.conf.json'), JSON.stringify(strykerConfig(area)))
  const stryker = join(copy, 'node_modules/@stryker-mutator/core/bin/stryker.js')
  const { status } = spawnSync(process.execPath, [stryker, 'run', 'stryker.conf.json'], { cwd: copy, stdio: 'inherit' })
  if (status !== 0) throw new Error(`StrykerJS ended with ${status}`)
  const report = JSON.parse(readFileSync(join(copy, `mutation-${area.name}.json`), 'utf8')) as Report
  return Object.entries(report.files).map(([file, { mutants }]) => {
    const counted = mutants.filter(({ status: what }) => what !== 'Ignored')
    for (const { status: what, mutatorName, location } of counted)
      if (!seen.has(what)) console.log(`${what.padEnd(10)} ${file}:${location.start.line} ${mutatorName}`)
    return { file, killed: counted.filter(({ status: what }) => seen.has(what)).length, total: counted.length }
  })
}

const begun = Date.now()
const rows: Row[] = []
try {
  prepare()
  for (const area of areas) {
    if (wanted.length > 0 && !wanted.includes(area.name)) continue
    const found = runArea(area)
    keepMeasured(area.name, found)
    rows.push(...found)
  }
} finally {
  rmSync(copy, { recursive: true, force: true })
}
const sum = (field: 'killed' | 'total'): number => rows.reduce((all, row) => all + row[field], 0)
const share = (killed: number, total: number): string => `${((100 * killed) / Math.max(1, total)).toFixed(1)} %`
console.log('')
for (const { file, killed, total } of rows)
  console.log(
    `${file.padEnd(36)} ${String(killed).padStart(5)} of ${String(total).padStart(5)}  ${share(killed, total)}`,
  )
const [killed, total] = [sum('killed'), sum('total')]
const seconds = Math.round((Date.now() - begun) / 1000)
console.log(`\n${killed} of ${total} changes were seen by a test (${share(killed, total)}) in ${seconds} s`)
process.exit(killed / Math.max(1, total) >= 0.9 ? 0 : 1)
