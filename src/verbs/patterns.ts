import { type Answer, type Block, type Document, note, table, text, title } from '../domain/document.ts'
import type { LogCluster, PatternReport } from '../domain/log-patterns.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { short, some } from '../domain/words.ts'
import type { Arguments } from './arguments.ts'
import { age } from './reading/ages.ts'
import { flagText, refusalAnswer } from './reading/place.ts'
import { outputOf, sightOf, snapshotFlag, unreadNote } from './reading/sight.ts'
import { placeFlags, type Verb } from './verb.ts'

const [mostTrouble, mostOther] = [20, 10]

export const verb: Verb = {
  name: 'patterns',
  aliases: ['log-patterns'],
  summary: 'what the logs of a namespace say, alike messages as one, trouble first',
  usage: '[-n NAMESPACE] [--since 1h] [-o text|markdown|json]',
  examples: ['patterns -n payments', 'patterns -n payments --since 15m', 'patterns -A'],
  flags: {
    ...placeFlags,
    ...snapshotFlag,
    since: { value: 'DURATION', help: 'only lines newer than, such as 15m or 1h' },
    output: { short: 'o', value: 'text|markdown|json', help: 'the form of the answer' },
  },
  where: 'everywhere',
  run: async (context, args) => {
    const output = outputOf(args, ['json', 'markdown'])
    if (isRefusal(output)) return refusalAnswer(output)
    const since = sinceOf(args)
    if (isRefusal(since)) return refusalAnswer(since)
    const sight = sightOf(context, args)
    if (isRefusal(sight)) return refusalAnswer(sight)
    const report = await sight.look.patterns(sight.at, since)
    const document: Document =
      output === 'json' ? [{ kind: 'code', text: JSON.stringify(report, null, 2) }] : documentOf(report)
    return { status: statusOf(report), document }
  },
}

const sinceOf = (args: Arguments): number | undefined | Refusal => {
  const value = flagText(args, 'since')
  if (value === undefined) return undefined
  const match = /^(\d{1,5})(s|m|h|d)$/.exec(value)
  if (match === null) return refused('usage', '--since takes a duration such as 15m or 1h.')
  return Number(match[1]) * { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as 's' | 'm' | 'h' | 'd']
}

/** Logs that could not be read say nothing about what is in them. */
const statusOf = ({ unavailable, pods }: PatternReport): Answer['status'] =>
  unavailable.length > 0 && pods.read === 0 ? 'could-not-tell' : 'ok'

const documentOf = (report: PatternReport): Document => {
  const { pods, messages, patterns, namespace, cluster } = report
  const where = namespace === undefined ? cluster : `${namespace} on ${cluster}`
  const from = `${pods.read} of ${pods.of} pod${pods.of === 1 ? '' : 's'}`
  if (patterns.length === 0)
    return [
      text(`No log lines in ${where}${pods.read < pods.of ? `, read from ${from}` : ''}.`),
      ...unreadNote(report.unavailable),
    ]
  const trouble = patterns.filter((one) => one.trouble)
  const other = patterns.filter((one) => !one.trouble)
  return [
    title(`Log patterns of ${where}`),
    text(`${messages} messages of ${from}, in ${patterns.length} patterns; ${trouble.length} of them report trouble.`),
    ...troubles(trouble, report.at),
    ...others(other, report.at),
    note(`${cluster} · numbers and ids are left out to find what is alike; \`logs POD\` shows the lines`),
    ...unreadNote(report.unavailable),
  ]
}

const troubles = (patterns: readonly LogCluster[], now: string): readonly Block[] => {
  if (patterns.length === 0) return []
  const items = patterns.slice(0, mostTrouble).map((one) => {
    const facts = [
      `${one.count}×`,
      one.perMinute === undefined ? '' : `${one.perMinute} a minute`,
      one.trend === undefined || one.trend === 'steady' ? '' : one.trend,
      one.lastSeen === undefined ? '' : `last ${age(one.lastSeen, Date.parse(now))} ago`,
      one.firstSeen === undefined || one.count === 1 ? '' : `first ${age(one.firstSeen, Date.parse(now))} ago`,
      some(one.pods, 2),
    ].filter((fact) => fact !== '')
    return `${(one.level ?? 'trouble').toUpperCase()} ${short(one.example, 240)} (${facts.join(', ')})`
  })
  const more = patterns.length > mostTrouble ? [note(`${patterns.length - mostTrouble} more such patterns.`)] : []
  return [{ kind: 'list', items }, ...more]
}

const others = (patterns: readonly LogCluster[], now: string): readonly Block[] =>
  patterns.length === 0
    ? []
    : [
        table(
          ['Count', 'Level', 'Last', 'Pods', 'Message'],
          patterns
            .toSorted((a, b) => b.count - a.count)
            .map((one) => [
              String(one.count),
              one.level ?? '',
              one.lastSeen === undefined ? '' : age(one.lastSeen, Date.parse(now)),
              String(one.pods.length),
              short(one.example, 120),
            ]),
          mostOther,
        ),
      ]
