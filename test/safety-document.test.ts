import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { allGroups } from './bad-input/groups.ts'
import { actions, points } from './crash/cells.ts'
import { carriers, hostiles } from './injection/texts.ts'
import { mutants } from './prove/mutants.ts'
import { worlds } from './prove/worlds.ts'
import { races } from './races/rounds.ts'
import { safetyDocument } from './safety-document.ts'

/** The page as it would be written now, with figures that nobody measured. */
const now = (): string =>
  safetyDocument({
    prove: {
      explored: worlds.map(({ name }) => ({ name, states: 0, transitions: 0, depth: 0, seconds: 0 })),
      seeded: mutants.map(({ name }) => ({ name, steps: 0, invariant: '' })),
      states: 0,
      seconds: 0,
    },
    crash: {
      kills: 0,
      lanes: 0,
      points: points.length,
      actions: actions.length,
      wrong: 0,
      seconds: 0,
      median: 0,
      slowest: 0,
    },
    injection: { texts: hostiles.length, carriers: carriers.length, injections: 0, harms: 0, seconds: 0 },
    'bad-input': {
      groups: allGroups.map(({ number, name, tries }) => ({ group: number, name, inputs: tries.length })),
      inputs: 0,
      wrong: 0,
      seconds: 0,
    },
    races: {
      races: races.map(({ name, contenders }) => ({ name, rounds: 0, contenders })),
      cases: 0,
      wrong: 0,
      seconds: 0,
    },
  })

/** Without what is measured: numbers, and what fell where a guard was gone. */
const shape = (page: string): readonly string[] =>
  page.split('\n').map((line) => line.replace(/\| I\d [^|]*\|$/, '|  |').replace(/\d[\d,.]*/g, '0'))

it('docs/safety.md is of what there is now; npm run docs:safety writes it anew', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/safety.md'), 'utf8')
  expect(shape(page)).toEqual(shape(now()))
})

it('no run that it tells of found anything wrong', () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/safety.md'), 'utf8')
  expect(page).not.toMatch(/: [1-9][\d,]* (?:wrong|did harm)/)
})
