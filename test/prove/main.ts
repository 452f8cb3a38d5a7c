import { step } from '../../src/domain/plan-life.ts'
import { keepResult } from '../results.ts'
import { allRules } from './model.ts'
import { mutants, smallWorld } from './mutants.ts'
import { type Found, search } from './search.ts'
import { deepWorlds, worlds } from './worlds.ts'

/**
 * `npm run prove`: explores every interleaving of the write path in bounded worlds, on the `step` that production runs, and
 * then takes away one guard after the other, each of which must be found gone. Exits 1 when an invariant falls or a
 * seeded bug is not found. `--deep` adds a world that needs 2 GB; `--traces` prints every counterexample whole.
 */
const flags = new Set(process.argv.slice(2))
const print = (text: string): void => console.log(text)
const number = (value: number): string => value.toLocaleString('en')

const trace = (found: Found): string =>
  (found.violation?.steps ?? []).map((one, index) => `      ${String(index + 1).padStart(2)}. ${one}`).join('\n')

let bad = 0
const explored = [...worlds, ...(flags.has('--deep') ? deepWorlds : [])].map(({ name, bounds, most }) => {
  const found = search(allRules, bounds, step, most)
  const { states, transitions, depth, ms, complete, violation } = found
  print(`\n${name}`)
  print(
    `  ${number(states)} states, ${number(transitions)} transitions, depth ${depth}, ${(ms / 1000).toFixed(1)} s, ${complete ? 'all of them' : 'NOT ALL'}`,
  )
  if (violation === undefined) print(complete ? '  I1 to I7 hold in each' : '  the bound was too small')
  else print(`  BROKEN: ${violation.invariant}\n${trace(found)}`)
  if (violation !== undefined || !complete) bad += 1
  return { name, states, transitions, depth, seconds: ms / 1000 }
})

print(`\n${mutants.length} seeded bugs, one guard gone in each:`)
const seeded = mutants.map(({ name, breaks, rules, bounds, step: mutated }) => {
  const found = search({ ...allRules, ...rules }, { ...smallWorld, ...bounds }, mutated ?? step, 4_000_000)
  const { violation } = found
  const right = violation !== undefined && breaks.test(violation.invariant)
  const after = violation === undefined ? 'NOT FOUND' : `${violation.steps.length} steps: ${violation.invariant}`
  print(`  ${right ? 'found' : 'WRONG'}  ${name}\n         after ${after}`)
  if (flags.has('--traces')) print(trace(found))
  if (!right) bad += 1
  return { name, steps: violation?.steps.length ?? 0, invariant: violation?.invariant ?? '' }
})

const states = explored.reduce((sum, world) => sum + world.states, 0)
const seconds = explored.reduce((sum, world) => sum + world.seconds, 0)
print(`\n${number(states)} states in ${seconds.toFixed(1)} s; ${seeded.length} seeded bugs; ${bad} problems`)
keepResult('prove', { explored, seeded, states, seconds })
process.exit(bad === 0 ? 0 : 1)
