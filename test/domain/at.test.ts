import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { at, conditionsAt, labelsAt, listAt, numberAt, textAt, trueAt } from '../../src/domain/at.ts'

const object = {
  spec: { list: [{ name: 'a' }], on: true, size: 3, empty: '', labels: { a: 'b', c: 1 } },
  status: { conditions: [{ type: 'Ready', status: 'False', reason: 7 }, 'junk'] },
}

describe('at', () => {
  it('reads what is there in the wanted type only', () => {
    expect(textAt(object, 'spec', 'list', 0, 'name')).toBe('a')
    expect(textAt(object, 'spec', 'empty')).toBeUndefined()
    expect(textAt(object, 'spec', 'size')).toBeUndefined()
    expect(numberAt(object, 'spec', 'size')).toBe(3)
    expect(trueAt(object, 'spec', 'on')).toBe(true)
    expect(listAt(object, 'spec', 'labels')).toEqual([])
    expect(labelsAt(object, 'spec', 'labels')).toEqual({ a: 'b' })
    expect(conditionsAt(object)).toEqual([{ type: 'Ready', status: 'False' }, {}])
  })
  it('follows own properties only', () => {
    expect(at(object, '__proto__', 'toString')).toBeUndefined()
    expect(at(object, 'constructor')).toBeUndefined()
  })
  it('never throws on any value', () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.string()), (value, path) => {
        at(value, ...path)
        conditionsAt(value)
        return true
      }),
    )
  })
})
