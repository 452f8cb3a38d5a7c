import { type Answer, type Block, type Document, note, table, text, title } from '../domain/document.ts'
import type { HygieneFinding, HygieneReport } from '../domain/hygiene.ts'
import { refText } from '../domain/object.ts'
import { isRefusal, refused } from '../domain/refusal.ts'
import { flagText, refusalAnswer } from './reading/place.ts'
import { outputOf, sightOf, snapshotFlag, unreadNote } from './reading/sight.ts'
import { placeFlags, type Verb } from './verb.ts'

const mostShown = 40

export const verb: Verb = {
  name: 'hygiene',
  aliases: ['lint', 'tidy'],
  summary: 'what could hurt one day, with a score: limits, probes, tags, budgets, rights, what nobody uses',
  usage: '[-n NAMESPACE] [--min-score N] [-o text|markdown|json]',
  examples: ['hygiene', 'hygiene -n payments', 'hygiene --min-score 80 -o json'],
  flags: {
    ...placeFlags,
    ...snapshotFlag,
    output: { short: 'o', value: 'text|markdown|json', help: 'the form of the answer' },
    'min-score': { value: 'N', help: 'answer no (exit 1) below this score, 0 to 100' },
  },
  where: 'everywhere',
  run: async (context, args) => {
    const output = outputOf(args, ['json', 'markdown'])
    if (isRefusal(output)) return refusalAnswer(output)
    const least = flagText(args, 'min-score')
    if (least !== undefined && !(/^\d{1,3}$/.test(least) && Number(least) <= 100))
      return refusalAnswer(refused('usage', '--min-score takes a whole number from 0 to 100.'))
    const sight = sightOf(context, args)
    if (isRefusal(sight)) return refusalAnswer(sight)
    const report = await sight.look.hygiene(sight.at)
    const document: Document =
      output === 'json'
        ? [{ kind: 'code', text: JSON.stringify(report, null, 2) }]
        : documentOf(report, sight.at.namespace)
    return { status: statusOf(report, least === undefined ? 0 : Number(least)), document }
  },
}

const needed = ['pods', 'deployments', 'statefulsets', 'daemonsets']

/** A score over what could be read is no score of the cluster: then it could not be told, whatever the number. */
const statusOf = (report: HygieneReport, least: number): Answer['status'] => {
  if (report.total === undefined || report.unavailable.some(({ source }) => needed.includes(source)))
    return 'could-not-tell'
  return report.total.score < least ? 'not-found' : 'ok'
}

const documentOf = (report: HygieneReport, namespace: string | undefined): Document => {
  const where = namespace === undefined ? report.cluster : `${namespace} on ${report.cluster}`
  const { total } = report
  if (total === undefined)
    return [
      text(`The hygiene of ${where} could not be told: nothing to judge was read.`),
      ...unreadNote(report.unavailable),
    ]
  const warnings = report.findings.filter(({ severity }) => severity === 'warn')
  const notes = report.findings.filter(({ severity }) => severity === 'info')
  return [
    title(`Hygiene of ${where}: ${total.score} of 100 (${total.grade})`),
    text(
      `${total.clean} of ${total.objects} objects have nothing to tidy. Nothing below is broken now; \`diagnose\` says what is.`,
    ),
    ...(namespace === undefined && report.namespaces.length > 1 ? [byNamespace(report)] : []),
    ...section(`${warnings.length} will hurt one day`, warnings),
    ...section(`${notes.length} worth tidying`, notes),
    ...notJudged(report),
    ...unreadNote(report.unavailable),
  ]
}

const byNamespace = (report: HygieneReport): Block =>
  table(
    ['Namespace', 'Score', 'Grade', 'Tidy'],
    report.namespaces
      .toSorted((a, b) => a.score - b.score || (a.namespace < b.namespace ? -1 : 1))
      .map((one) => [one.namespace, String(one.score), one.grade, `${one.clean} of ${one.objects}`]),
    25,
  )

const section = (heading: string, findings: readonly HygieneFinding[]): readonly Block[] => {
  if (findings.length === 0) return []
  const items = findings
    .slice(0, mostShown)
    .map(({ object, check, summary, fix }) => `${refText(object)}: ${summary}. Fix: ${fix}. (\`${check}\`)`)
  const more =
    findings.length > mostShown
      ? [note(`${findings.length - mostShown} more; -n NAMESPACE or -o json shows them.`)]
      : []
  return [title(heading), { kind: 'list', items }, ...more]
}

const notJudged = ({ notJudged: left }: HygieneReport): readonly Block[] =>
  left.length === 0 ? [] : [note(`Not judged: ${left.map(({ check, reason }) => `${check} (${reason})`).join('; ')}.`)]
