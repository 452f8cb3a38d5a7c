import type { Incident } from '../domain/incident.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn } from '../domain/plain.ts'
import type { PlanRecord } from '../domain/plan-record.ts'
import { some } from '../domain/words.ts'
import { type Block, context, section, slackTime } from './blocks.ts'

const words: Readonly<Record<Incident['state'], string>> = {
  open: '🔴 open',
  investigating: '🔴 looking into it',
  'awaiting-approval': '🟠 waiting for a decision',
  executing: '🟠 making the change',
  verifying: '🟠 checking the change',
  escalated: '🟣 needs a person',
  resolved: '🟢 resolved',
  closed: '🟢 closed',
}

/** The Home tab: what waits for this person, what is open now, what ended lately, which clusters are served, and how to ask. */
export const homeView = (
  incidents: readonly Incident[],
  clusters: readonly string[],
  waiting: readonly { readonly record: PlanRecord; readonly link?: string }[] = [],
): unknown => {
  const open = incidents.filter((incident) => incident.endedAt === undefined)
  const ended = incidents.filter(({ endedAt, mergedInto }) => endedAt !== undefined && mergedInto === undefined)
  const blocks: Block[] = [
    { type: 'header', text: { type: 'plain_text', text: 'Cluster Doctor' } },
    context(clusters.length === 0 ? 'No cluster is connected.' : `Clusters: ${mrkdwn(some(clusters, 10))}`),
    ...(waiting.length === 0 ? [] : [section('*Waits for you*'), ...waiting.map(waits)]),
    section(
      open.length === 0 ? '*No incident is open.* That says nothing about what was not watched.' : '*Open incidents*',
    ),
    ...open.slice(0, 15).map(line),
    ...(ended.length === 0 ? [] : [section('*Ended lately*'), ...ended.slice(0, 10).map(line)]),
    { type: 'divider' },
    context(
      'Ask with `/doctor diagnose payments/checkout`, `/doctor pods -n payments`, `/doctor help`, or mention me.',
    ),
  ]
  return { type: 'home', blocks }
}

const waits = ({ record: { plan, life }, link }: { readonly record: PlanRecord; readonly link?: string }): Block => {
  const card = link === undefined ? '' : ` · <${link}|its card>`
  return section(
    `🟡 *${mrkdwn(plan.summary, 200)}* · ${mrkdwn(plan.cluster)} · ${mrkdwn(refText(plan.target))} · risk ${plan.risk} · ${life.approvals.length} of ${plan.rule.quorum} approvals · until ${slackTime(plan.expiresAt)}${card}`,
  )
}

const line = (incident: Incident): Block => {
  const where = [incident.cluster, incident.namespace].filter((part) => part !== undefined).map((part) => mrkdwn(part))
  const thread = incident.thread === undefined ? '' : ` · <#${incident.thread.channel}>`
  return section(
    `${words[incident.state]} · *${mrkdwn(incident.title, 200)}* · ${where.join(' · ')} · ${slackTime(incident.updatedAt)}${thread}`,
  )
}
