import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createTurns } from '../../../src/doctor/look/turns.ts'

const never = new AbortController().signal

describe('turns', () => {
  it('lets at most so many work at once, in the order of asking, whatever fails', async () => {
    const turns = createTurns(2)
    const began: number[] = []
    let [busy, most] = [0, 0]
    const work = (index: number) =>
      turns(async () => {
        began.push(index)
        busy += 1
        most = Math.max(most, busy)
        await sleep(2)
        busy -= 1
        if (index % 3 === 0) throw new Error('failed')
        return index
      }, never).catch(() => -1)
    const results = await Promise.all(Array.from({ length: 12 }, (_, index) => work(index)))
    expect(most).toBe(2)
    expect(began).toEqual(Array.from({ length: 12 }, (_, index) => index))
    expect(results).toEqual([-1, 1, 2, -1, 4, 5, -1, 7, 8, -1, 10, 11])
  })

  it('loses no turn to one that no longer waits', async () => {
    const turns = createTurns(1)
    const first = Promise.withResolvers<void>()
    const running = turns(() => first.promise, never)
    const leaving = new AbortController()
    const gone = turns(async () => 'gone', leaving.signal)
    const last = turns(async () => 'last', never)
    leaving.abort(new Error('left'))
    await expect(gone).rejects.toThrow('left')
    first.resolve()
    await running
    expect(await last).toBe('last')
    await expect(turns(async () => 1, leaving.signal)).rejects.toThrow('left')
    expect(await turns(async () => 2, never)).toBe(2)
  })
})
