import type { Store } from '../ports.ts'
import type { Agent } from './agent.ts'
import { type ClaudeAccess, claude } from './anthropic.ts'
import { type AzureAccess, azureOpenAi } from './azure-openai.ts'
import { createBreaker } from './breaker.ts'
import { defaultLimits } from './limits.ts'
import { type DailyBudget, noLedger, type Price, sharedLedger } from './spending.ts'

/** Which model, where, and what it may cost in a day. */
export type ModelAccess = (
  | ({ readonly kind: 'anthropic' } & ClaudeAccess)
  | ({ readonly kind: 'azure-openai' } & AzureAccess)
) & { readonly daily: DailyBudget; readonly price?: Price }

/** An agent for a process. With a store its spending counts for all replicas; without (one command line) only its limits hold. */
export const openAgent = (
  access: ModelAccess,
  store?: Pick<Store, 'get' | 'put'>,
  now: () => number = () => Date.now(),
): Agent => ({
  model: access.kind === 'anthropic' ? claude(access) : azureOpenAi(access),
  limits: defaultLimits,
  breaker: createBreaker(),
  ledger: store === undefined ? noLedger : sharedLedger(store, access.daily, access.price, now),
  ...(access.price === undefined ? {} : { price: access.price }),
  now,
})
