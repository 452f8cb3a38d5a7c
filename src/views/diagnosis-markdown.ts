import { keptText } from '../domain/coverage.ts'
import type { Diagnosis, RootCause, Verdict } from '../domain/diagnosis.ts'
import { refText } from '../domain/object.ts'
import { safeText } from './safe-text.ts'

const titles: Readonly<Record<Verdict, string>> = {
  healthy: 'Healthy: no problem found',
  degraded: 'Degraded',
  critical: 'Critical',
  inconclusive: 'Could not tell',
}

/** The answer as Markdown, for issues and post-incident notes. Text from the cluster can neither format nor mention. */
export const diagnosisMarkdown = (diagnosis: Diagnosis): string => {
  const { cluster, at, verdict, rootCauses, next, coverage } = diagnosis
  const parts = [
    `# ${titles[verdict]}`,
    `Cluster ${escaped(cluster)}, as of ${at}.`,
    ...rootCauses.map((cause, index) => causePart(cause, index)),
    ...listPart('## Look next at', next),
    '## Coverage',
    `Looked at ${coverage.checked.join(', ') || 'nothing'}. ${keptText(coverage, at)}`.trimEnd(),
    ...coverage.unavailable.map(
      ({ source, reason, message }) =>
        `- not read: ${escaped(source)} (${reason}${message === undefined ? '' : `: ${escaped(message)}`})`,
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

const causePart = (cause: RootCause, index: number): string => {
  const facts = [
    `\`${cause.code}\``,
    escaped(refText(cause.object)),
    cause.severity,
    `${Math.round(cause.confidence * 100)} % sure`,
    ...(cause.since === undefined ? [] : [`since ${cause.since}`]),
  ]
  const change = cause.change
  return [
    `## ${index + 1}. ${escaped(cause.summary)}`,
    facts.join(' · '),
    ...listPart('### Why', cause.explanation, '1.'),
    ...(change === undefined
      ? []
      : listPart('### What changed', [
          [change.what, change.at, change.by].filter((part) => part !== undefined).join(', '),
        ])),
    ...listPart('### Affects', cause.affected.slice(0, 30).map(refText)),
    ...listPart(
      '### Evidence',
      cause.evidence.map((one) => `${one.id} ${one.at ?? ''} ${one.kind} ${refText(one.about)}: ${one.text}`),
    ),
    ...listPart('### Also contributing', cause.contributingFactors),
    ...listPart('### Fix', cause.fix, '1.'),
    ...listPart('### Prevent', cause.prevention),
    ...listPart(
      '### The doctor offers',
      cause.proposals.map((one) => `${one.action} (${one.risk} risk): ${one.summary}`),
    ),
  ].join('\n\n')
}

const listPart = (title: string, lines: readonly string[], mark = '-'): readonly string[] =>
  lines.length === 0 ? [] : [title, lines.map((line) => `${mark} ${escaped(line)}`).join('\n')]

/** Keeps text from the cluster from being read as Markdown, HTML, a mention or an address that GitHub makes a link of. */
const escaped = (text: string): string =>
  safeText(text)
    .replaceAll('\n', ' ')
    .replace(/[\\`*_{}[\]<>#|~]/g, '\\$&')
    .replace(/@(?=\w)|:(?=\/\/)|\bwww(?=\.)/gi, '$&\u2060')
