import fc from 'fast-check'
import { anyLife } from '../domain/any-life.ts'
import { keepResult } from '../results.ts'
import { openReplicas } from './replicas.ts'
import { type Race, races } from './rounds.ts'

/**
 * `npm run test:races`: people press at the same moment at several replicas that share one Redis, round after round, and
 * executors reach for the same plan; each round must have exactly the winners that its rule allows. Then random lives of
 * plans, against the invariants of `step`. A number after `--` is how many rounds of clicks.
 */
const rounds = Number(process.argv[2] ?? 1_000)
const cases = 20_000
const begun = Date.now()
const replicas = await openReplicas(3)
const wrong: string[] = []
const results: { readonly name: string; readonly rounds: number; readonly contenders: number }[] = []

const runRace = async (race: Race): Promise<void> => {
  const count = Math.max(1, Math.round(rounds * race.share))
  const began = Date.now()
  for (let round = 0; round < count; round += 1) {
    const problem = await race.run(replicas, round)
    if (problem !== undefined) wrong.push(`${race.name}, round ${round + 1}: ${problem}`)
  }
  results.push({ name: race.name, rounds: count, contenders: race.contenders })
  console.log(
    `${race.name}: ${count} rounds of ${race.contenders} at once in ${Math.round((Date.now() - began) / 1000)} s`,
  )
}

try {
  for (const race of races) await runRace(race)
} finally {
  await replicas.close()
}
const lives = Date.now()
fc.assert(anyLife, { numRuns: cases })
console.log(`${cases} random lives of plans in ${Math.round((Date.now() - lives) / 1000)} s`)

for (const line of wrong.slice(0, 20)) console.log(`WRONG ${line}`)
const seconds = Math.round((Date.now() - begun) / 1000)
console.log(
  `\n${results.reduce((sum, one) => sum + one.rounds, 0)} rounds and ${cases} cases in ${seconds} s: ${wrong.length} wrong`,
)
keepResult('races', { races: results, cases, wrong: wrong.length, seconds })
process.exit(wrong.length === 0 ? 0 : 1)
