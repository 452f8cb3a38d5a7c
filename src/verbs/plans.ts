import { type Block, link, text } from '../domain/document.ts'
import { refText } from '../domain/object.ts'
import type { PlanLife } from '../domain/plan-life.ts'
import { withApp } from './asking/app.ts'
import type { OpenPlan } from './plan-face.ts'
import type { Verb } from './verb.ts'

export const verb: Verb = {
  name: 'plans',
  aliases: ['plan', 'approvals'],
  summary: 'the plans that wait or run: what, who may approve, until when',
  usage: '',
  examples: ['plans'],
  flags: {},
  where: 'app',
  run: (context) =>
    withApp(context, async (app) => {
      const plans = await app.plans.open()
      if (plans.length === 0) return 'No plan waits for a decision, and none is being carried out.'
      return { status: 'ok', document: plans.flatMap((plan) => blocksOf(plan, context.now)) }
    }),
}

const blocksOf = ({ record, name, approvers, link: address }: OpenPlan, now: number): readonly Block[] => {
  const { plan, life } = record
  const minutes = Math.max(0, Math.ceil((Date.parse(plan.expiresAt) - now) / 60_000))
  const who = plan.rule.quorum === 0 ? 'nobody needs to' : approvers.join(', ') || 'nobody'
  return [
    text(`\`${name}\` ${plan.summary}`),
    {
      kind: 'fields',
      fields: [
        ['State', stateOf(life, plan.rule.quorum)],
        ['Object', `${plan.cluster} · ${refText(plan.target)}`],
        ['Risk', plan.risk],
        ['Asked by', plan.requester.name],
        ['May approve', plan.rule.onCallOnly === true ? `${who} (on call only)` : who],
        ['Until', life.state === 'pending' ? `${plan.expiresAt.slice(11, 16)} UTC (${minutes} min)` : 'it has ended'],
      ],
    },
    ...(address === undefined ? [] : [link('Its card', address)]),
  ]
}

const stateOf = (life: PlanLife, quorum: number): string => {
  switch (life.state) {
    case 'pending':
      return `waits: ${life.approvals.length} of ${quorum} approvals`
    case 'approved':
      return life.approvals.length === 0 ? 'done by itself in a moment, unless denied' : 'approved, starting'
    case 'unknown':
      return 'sent, no answer yet; reading back what happened'
    default:
      return life.state
  }
}
