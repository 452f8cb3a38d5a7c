import { refText } from '../domain/object.ts'
import type { Observation } from '../domain/observation.ts'
import { mrkdwn, plainLine } from '../domain/plain.ts'
import type { ApprovalRule } from '../domain/plan.ts'
import { type Block, context, type Message, section } from './blocks.ts'

const maxLines = 20

/** What would have been proposed where the policy only observes: no button, because nothing is asked. */
export const observationMessage = (
  observation: Observation,
  rule: ApprovalRule,
  reasons: readonly string[],
): Message => {
  const { summary, cluster, target, diff } = observation
  const shown = diff.slice(0, maxLines).map((line) => mrkdwn(`${line.op} ${plainLine(line.text, 160)}`))
  const rest = diff.length > maxLines ? `\n…and ${diff.length - maxLines} more` : ''
  const people = rule.quorum === 0 ? 'nobody' : rule.quorum === 1 ? 'one approval' : `${rule.quorum} approvals`
  const blocks: Block[] = [
    section(
      `👁 *Observing only: I would have proposed “${mrkdwn(summary, 200)}”*\n${mrkdwn(cluster)} · ${mrkdwn(refText(target))}`,
    ),
    ...(shown.length === 0 ? [] : [section(`\`\`\`\n${shown.join('\n')}\n\`\`\`${rest}`)]),
    context(
      `It would have needed ${people}. Nothing was changed and nobody is asked. ${mrkdwn(reasons.join(' '), 600)} What people do about it is compared once a week.`,
    ),
  ]
  return {
    text: mrkdwn(`Observing only: I would have proposed “${summary}” on ${cluster}. Nothing was changed.`),
    blocks,
  }
}
