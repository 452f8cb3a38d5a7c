import type { Incident } from '../domain/incident.ts'
import type { IssueRecord } from '../domain/issue.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import { type Message, section } from './blocks.ts'

/** The hidden mark by which an issue or comment of ours is known again. */
export const issueMarker = (what: string, value: string): string => `<!-- doctor:${what}=${value} -->`

/** Text from outside in Markdown: it mentions nobody, refers to no issue, opens no markup and hides no mark. */
export const inert = (text: string, max = 300): string =>
  plainLine(text, max)
    .replace(/[<>]/g, (one) => (one === '<' ? '&lt;' : '&gt;'))
    .replace(/[|`*_[\]]/g, '\\$&')
    .replace(/([@#])(?=[\w-])/g, '$1\u2060')
    .replace(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(\s+)(?=[@#\\]|\S*\/\S*#)/gi, '$1\u2060$2')

/** The one issue of a deployment failure: what, where, since when, what is degraded, the error, and commands to paste. */
export const issueText = (
  record: IssueRecord,
  incident: Incident,
  thread?: string,
): { readonly title: string; readonly body: string } => {
  const { notice } = record
  const app = notice?.labels['app']
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Application', app],
    ['Cluster', incident.cluster],
    ['Namespace', incident.namespace],
    ['Project', notice?.labels['project']],
    ['Revision', notice?.labels['revision']],
    ['Repository', notice?.labels['repo']],
    ['Since', notice?.startsAt ?? incident.openedAt],
    ['Severity', incident.severity],
    ['Incident', incident.id],
  ]
  const namespace = incident.namespace === undefined ? '' : ` -n ${incident.namespace}`
  return {
    title: inert(incident.title, 200).replaceAll('\\', ''),
    body: [
      '## What',
      inert(notice?.title ?? incident.title),
      '',
      '| | |',
      '|---|---|',
      ...rows.flatMap(([name, value]) =>
        value === undefined || value === '' ? [] : [`| ${name} | ${inert(value)} |`],
      ),
      '',
      ...(notice?.resources === undefined ? [] : ['## Degraded resources', ...listOf(notice.resources), '']),
      ...(notice?.message === undefined ? [] : ['## Error', fence(notice.message), '']),
      '## Look at it',
      fence(
        [
          `doctor diagnose${namespace}`,
          ...(app === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(app)
            ? []
            : [`argocd app get ${app}`, `argocd app diff ${app}`]),
          `kubectl get pods${namespace}`,
          `kubectl get events${namespace} --sort-by=.lastTimestamp`,
        ].join('\n'),
      ),
      '',
      ...threadLine(thread),
      'Add the label `cluster-doctor` for a diagnosis as a comment.',
      issueMarker('fp', record.fingerprint.slice(0, 32)),
    ].join('\n'),
  }
}

/** The address is the chat's own; one that could end the link is left out. */
const threadLine = (thread: string | undefined): readonly string[] =>
  thread !== undefined && /^https?:\/\/[^\s<>()|[\]]+$/.test(thread) ? [`[The thread in Slack](${thread})`, ''] : []

const listOf = (resources: string): readonly string[] =>
  resources
    .split(/,\s*/)
    .slice(0, 20)
    .map((one) => `- ${inert(one)}`)

const fence = (text: string): string => `\`\`\`text\n${plainKeepingLines(text)}\n\`\`\``

const plainKeepingLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => plainLine(line, 500).replaceAll('```', "'''").replaceAll('<!--', '<! --'))
    .join('\n')

/** Said on the issue when it failed again: at most every ten minutes, with how often. */
export const againText = (record: IssueRecord, incident: Incident): string =>
  [
    `Still failing: ${incident.seen} signals so far.${record.notice === undefined ? '' : ` Newest: ${inert(record.notice.title)}`}`,
    ...(record.notice?.message === undefined ? [] : ['', fence(record.notice.message)]),
  ].join('\n')

/** Said when it is closed. */
export const healthyText = (record: IssueRecord, minutes: number): string =>
  `Healthy since ${record.healthySince ?? 'a while'} and for ${minutes} minutes, so this is closed. A new failure opens a new issue.`

/** The diagnosis as a comment: causes with how sure they are, evidence, what to do, and what could not be looked at. */
export const diagnosisText = (incident: Incident, thread?: string): string => {
  const { diagnosis } = incident
  if (diagnosis === undefined) return 'There is no diagnosis yet.'
  const causes = diagnosis.rootCauses
    .slice(0, 3)
    .flatMap((cause, index) => [
      `### ${index + 1}. ${inert(cause.summary, 400)} (${Math.round(cause.confidence * 100)} %)`,
      `\`${cause.code}\` at ${inert(refText(cause.object))}${cause.since === undefined ? '' : `, since ${cause.since}`}`,
      '',
      ...cause.evidence.slice(0, 5).map(({ id, text }) => `- ${inert(id)}: ${inert(text, 400)}`),
      ...(cause.change === undefined ? [] : ['', `Changed before: ${inert(cause.change.what)}`]),
      ...(cause.fix.length === 0
        ? []
        : ['', '**What to do**', ...cause.fix.slice(0, 4).map((step) => `- ${inert(step)}`)]),
      ...(cause.proposals.length === 0
        ? []
        : [
            '',
            `A safe change is proposed in the incident's thread: ${inert(cause.proposals[0]?.summary ?? '')}. It needs an approval there.`,
          ]),
      '',
    ])
  const unread = diagnosis.coverage.unavailable.map((one) => `${one.source} (${one.reason})`)
  return [
    `## Diagnosis of ${inert(incident.cluster)}: ${diagnosis.verdict}`,
    '',
    ...(causes.length === 0
      ? ['No cause was found.', ...diagnosis.next.slice(0, 4).map((step) => `- ${inert(step)}`)]
      : causes),
    ...threadLine(thread),
    unread.length === 0 ? '' : `Could not be read: ${inert(unread.join(', '))}.`,
  ].join('\n')
}

/** Where the draft of a review was written to; the address is the Git host's own. */
export const draftMessage = (to: 'issue' | 'pr', url: string): Message => {
  const what = to === 'issue' ? 'an issue' : 'a pull request'
  const text = `The draft of the review is ${what}: ${mrkdwn(plainLine(url, 500))}`
  const linked = /^https?:\/\/[^\s<>|]{1,500}$/.test(url) ? `The draft of the review is <${url}|${what}>.` : text
  return { text, blocks: [section(`📝 ${linked}`)] }
}
