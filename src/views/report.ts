import { type Block, type Document, note, table, text, title } from '../domain/document.ts'
import { refText } from '../domain/object.ts'
import { amountText } from '../domain/quantity.ts'
import type { HealthReport } from '../domain/report.ts'

const sign = { healthy: '🟢', degraded: '🟠', critical: '🔴', inconclusive: '⚪' } as const

/** The health report as a document; equal reports give equal text. `zone` is a time zone name for the date in its title. */
export const reportDocument = (report: HealthReport, zone = 'UTC'): Document => {
  const day = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: zone,
  }).format(new Date(report.at))
  const well = report.namespaces.filter((one) => one.healthy === one.workloads && one.notReady === 0).length
  return [
    title(`${sign[report.verdict]} ${report.cluster}, ${day}`),
    text(headline(report, well)),
    ...issues(report),
    ...namespaces(report),
    ...rollouts(report),
    ...room(report),
    ...(report.recommendations.length === 0
      ? []
      : [title('Recommended'), { kind: 'list', items: report.recommendations } as const]),
    ...unread(report),
  ]
}

const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

const headline = (report: HealthReport, well: number): string => {
  const { incidents, nodes } = report
  const parts = [
    `${report.verdict}: ${well} of ${plural(report.namespaces.length, 'namespace')} healthy`,
    `${nodes.ready} of ${plural(nodes.total, 'node')} ready${nodes.cordoned > 0 ? `, ${nodes.cordoned} cordoned` : ''}`,
    incidents.opened === 0
      ? 'no incidents in 24 h'
      : `${plural(incidents.opened, 'incident')} in 24 h (${incidents.minutes} min${incidents.open > 0 ? `, ${incidents.open} open` : ''})`,
    plural(report.rollouts.length, 'rollout'),
  ]
  return `${parts.join(' · ')}.`
}

const issues = (report: HealthReport): readonly Block[] => {
  if (report.issues.length === 0)
    return [text(report.verdict === 'healthy' ? 'Nothing is wrong in what was looked at.' : 'No root cause was found.')]
  return [
    title('Needs you'),
    {
      kind: 'list',
      items: report.issues.map(
        (issue) =>
          `${issue.severity === 'critical' ? '🔴' : '🟠'} ${refText(issue.object)}: ${issue.summary} (${issue.code})`,
      ),
    },
  ]
}

const namespaces = (report: HealthReport): readonly Block[] => {
  const rows = report.namespaces.map((one) => [
    one.name,
    `${one.healthy} of ${one.workloads}`,
    String(one.pods),
    one.notReady === 0 ? '–' : String(one.notReady),
  ])
  return rows.length === 0
    ? []
    : [title('Namespaces'), table(['Namespace', 'Workloads healthy', 'Pods', 'Not ready'], rows, 40)]
}

const rollouts = (report: HealthReport): readonly Block[] =>
  report.rollouts.length === 0
    ? []
    : [
        title('Rollouts in 24 h'),
        table(
          ['Workload', 'Revision', 'At', 'Changed', 'State'],
          report.rollouts.map((one) => [
            `${one.workload.namespace}/${one.workload.name}`,
            one.revision,
            `${one.at.slice(11, 16)} UTC`,
            one.change,
            one.state,
          ]),
          20,
        ),
      ]

const room = (report: HealthReport): readonly Block[] => {
  const percent = (part: number | undefined, whole: number) =>
    part === undefined ? 'not read' : whole === 0 ? '–' : `${Math.round((100 * part) / whole)} %`
  const amount = (resource: string, value: number) =>
    resource === 'pods' ? String(value) : amountText(resource, value)
  const rows = report.utilisation.map((one) => [
    one.resource,
    amount(one.resource, one.allocatable),
    percent(one.requested, one.allocatable),
    percent(one.used, one.allocatable),
  ])
  return rows.length === 0 ? [] : [title('Utilisation'), table(['Resource', 'Allocatable', 'Requested', 'Used'], rows)]
}

const unread = (report: HealthReport): readonly Block[] =>
  report.coverage.unavailable.length === 0
    ? []
    : [
        note(
          `Could not be read: ${report.coverage.unavailable.map((one) => `${one.source} (${one.reason})`).join(', ')}. Nothing is said about those.`,
        ),
      ]
