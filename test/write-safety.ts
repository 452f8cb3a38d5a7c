import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Measured, safetyDocument } from './safety-document.ts'

/**
 * `npm run docs:safety`: runs the search, the kills, the races, the injections and the bad inputs, and writes docs/safety.md
 * from what they measured. A run that fails writes nothing. SAFETY_RESULTS names a folder whose results of earlier runs are used instead.
 */
const runs = ['prove', 'crash', 'races', 'injection', 'bad-input'] as const
const given = process.env['SAFETY_RESULTS']
const folder = given ?? mkdtempSync(join(tmpdir(), 'doctor-safety-'))

if (given === undefined)
  for (const run of runs) {
    const { status } = spawnSync(process.execPath, [join(import.meta.dirname, run, 'main.ts')], {
      stdio: 'inherit',
      env: { ...process.env, SAFETY_RESULTS: folder },
    })
    if (status !== 0) process.exit(status ?? 1)
  }

const results = Object.fromEntries(
  runs.map((run) => [run, JSON.parse(readFileSync(join(folder, `${run}.json`), 'utf8'))]),
) as Measured
writeFileSync(join(import.meta.dirname, '..', 'docs', 'safety.md'), safetyDocument(results))
if (given === undefined) rmSync(folder, { recursive: true, force: true })
