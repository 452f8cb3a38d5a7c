import { setTimeout as sleep } from 'node:timers/promises'
import { keepResult } from '../results.ts'
import { type Outcome, runCell } from './cell.ts'
import { actions, points } from './cells.ts'

/**
 * `npm run test:crash`: kills the app with SIGKILL at every named point of every action that writes to a cluster, starts it
 * again, and counts what reached the API server. Most of a cell is waiting, so twenty run at a time. Words after `--`
 * choose points or actions by a part of their name.
 */
const atOnce = 20
const wanted = process.argv.slice(2)
const chosen = (name: string): boolean => wanted.length === 0 || wanted.some((word) => name.includes(word))
const cells = points
  .flatMap((point) => actions.map((action) => ({ action, point })))
  .filter(({ action, point }) => chosen(`${point}/${action.id}`))
  // Those that wait longest go first.
  .sort((a, b) => Number(waits(b.point)) - Number(waits(a.point)))

function waits(point: string): boolean {
  return ['plan.before-store', 'execute.intended', 'execute.armed'].includes(point)
}

const begun = Date.now()
const outcomes: Outcome[] = []
const line = async (first: number): Promise<void> => {
  await sleep(first * 400)
  for (let cell = cells.shift(); cell !== undefined; cell = cells.shift()) {
    const outcome = await runCell(cell.action, cell.point)
    outcomes.push(outcome)
    const { point, action, resumed, problems } = outcome
    const verdict = problems.length === 0 ? `one effect, resumed in ${resumed.toFixed(1)} s` : problems.join('; ')
    console.log(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${point} × ${action}: ${verdict}`)
  }
}
await Promise.all(Array.from({ length: Math.min(atOnce, cells.length) }, (_, index) => line(index)))

const wrong = outcomes.filter((outcome) => outcome.problems.length > 0)
const seconds = Math.round((Date.now() - begun) / 1000)
const slowest = Math.max(...outcomes.map((outcome) => outcome.resumed))
console.log(
  `\n${outcomes.length} kills in ${seconds} s: ${outcomes.length - wrong.length} with exactly one effect, slowest resumed in ${slowest.toFixed(1)} s, ${wrong.length} wrong`,
)
keepResult('crash', {
  kills: outcomes.length,
  points: points.length,
  actions: actions.length,
  wrong: wrong.length,
  seconds,
  slowest,
})
process.exit(wrong.length === 0 && outcomes.length > 0 ? 0 : 1)
