import { describe, expect, it } from 'vitest'
import { step } from '../../src/domain/plan-life.ts'
import { allRules } from './model.ts'
import { mutants, smallWorld } from './mutants.ts'
import { search } from './search.ts'
import { fastWorlds } from './worlds.ts'

describe('every interleaving of the write path', () => {
  it('holds I1 to I7 in at least fifty thousand states', () => {
    const found = fastWorlds.map(({ bounds }) => search(allRules, bounds, step, 600_000))
    for (const one of found) expect(one).toMatchObject({ complete: true })
    expect(found.map((one) => one.violation)).toEqual(found.map(() => undefined))
    expect(found.reduce((sum, one) => sum + one.states, 0)).toBeGreaterThan(50_000)
  })

  it('walks a counterexample without confusing who is who', () => {
    const found = search({ ...allRules, intentFirst: false }, smallWorld, step, 100_000)
    expect(found.violation?.steps).toEqual([
      'a replica hears: Ana approves',
      'a replica stores: Ana approves',
      ...['takes the lease', 'reads the plan', 'looks for an end of the plan on the record'].map(
        (it) => `worker 1 ${it}`,
      ),
      'worker 1 asks every gate, and all say yes',
      'worker 1 goes on without an intent on the record',
      'worker 1 reads the freeze and the clock',
      'worker 1 arms the plan',
      'worker 1 looks again at the freeze and the record',
      'worker 1 sends the request',
    ])
  })
})

describe('a guard that is gone is found', () => {
  // All of them by `npm run prove`.
  it.each(mutants.filter((_, index) => index % 8 === 0))('$name', ({ breaks, rules, bounds, step: mutated }) => {
    const found = search({ ...allRules, ...rules }, { ...smallWorld, ...bounds }, mutated ?? step, 600_000)
    expect(found.violation?.invariant).toMatch(breaks)
  })
})
