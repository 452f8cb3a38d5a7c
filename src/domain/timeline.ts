/** The kinds of entries on the record. Others may be added; these names are the outside's. */
export type TimelineKind =
  | 'alert.received'
  | 'alert.resolved'
  | 'incident.opened'
  | 'incident.changed'
  | 'incident.acknowledged'
  | 'incident.assigned'
  | 'incident.noted'
  | 'incident.linked'
  | 'incident.merged'
  | 'incident.split'
  | 'diagnosis.made'
  | 'diagnosis.disputed'
  | 'model.consulted'
  | 'plan.proposed'
  | 'plan.approved'
  | 'plan.denied'
  | 'plan.expired'
  | 'plan.refused'
  | 'plan.observed'
  | 'break-glass.asked'
  | 'break-glass.granted'
  | 'break-glass.ended'
  | 'effect.intended'
  | 'effect.done'
  | 'effect.step-verified'
  | 'transcript.kept'
  | 'effect.unknown'
  | 'effect.verified'
  | 'effect.failed'
  | 'pull-request.merged'
  | 'pull-request.closed'
  | 'delivery.verified'
  | 'delivery.failed'
  | 'deployment.seen'
  | 'deployment.checked'
  | 'pager.heard'
  | 'pager.sent'
  | 'pager.refused'
  | 'maintenance.on'
  | 'maintenance.off'
  | 'freeze.on'
  | 'freeze.off'
  | 'cluster.locked'
  | 'cluster.unlocked'
  | 'place.refused'
  | 'ingress.rejected'
  | 'ingress.kept'
  | 'ingress.lost'
  | 'write.unrecorded'
  | 'tamper.detected'

/** What happened, before it is chained: `data` is redacted plain JSON. */
export type TimelineEvent = {
  readonly kind: TimelineKind
  /** RFC 3339. */
  readonly at: string
  readonly incident?: string
  readonly plan?: string
  readonly planHash?: string
  readonly actor?: string
  readonly cluster?: string
  readonly data?: Readonly<Record<string, unknown>>
}

/** One line of the record: the event, its place, and the SHA-256 chain. */
export type AuditEntry = TimelineEvent & { readonly seq: number; readonly prev: string; readonly hash: string }
