import type { AuditEntry } from '../domain/timeline.ts'
import type { LocalMessage } from './slack/model.ts'
import type { PanelState } from './slack/panel.ts'

/** What the guided run looks at: the app's own record, the channel, and who may approve. */
export type TourView = {
  readonly injected: boolean
  readonly record: readonly AuditEntry[]
  readonly messages: readonly LocalMessage[]
  readonly approvers: readonly string[]
}

type Step = {
  readonly title: string
  readonly text: string
  readonly action?: { readonly label: string; readonly action: string; readonly args: Readonly<Record<string, string>> }
  readonly done: (view: TourView) => boolean
}

/** The fault of the guided run. */
export const tourFault = 'bad-image-tag'

const has = (view: TourView, kind: AuditEntry['kind']): boolean => view.record.some((entry) => entry.kind === kind)

/** A plan that was proposed after another was verified: the way back that somebody asked for. */
const undone = ({ record }: TourView): boolean => {
  const verified = record.findIndex((entry) => entry.kind === 'effect.verified')
  return verified >= 0 && record.slice(verified).some((entry) => entry.kind === 'plan.proposed')
}

const steps: readonly Step[] = [
  {
    title: 'Break it',
    text: 'CI deploys checkout with a typing error in its image tag. Monitoring notices by itself after a few seconds.',
    action: { label: 'Deploy the typo', action: 'fault', args: { id: tourFault, injected: 'true' } },
    done: (view) => view.injected || has(view, 'incident.opened'),
  },
  {
    title: 'Read why',
    text: 'Open the thread in #payments-oncall. It names the cause, shows the chain, and says what it looked at. Try “Evidence” and “What changed”.',
    done: (view) => has(view, 'diagnosis.made') && has(view, 'plan.proposed'),
  },
  {
    title: 'Press Approve as Ben',
    text: 'Switch to Ben at the top left: he is not on call. Press Approve on the plan. He is told why not, and only he sees it.',
    done: (view) =>
      view.messages.some(({ ephemeral_to: to }) => to !== undefined && !view.approvers.includes(to)) ||
      has(view, 'plan.approved'),
  },
  {
    title: 'Approve as Ana',
    text: 'Switch to Ana, who is on call. Read the diff of the server’s dry run on the card, then press Approve.',
    done: (view) => has(view, 'plan.approved'),
  },
  {
    title: 'Watch it verify',
    text: 'The card ticks off each step: identity, unchanged since shown, written. “Done” comes only once the pods have stayed ready.',
    done: (view) => has(view, 'effect.verified'),
  },
  {
    title: 'Go back',
    text: 'Press Undo on the card. The way back is a plan of its own and needs its own approval. You can deny it.',
    done: undone,
  },
]

/** The guided run as the panel shows it; each step is ticked by what really happened, never by time. */
export const tourState = (view: TourView): NonNullable<PanelState['tour']> => {
  const shown = steps.map(({ title, text, action, done }) => ({
    title,
    text,
    done: done(view),
    ...(action === undefined ? {} : { action }),
  }))
  const step = shown.findIndex((each) => !each.done)
  return { step: step < 0 ? shown.length : step, steps: shown }
}
