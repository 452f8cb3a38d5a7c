import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { landed } from '../src/doctor/gates/last-look.ts'
import { areas } from './mutation/areas.ts'
import { readMeasured } from './mutation/measured.ts'

/** What the runs kept. */
export type Measured = {
  readonly prove: {
    readonly explored: readonly {
      readonly name: string
      readonly states: number
      readonly transitions: number
      readonly depth: number
      readonly seconds: number
    }[]
    readonly seeded: readonly { readonly name: string; readonly steps: number; readonly invariant: string }[]
    readonly states: number
    readonly seconds: number
  }
  readonly crash: {
    readonly kills: number
    /** How many apps ran at a time. */
    readonly lanes: number
    readonly points: number
    readonly actions: number
    readonly wrong: number
    readonly seconds: number
    readonly median: number
    readonly slowest: number
  }
  readonly injection: {
    readonly texts: number
    readonly carriers: number
    readonly injections: number
    readonly harms: number
    readonly seconds: number
  }
  readonly 'bad-input': {
    readonly groups: readonly { readonly group: number; readonly name: string; readonly inputs: number }[]
    readonly inputs: number
    readonly wrong: number
    readonly seconds: number
  }
  readonly races: {
    readonly races: readonly { readonly name: string; readonly rounds: number; readonly contenders: number }[]
    readonly cases: number
    readonly wrong: number
    readonly seconds: number
  }
}

const root = join(import.meta.dirname, '..')
const number = (value: number): string => value.toLocaleString('en')

