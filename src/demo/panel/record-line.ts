import type { AuditEntry } from '../../domain/timeline.ts'

const words: Partial<Record<AuditEntry['kind'], string>> = {
  'alert.received': 'alert received',
  'alert.resolved': 'alert resolved',
  'incident.opened': 'incident opened',
  'diagnosis.made': 'diagnosis made',
  'plan.proposed': 'plan proposed',
  'plan.approved': 'plan approved',
  'plan.denied': 'plan denied',
  'plan.expired': 'plan expired',
  'plan.refused': 'plan refused',
  'effect.intended': 'about to write',
  'effect.done': 'written',
  'effect.unknown': 'no answer; reading back',
  'effect.verified': 'verified',
  'effect.failed': 'failed',
  'pull-request.merged': 'pull request merged',
  'pull-request.closed': 'pull request closed, not merged',
  'delivery.verified': 'delivered and verified',
  'delivery.failed': 'not well after the merge',
  'incident.acknowledged': 'acknowledged',
  'incident.noted': 'noted',
  'incident.assigned': 'given to somebody',
  'incident.merged': 'merged into another incident',
  'pager.heard': 'PagerDuty says something',
  'pager.sent': 'told PagerDuty',
  'pager.refused': 'PagerDuty did not take it',
  'freeze.on': 'frozen',
  'freeze.off': 'unfrozen',
}

/** An entry of the app's record as one line of the panel; entries that say nothing to a reader are left out. */
export const recordLine = (entry: AuditEntry): readonly { readonly at: string; readonly text: string }[] => {
  const word = words[entry.kind]
  if (word === undefined) return []
  const told = ['title', 'summary', 'reason', 'note', 'detail'].map((name) => entry.data?.[name]).find(isText)
  const by = entry.actor === undefined ? '' : ` by ${entry.actor}`
  return [
    {
      at: entry.at.slice(11, 19),
      text: `#${entry.seq} ${word}${by}${told === undefined ? '' : `: ${told.slice(0, 160)}`}`,
    },
  ]
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
