import type { DeployCheck, Sample } from '../domain/deployment.ts'
import { refText } from '../domain/object.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import { context, type Message, section } from './blocks.ts'

/** The case of a rollout that made things worse, in one line. */
export const deployTitle = ({ target, revision }: DeployCheck): string =>
  `${refText(target)} is worse since its rollout (revision ${revision.slice(0, 60)})`

/** What a rollout made worse, against before: said once in the thread of its case. */
export const deployCheckMessage = (check: DeployCheck): Message => {
  const { target, worse = [], before, after, images, news, from, revision } = check
  const head = `${refText(target)} is worse than before its rollout`
  const lines = worse.map(({ text }) => `• ${mrkdwn(plainLine(text, 300))}`)
  const changed = images.map((one) => `• ${mrkdwn(plainLine(one, 300))}`)
  const revisions = from === undefined ? `revision ${revision}` : `revision ${from} → ${revision}`
  const by =
    news === undefined ? '' : ` · deployed from ${news.repository} ${news.sha.slice(0, 7)} to ${news.environment}`
  return {
    text: mrkdwn(`${head}: ${worse.map(({ text }) => plainLine(text, 200)).join('; ')}`),
    blocks: [
      section(`🔴 *${mrkdwn(head)}*\n${lines.join('\n')}`),
      ...(changed.length === 0 ? [] : [section(`*What the rollout changed*\n${changed.join('\n')}`)]),
      ...(after === undefined ? [] : [section(`\`\`\`${table(before, after)}\`\`\``)]),
      context(mrkdwn(plainLine(`${check.cluster} · ${revisions}${by}${unreadText(after)}`, 400))),
    ],
  }
}

/** Before and after side by side; what was not read is called that. */
const table = (before: Sample | undefined, after: Sample): string => {
  const rows: readonly (readonly [string, (sample: Sample) => string | undefined])[] = [
    ['available', ({ available, wanted }) => `${available} of ${wanted}`],
    [
      'restarts/h',
      ({ restartsPerHour: rate }) => (rate === undefined ? undefined : String(Math.round(rate * 10) / 10)),
    ],
    [
      'errors/min',
      ({ errors }) => errors && String(Math.round(10 * errors.reduce((sum, one) => sum + one.perMinute, 0)) / 10),
    ],
    ['p95 latency', ({ latency }) => (latency === undefined ? undefined : `${Math.round(latency * 1000)} ms`)],
  ]
  const cells = rows.map(
    ([name, of]) => [name, (before && of(before)) ?? 'not known', of(after) ?? 'not known'] as const,
  )
  return [['', 'before', 'after'] as const, ...cells]
    .map(([name, was, is]) => `${name.padEnd(12)} ${was.padEnd(12)} ${is}`.trimEnd())
    .join('\n')
}

const unreadText = (after: Sample | undefined): string =>
  after === undefined || after.unread.length === 0 ? '' : ` · not read: ${after.unread.join(', ')}`
