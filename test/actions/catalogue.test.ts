import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isRefusal } from '../../src/domain/refusal.ts'
import { actions, context, deployment } from './objects.ts'

describe('the catalogue', () => {
  it('has one file and one test for each action', () => {
    const tests = readdirSync(import.meta.dirname)
    for (const id of actions.keys()) expect(tests).toContain(`${id}.test.ts`)
    expect([...actions.keys()]).toEqual([...actions.keys()].sort())
    expect(actions.size).toBeGreaterThanOrEqual(9)
  })

  it('is described in the docs', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/actions.md'), 'utf8')
    const cells = page.split('\n').flatMap((line) => /^\| (`[^|]*)\|/.exec(line)?.[1] ?? [])
    const described = cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map((match) => match[1]))
    expect([...actions.keys()].filter((id) => !described.includes(id))).toEqual([])
  })

  it('refuses what is no input at all, without a throw', () => {
    for (const action of actions.values())
      for (const input of [null, undefined, 1, 'x', [], { __proto__: { x: 1 }, y: 1 }, { constructor: 1 }])
        expect(isRefusal(action.draft(context(deployment()), input))).toBe(true)
  })
})
