import { readdirSync } from 'node:fs'
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

  it('refuses what is no input at all, without a throw', () => {
    for (const action of actions.values())
      for (const input of [null, undefined, 1, 'x', [], { __proto__: { x: 1 }, y: 1 }, { constructor: 1 }])
        expect(isRefusal(action.draft(context(deployment()), input))).toBe(true)
  })
})
