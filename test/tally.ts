import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Adds up the results that the suites of one run left in a folder, and prints one line. Exits 1 when none passed or one failed. */
const folder = process.argv[2] ?? ''
const results = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map(
    (file) =>
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
        numPassedTests: number
        numFailedTests: number
        numPendingTests: number
      },
  )
const sum = (field: 'numPassedTests' | 'numFailedTests' | 'numPendingTests') =>
  results.reduce((total, result) => total + result[field], 0)
const [passed, failed, skipped] = [sum('numPassedTests'), sum('numFailedTests'), sum('numPendingTests')]
console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(passed === 0 || failed > 0 ? 1 : 0)
