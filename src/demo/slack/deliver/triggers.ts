import { randomBytes } from 'node:crypto'

/** Why a trigger cannot open a view. */
export type TriggerFault = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id'

/** Trigger ids: proof that a person just did something, good for one view within three seconds. */
export type Triggers = {
  issue(userId: string): string
  /** The person who pulled it, once; afterwards it is exchanged. */
  redeem(id: string): { readonly userId: string } | { readonly fault: TriggerFault }
}

/** Triggers that live for `lifetimeMs`; Slack's are good for 3,000. */
export function createTriggers(lifetimeMs: number): Triggers {
  const issued = new Map<string, { readonly userId: string; readonly at: number; used: boolean }>()
  return {
    issue(userId) {
      const id = `${Date.now()}.${issued.size + 1}.${randomBytes(16).toString('hex')}`
      issued.set(id, { userId, at: performance.now(), used: false })
      return id
    },
    redeem(id) {
      const trigger = issued.get(id)
      if (trigger === undefined) return { fault: 'invalid_trigger_id' }
      if (trigger.used) return { fault: 'exchanged_trigger_id' }
      if (performance.now() - trigger.at > lifetimeMs) return { fault: 'expired_trigger_id' }
      trigger.used = true
      return { userId: trigger.userId }
    },
  }
}
