import { setTimeout as sleep } from 'node:timers/promises'
import { keepResult } from '../results.ts'
import { type Outcome, runCell } from './cell.ts'
import { actions as first, points } from './cells.ts'
import { openLane } from './lane.ts'
import { operations } from './operations.ts'

/**
 * `npm run test:crash`: kills the app with SIGKILL at every named point of every action that writes to a cluster, starts it
 * again, and counts what reached the API server. Most of a cell is waiting, so several lanes run at a time. Words after
 * `--` choose points or actions by a part of their name.
 */
const lanes = 14
const wanted = process.argv.slice(2)
const chosen = (name: string): boolean => wanted.length === 0 || wanted.some((word) => name.includes(word))
const actions = [...first, ...operations]
const cells = points
  .flatMap((point) => actions.map((action) => ({ action, point })))
  .filter(({ action, point }) => chosen(`${point}/${action.id}`))
  .map((cell, number) => ({ ...cell, number }))
  // Those that wait longest go first.
  .sort((a, b) => Number(waits(b.point)) - Number(waits(a.point)))

function waits(point: string): boolean {
  return ['execute.intended', 'execute.armed'].includes(point)
}

const begun = Date.now()
const outcomes: Outcome[] = []

const line = async (index: number): Promise<void> => {
  await sleep(index * 300)
  let lane = await openLane()
  for (let cell = cells.shift(); cell !== undefined; cell = cells.shift()) {
    const outcome = await runCell(lane, cell.action, cell.point, cell.number)
    outcomes.push(outcome)
    const { point, action, resumed, problems } = outcome
    const verdict = problems.length === 0 ? `one effect, resumed in ${resumed.toFixed(1)} s` : problems.join('; ')
    console.log(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${point} × ${action}: ${verdict}`)
    if (problems.length === 0) continue
    // What went wrong must not make the next one go wrong.
    await lane.close()
    lane = await openLane()
  }
  await lane.close()
}
await Promise.all(Array.from({ length: Math.min(lanes, cells.length) }, (_, index) => line(index)))

const wrong = outcomes.filter((outcome) => outcome.problems.length > 0)
const seconds = Math.round((Date.now() - begun) / 1000)
const times = outcomes.map((outcome) => outcome.resumed).sort((a, b) => a - b)
const slowest = times.at(-1) ?? 0
const median = times[Math.floor(times.length / 2)] ?? 0
console.log(
  `\n${outcomes.length} kills in ${seconds} s: ${outcomes.length - wrong.length} with exactly one effect, resumed in ${median.toFixed(1)} s (median), ${slowest.toFixed(1)} s (slowest), ${wrong.length} wrong`,
)
keepResult('crash', {
  kills: outcomes.length,
  points: points.length,
  actions: actions.length,
  wrong: wrong.length,
  seconds,
  median,
  slowest,
})
process.exit(wrong.length === 0 && outcomes.length > 0 ? 0 : 1)
