import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { ownCases, type Score, scoreCase, sharedCases } from './score.ts'

/** The bars of `npm run scenarios`: shares of cases whose first cause has the right code and object. */
const bars = { own: 0.95, shared: 13 / 16 }

const analyzers = await loadAnalyzers()
const only = process.argv[2]
const cases = [...ownCases(), ...sharedCases()].filter(
  (one) => only === undefined || one.id.includes(only) || one.group === only,
)
const scores: Score[] = []
for (const one of cases) scores.push(await scoreCase(one, analyzers))

const cell = (text: string | number, width: number): string => String(text).padStart(width)
const row = (name: string, of: readonly Score[]): string => {
  const count = (test: (score: Score) => boolean) => of.filter(test).length
  const time = of.reduce((sum, score) => sum + score.milliseconds, 0) / Math.max(1, of.length)
  return [
    name.padEnd(16),
    cell(of.length, 6),
    cell(
      count((score) => score.top1),
      7,
    ),
    cell(
      count((score) => score.top3),
      7,
    ),
    cell(
      count((score) => score.falsePositive),
      6,
    ),
    cell(
      count((score) => score.unsafe.length > 0),
      7,
    ),
    cell(
      count((score) => score.problems.length > 0),
      9,
    ),
    cell(`${time.toFixed(0)} ms`, 8),
  ].join('')
}

for (const score of scores) {
  for (const problem of score.problems) console.log(`${score.case.group}/${score.case.id}: ${problem}`)
}
console.log(`\n${'group'.padEnd(16)} cases  top-1  top-3  false unsafe  problems    time`)
for (const group of [...new Set(cases.map((one) => one.group))]) {
  console.log(
    row(
      group,
      scores.filter((score) => score.case.group === group),
    ),
  )
}
const own = scores.filter((score) => score.case.own)
const shared = scores.filter((score) => !score.case.own)
console.log(row('all', scores))

const share = (of: readonly Score[]): number =>
  of.length === 0 ? 1 : of.filter((score) => score.top1).length / of.length
const below =
  share(own) < bars.own ||
  share(shared) < bars.shared ||
  scores.some((score) => score.falsePositive || score.unsafe.length > 0)
if (below) {
  console.log('below the bars: 95 % of the own cases, 13 of 16 shared ones, no false positive, no unsafe offer')
  process.exitCode = 1
}
