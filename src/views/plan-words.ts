import { deliveryText } from '../domain/delivered-by.ts'
import { mrkdwn } from '../domain/plain.ts'
import type { FieldExpectation, Plan, SuccessCheck, Undo } from '../domain/plan.ts'
import type { PlanLife } from '../domain/plan-life.ts'
import { labelsText } from '../domain/selector.ts'

/** People and groups as Slack shows them; ids only, so that nobody can be named who is not meant. */
export const mentions = (ids: readonly string[]): string =>
  ids.map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`)).join(' ')

/** Who asked: a person as a mention, the doctor by its name. */
export const askedBy = (plan: Plan): string =>
  /^[UW][A-Z0-9]+$/.test(plan.requester.id) ? `<@${plan.requester.id}>` : mrkdwn(plan.requester.name)

/** How success will be checked, before it is. */
export const successText = (check: SuccessCheck): string => {
  switch (check.kind) {
    case 'rollout-complete':
      return `all pods of the new template ready and steady for ${check.steady} s, within ${duration(check.within)}`
    case 'field-equals':
      return `${check.path.join('.')} is ${check.value === null ? 'not set' : JSON.stringify(check.value)}, within ${duration(check.within)}`
    case 'replaced':
      return `each pod is replaced and all are ready, within ${duration(check.within)} each`
    case 'serves':
      return `ready pods with ${labelsText(check.selector)} are behind it, and no others, within ${duration(check.within)}`
    case 'fields-hold':
      return `${check.all.map(expectationText).join(', ')}, within ${duration(check.within)}`
    case 'command':
      return 'the command ends with exit code 0'
    case 'drained':
      return `only what a drain leaves runs on it, within ${duration(check.within)}`
    case 'container':
      return `${check.ends ? 'the check ran to its end' : 'the container runs'}, within ${duration(check.within)}`
    case 'holds':
      return `it holds every field as applied, within ${duration(check.within)}`
    case 'gone':
      return `${check.target.kind === 'Pod' ? 'the pod' : check.target.kind} is gone, within ${duration(check.within)}`
    case 'all':
      return `${[...new Set(check.checks.map((one) => successText({ ...one, within: check.within }).replace(/, within .*$/, '')))].join('; ')}; all within ${duration(check.within)}`
    case 'pull-request-merged':
      return `the pull request is merged, within ${duration(check.within)}; its delivery is followed as before`
    case 'pull-request-open':
      return check.afterMerge === undefined
        ? 'the pull request is open'
        : `the pull request is open; after its merge, once ${deliveryText(check.afterMerge.owner)} is Synced and Healthy and ${successText(check.afterMerge.check)}`
  }
}

const expectationText = (wanted: FieldExpectation): string => {
  const field = wanted.path.join('.')
  switch (wanted.is) {
    case 'present':
      return `${field} is there`
    case 'absent':
      return `${field} is not set`
    case 'equal':
      return `${field} is ${JSON.stringify(wanted.value)}`
    case 'not-equal':
      return `${field} is not ${JSON.stringify(wanted.value)}`
    case 'at-least':
      return `${field} is at least ${wanted.value}`
    case 'at-most':
      return `${field} is at most ${wanted.value}`
  }
}

/** How a plan ended, with its pull request as a link; the address is the Git host's own. */
export const noteText = (note: string, max: number): string => {
  const opened = /^(pull request #\d+) is (\w+): (https?:\/\/[^\s<>|]{1,500})$/.exec(note)
  return opened === null ? mrkdwn(note, max) : `<${opened[3]}|${opened[1]}> is ${opened[2]}`
}

/** How to go back. */
export const undoText = (undo: Undo): string =>
  undo.kind === 'action' ? `Undo will ${undo.summary}` : `no way back: ${undo.reason}`

/** Signals of identity as people check them: names and a short form of the value. */
export const identityText = (plan: Plan): string =>
  plan.identity.signals.map((signal) => `${signalNames[signal.name]} ✓`).join(' ')

const signalNames = {
  'kube-system-uid': 'kube-system id',
  'api-ca-spki': 'API certificate',
  'api-server-url': 'API address',
  'oidc-issuer': 'OIDC issuer',
  'node-provider': 'node provider',
} as const

/** What the state of a plan is called on its card: that a pull request is open is no repair yet. */
export const cardStateText = ({ change }: Pick<Plan, 'change'>, life: PlanLife): string =>
  change.kind === 'pull-request' && life.state === 'verified' ? 'the pull request is open' : stateText(life)

/** What a plan's state is called. */
export const stateText = (life: PlanLife): string => {
  switch (life.state) {
    case 'pending':
      return life.approvals.length === 0 ? 'waits for approval' : 'waits for another approval'
    case 'approved':
      return life.approvals.length === 0 ? 'automatic by policy: done in a moment, unless denied' : 'approved, starting'
    case 'armed':
      return 'being carried out'
    case 'unknown':
      return 'no answer from the API server; reading back whether it happened'
    case 'applied':
      return 'written, being verified'
    case 'verified':
      return 'done and verified'
    case 'denied':
      return 'denied'
    case 'expired':
      return 'expired'
    case 'stale':
      return 'out of date'
    case 'refused':
      return 'refused'
    case 'failed':
      return life.effect === 'done' ? 'done, but not verified' : 'failed, nothing was changed'
  }
}

/** An icon that supports the word, never replaces it. */
export const stateIcon = (life: PlanLife): string => {
  switch (life.state) {
    case 'pending':
      return '🟡'
    case 'approved':
    case 'armed':
    case 'applied':
      return '🟠'
    case 'verified':
      return '✅'
    case 'unknown':
    case 'failed':
      return '🔴'
    default:
      return '⚪'
  }
}

const duration = (seconds: number): string =>
  seconds % 60 === 0 ? `${seconds / 60} min` : seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
