import { setTimeout as sleep } from 'node:timers/promises'
import { keepResult } from '../results.ts'
import { type Outcome, runCell } from './cell.ts'
import { afterLostAnswer, betweenSteps, actions as first, points } from './cells.ts'
import { openLane } from './lane.ts'
import { operations } from './operations.ts'
import { wholeObjects } from './whole-objects.ts'

/**
 * `npm run test:crash`: kills the app with SIGKILL at every named point of every action that writes to a cluster, starts it
 * again, and counts what reached the API server: each request of the plan, once. Most of a cell is waiting, so several lanes run at a time. Words after
 * `--` choose points or actions by a part of their name; `--third` takes a third of all, with every point and every action in
 * it, and another third each day.
 */
const lanes = 10
const third = process.argv.includes('--third') ? Math.floor(Date.now() / 86_400_000) % 3 : undefined
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = (name: string): boolean => wanted.length === 0 || wanted.some((word) => name.includes(word))
const actions = [...first, ...operations, ...wholeObjects]
const cells = points
  .flatMap((point, row) => actions.map((action, column) => ({ action, point, third: (row + column) % 3 })))
  .filter((cell) => third === undefined || cell.third === third)
  .filter(({ action, point }) => !betweenSteps.has(point) || (action.writes ?? 1) > 1)
  // A plan is made, stored and decided once, however many steps it has.
  .filter(
    ({ action, point }) =>
      action.pass === undefined || (/^(?:execute|verify)\./.test(point) && !afterLostAnswer.has(point)),
  )
  .filter(({ action, point }) => chosen(`${point}/${action.title ?? action.id}`))
  .map((cell, number) => ({ ...cell, number }))
  // Those that wait longest go first.
  .sort((a, b) => Number(waits(b.point)) - Number(waits(a.point)))

function waits(point: string): boolean {
  return ['execute.intended', 'execute.armed'].includes(point)
}

const begun = Date.now()
const outcomes: Outcome[] = []

type Planned = (typeof cells)[number]

const tell = ({ point, action, resumed, problems }: Outcome): void => {
  const verdict = problems.length === 0 ? `one effect, resumed in ${resumed.toFixed(1)} s` : problems.join('; ')
  console.log(`${problems.length === 0 ? 'ok   ' : 'WRONG'} ${point} × ${action}: ${verdict}`)
}

const line = async (
  next: () => Planned | undefined,
  keep: (cell: Planned, outcome: Outcome) => void,
): Promise<void> => {
  let lane = await openLane()
  for (let cell = next(); cell !== undefined; cell = next()) {
    const outcome = await runCell(lane, cell.action, cell.point, cell.number)
    tell(outcome)
    keep(cell, outcome)
    if (outcome.problems.length === 0) continue
    // What went wrong must not make the next one go wrong.
    await lane.close()
    lane = await openLane()
  }
  await lane.close()
}

// What did nothing wrong but was slow may have had too little of the machine: it is played again, alone.
const slow: Planned[] = []
const sort = (cell: Planned, outcome: Outcome): void => {
  if (outcome.onlyLate) slow.push({ ...cell, number: cell.number + 10_000 })
  else outcomes.push(outcome)
}
await Promise.all(
  Array.from({ length: Math.min(lanes, cells.length) }, async (_, index) => {
    await sleep(index * 300)
    await line(() => cells.shift(), sort)
  }),
)
if (slow.length > 0) {
  console.log(`${slow.length} were only slow and are played again, alone`)
  await line(
    () => slow.shift(),
    (_, outcome) => void outcomes.push(outcome),
  )
}

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
  lanes,
  points: new Set(outcomes.map((outcome) => outcome.point)).size,
  actions: new Set(outcomes.map((outcome) => outcome.action)).size,
  wrong: wrong.length,
  seconds,
  median,
  slowest,
})
process.exit(wrong.length === 0 && outcomes.length > 0 ? 0 : 1)