/** Each promise by its test file's own words, and what else proves it. */
const promises = (): readonly string[] =>
  readdirSync(join(root, 'test/promises'))
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(root, 'test/promises', file), 'utf8')
      const [, index = '', promise = ''] = /describe\(\s*['"`]promise (\d+): ([^'"`]+)['"`]/.exec(text) ?? []
      if (promise === '') throw new Error(`${file} does not say which promise it tests`)
      const more = (besides[Number(index)] ?? []).map((path) => link(path))
      return `| ${index} | ${promise} | ${[link(`test/promises/${file}`), ...more].join(', ')} |`
    })

const besides: Readonly<Record<number, readonly string[]>> = {
  1: ['test/prove', 'test/domain/plan-life.test.ts'],
  2: ['test/prove', 'test/crash', 'test/races', 'test/doctor/execute.test.ts'],
  3: ['test/prove', 'test/races', 'test/domain/plan-life.test.ts'],
  4: ['test/prove'],
  5: ['test/prove'],
  6: ['test/prove', 'test/races', 'test/doctor/decide.test.ts'],
  7: ['test/prove', 'test/crash', 'test/doctor/replay.test.ts', 'test/memory'],
  8: ['test/injection'],
  9: ['test/adapters/kubernetes'],
  10: ['test/architecture.test.ts'],
  11: ['test/bad-input'],
  12: ['test/bad-input'],
  13: ['test/bad-input'],
  14: ['test/injection'],
}

const link = (path: string): string => {
  if (!existsSync(join(root, path))) throw new Error(`${path} is named in docs/safety.md but is not there`)
  return `[${path}](../${path})`
}

/** docs/safety.md, from what was measured. Throws where a file that it links is not there. */
export const safetyDocument = (measured: Measured): string =>
  [head(), searched(measured), killed(measured), raced(measured), hostile(measured), bad(measured), changed()].join(
    '\n',
  )

const head = (): string => `# Safety, measured

This page is written by \`npm run docs:safety\` from the runs that it describes; nothing in it is typed by hand. A fast test holds it against
what there is: each promise, each seeded bug, each race and each group of inputs. The figures are of the machine on which it was written.

## Every promise and where it is proved

| | promise | tests |
|---|---|---|
${promises().join('\n')}
`

const searched = ({ prove }: Measured): string => `## The write path, searched whole

\`npm run prove\` explores every interleaving of the write path, breadth first, in bounded worlds: who asked, two approvers (one with two
accounts), one who denies, the doctor itself, two replicas that hear people, two executors, a clock, requests that are late or lost, and
faults: a kill or a standstill at any step, an object that somebody changes, an address that leads to another cluster, a freeze, an approver
who loses the right, a stored plan that is tampered with, a store that loses everything or fails over to an older copy. The life of the
plan in it is the \`step\` function that production runs ([src/domain/plan-life.ts](../src/domain/plan-life.ts)); around it stands a model of
[src/doctor](../src/doctor), one outside call at a time.

**${number(prove.states)} distinct states in ${prove.seconds.toFixed(0)} s on one core; I1 to I7 hold in every one.**

| world | states | transitions | depth | seconds |
|---|---:|---:|---:|---:|
${prove.explored.map(({ name, states, transitions, depth, seconds }) => `| ${name} | ${number(states)} | ${number(transitions)} | ${depth} | ${seconds.toFixed(1)} |`).join('\n')}

A search that finds nothing may be blind, so it is checked too: ${prove.seeded.length} guards of \`step\` and of the protocol are taken away, one at a
time. All ${prove.seeded.length} are found.

| the guard that is gone | steps to the harm | what falls |
|---|---:|---|
${prove.seeded.map(({ name, steps, invariant }) => `| ${name} | ${steps} | ${invariant} |`).join('\n')}

What the search does not cover: worlds beyond its bounds (\`test/prove/worlds.ts\`), a third and later steps of a plan (random
lives of those are in \`test/domain\`), clocks that differ between executors by more than seconds, and what a card says after a failover that lost an arming (the record and the bound on effects hold then as well).
`

const killed = ({ crash }: Measured): string => `## Killed at every point

\`npm run test:crash\` runs the app as a process of its own, kills it with SIGKILL at each of ${crash.points} named points of each of ${crash.actions} actions that write
to a cluster, starts it again, and reads the write log of the API server it talked to. The locks and deadlines are those of production.

**${crash.kills} kills in ${crash.seconds} s: ${crash.kills - crash.wrong} times exactly one write on the wire, the cluster as the plan said, the record sound. From the kill until
the effect was settled, the start of the next process included: ${crash.median.toFixed(0)} s in the median, ${crash.slowest.toFixed(0)} s at most, with ${crash.lanes} apps at a time on a shared machine of two cores.**

The longest wait is for a request that may be on its way: ${landed / 1_000} s after an intent it can no longer land.
`

const raced = ({ races }: Measured): string => `## At the same moment

\`npm run test:races\`: presses and executors in one moment, at three replicas that share a real Redis; each round must have exactly the
winners that its rule allows, and an answer for everybody. Then random lives of plans against the invariants of \`step\`.

| race | rounds | at once |
|---|---:|---:|
${races.races.map(({ name, rounds, contenders }) => `| ${name} | ${number(rounds)} | ${contenders} |`).join('\n')}

**${number(races.races.reduce((sum, one) => sum + one.rounds, 0))} rounds and ${number(races.cases)} random lives in ${races.seconds} s: ${races.wrong} wrong.**
`

const hostile = ({ injection }: Measured): string => `## Hostile text

\`npm run test:injection\` takes ${injection.texts} hostile texts through ${injection.carriers} carriers (log line, event message, label value, annotation, environment) and the real
snapshot, diagnosis, runbooks, plan and card, and compares with a run in which nobody wrote anything: header, target, diff, risk, buttons,
action and approvers must be the same bytes, nothing may be offered that is not in the catalogue, no diagnosis may become surer, and no
mention, link, code block or hidden character may come alive in Slack, Markdown or a terminal.

**${number(injection.injections)} injections in ${injection.seconds} s: ${injection.harms} did harm.**
`

const bad = ({ 'bad-input': { groups, inputs, seconds, wrong } }: Measured): string => `## Bad inputs

\`npm run test:bad-input\` drives these at the running app, over the wires on which they would come: HTTP, Slack, webhooks, the API server,
the model, Redis, files and settings. Each must get a clear answer without the insides of a program; nothing may be written, and
the app must be well afterwards.

**${groups.length} groups, ${number(inputs)} inputs in ${seconds} s: ${wrong} wrong.**

| | group | inputs |
|---:|---|---:|
${groups.map(({ group, name, inputs: count }) => `| ${group} | ${name} | ${count} |`).join('\n')}
`

const changed = (): string => {
  const measured = readMeasured()
  const rows = areas.flatMap(({ name }) => measured[name] ?? [])
  const missing = areas.filter(({ name }) => measured[name] === undefined)
  const [killed, total] = [
    rows.reduce((sum, row) => sum + row.killed, 0),
    rows.reduce((sum, row) => sum + row.total, 0),
  ]
  return `## Tests of the tests

\`npm run test:mutation\` lets StrykerJS change one place at a time (a condition, a comparison, a branch, a call; not the words for people)
and runs the tests that come by it. A change that no test sees is one that could happen.

**${number(killed)} of ${number(total)} changes were seen: ${((100 * killed) / total).toFixed(1)} %.** ${missing.map(({ files }) => `Not measured yet: ${files.join(', ')}.`).join(' ')}

| file | seen | of |
|---|---:|---:|
${rows.map(({ file, killed: seen, total: all }) => `| [${file}](../${file}) | ${seen} | ${all} |`).join('\n')}
`
}
