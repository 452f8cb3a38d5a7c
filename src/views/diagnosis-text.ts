import { keptText } from '../domain/coverage.ts'
import type { Diagnosis, ReportedFinding, RootCause, Verdict } from '../domain/diagnosis.ts'
import type { Evidence } from '../domain/evidence.ts'
import { refText } from '../domain/object.ts'
import { safeText } from './safe-text.ts'

type Paint = (text: string) => string
type Palette = {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly green: Paint
}

const ansi =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`
const plain: Paint = (text) => text

const coloured: Palette = {
  bold: ansi(1, 22),
  dim: ansi(2, 22),
  red: ansi(31, 39),
  yellow: ansi(33, 39),
  green: ansi(32, 39),
}
const uncoloured: Palette = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain }

/** The answer for a terminal. Colour only supports the words; without it nothing is lost. Lines are not wrapped. */
export const diagnosisText = (diagnosis: Diagnosis, options: { readonly colour: boolean }): string => {
  const palette = options.colour ? coloured : uncoloured
  const sections = [
    headline(diagnosis, palette),
    ...diagnosis.rootCauses.map((cause, index) => causeSection(cause, index, diagnosis, palette)),
    alone(diagnosis, palette),
    next(diagnosis),
    coverage(diagnosis, palette),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  healthy: '✔ Healthy: no problem found, no action needed.',
  degraded: '▲ Degraded',
  critical: '✖ Critical',
  inconclusive: '? Could not tell',
}

const verdictPaint = (verdict: Verdict, palette: Palette): Paint =>
  verdict === 'healthy' ? palette.green : verdict === 'critical' ? palette.red : palette.yellow

const headline = (diagnosis: Diagnosis, palette: Palette): string => {
  const { verdict, rootCauses, cluster, at } = diagnosis
  const paint = (text: string) => palette.bold(verdictPaint(verdict, palette)(text))
  const number = rootCauses.length
  const what = verdict === 'inconclusive' ? 'possible cause' : 'root cause'
  const counted = number === 0 ? '' : `: ${number} ${what}${number === 1 ? '' : 's'}`
  const nothing = verdict === 'inconclusive' && number === 0 ? ': something that was needed could not be read.' : ''
  return `${paint(`${verdictWords[verdict]}${counted}${nothing}`)}\n${palette.dim(`cluster ${safeText(cluster)}, as of ${at}`)}`
}

const causeSection = (cause: RootCause, index: number, diagnosis: Diagnosis, palette: Palette): string => {
  const severity = cause.severity === 'critical' ? palette.red(cause.severity) : palette.yellow(cause.severity)
  const since = cause.since === undefined ? '' : `, since ${cause.since}${ago(cause.since, diagnosis.at)}`
  const lines = [
    `${palette.bold(`${index + 1}. ${safeText(cause.summary)}`)}`,
    `   ${cause.code} · ${safeText(refText(cause.object))} · ${severity} · ${Math.round(cause.confidence * 100)} % sure${since}`,
    ...block('Why', cause.explanation, palette),
    ...block('What changed', [cause.change === undefined ? noChange : changeLine(cause.change)], palette),
    ...block('Affects', cause.affected.length === 0 ? [] : [some(cause.affected.map(refText), 12)], palette),
    ...block('Evidence', cause.evidence.slice(0, 12).map(evidenceLine), palette),
    ...block('Also contributing', cause.contributingFactors, palette),
    ...block('Fix', cause.fix, palette),
    ...block('Prevent', cause.prevention, palette),
    ...block(
      'The doctor offers',
      cause.proposals.map((one) => `${one.action} (${one.risk} risk): ${one.summary}`),
      palette,
    ),
  ]
  return lines.join('\n')
}

const noChange = 'Nothing that could be seen in the day before it began.'

const changeLine = (change: NonNullable<RootCause['change']>): string =>
  [change.what, change.at === undefined ? '' : `at ${change.at}`, change.by === undefined ? '' : `by ${change.by}`]
    .filter((part) => part !== '')
    .join(', ')

const evidenceLine = (evidence: Evidence): string =>
  `${evidence.id}  ${evidence.at === undefined ? '' : `${evidence.at}  `}${evidence.kind} ${refText(evidence.about)}: ${evidence.text}`

const block = (title: string, lines: readonly string[], palette: Palette): readonly string[] =>
  lines.length === 0 ? [] : [`   ${palette.dim(title)}`, ...lines.map((line) => `     ${indented(line)}`)]

const indented = (text: string): string => safeText(text).replaceAll('\n', '\n     ')

const some = (names: readonly string[], most: number): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`

const ago = (since: string, now: string): string => {
  const minutes = Math.round((Date.parse(now) - Date.parse(since)) / 60_000)
  if (!(minutes >= 0)) return ''
  if (minutes < 120) return ` (${minutes} min ago)`
  return minutes < 2880 ? ` (${Math.round(minutes / 60)} h ago)` : ` (${Math.round(minutes / 1440)} days ago)`
}

const alone = (diagnosis: Diagnosis, palette: Palette): string => {
  const findings = diagnosis.findings.filter((finding) => finding.causedBy === undefined)
  if (findings.length === 0) return ''
  return block('Worth knowing, not broken now', findings.slice(0, 10).map(findingLine), palette).join('\n').slice(3)
}

const findingLine = (finding: ReportedFinding): string => `${refText(finding.object)}: ${finding.summary}`

const next = ({ next: steps }: Diagnosis): string =>
  steps.length === 0 ? '' : ['Look next at', ...steps.map((step) => `  ${indented(step)}`)].join('\n')

const coverage = ({ at, coverage: { checked, unavailable, ...kept } }: Diagnosis, palette: Palette): string => {
  const looked = `Looked at ${checked.length === 0 ? 'nothing' : checked.join(', ')}. ${keptText(kept, at)}`.trimEnd()
  const missed = unavailable.map(({ source, reason, message }) =>
    safeText(message === undefined ? `${source} (${reason})` : `${source} (${reason}: ${message})`),
  )
  return [
    palette.dim(looked),
    ...(missed.length === 0 ? [] : [palette.yellow(`Could not read ${missed.join('; ')}.`)]),
  ].join('\n')
}
