import type { Store } from '../ports.ts'
import type { Agent } from './agent.ts'
import type { ClaudeAccess } from './anthropic.ts'
import type { AzureAccess } from './azure-openai.ts'
import { createBreaker } from './breaker.ts'
import { defaultLimits } from './limits.ts'
import type { Model } from './model.ts'
import { type DailyBudget, noLedger, type Price, sharedLedger } from './spending.ts'

/** Which model, where, and what it may cost in a day. */
export type ModelAccess = (
  | ({ readonly kind: 'anthropic' } & ClaudeAccess)
  | ({ readonly kind: 'azure-openai' } & AzureAccess)
) & { readonly daily: DailyBudget; readonly price?: Price }

/** An agent for a process. With a store its spending counts for all replicas; without (one command line) only its limits hold. */
export const openAgent = async (
  access: ModelAccess,
  store?: Pick<Store, 'get' | 'put'>,
  now: () => number = () => Date.now(),
): Promise<Agent> => ({
  model: await openModel(access),
  limits: defaultLimits,
  breaker: createBreaker(),
  ledger: store === undefined ? noLedger : sharedLedger(store, access.daily, access.price, now),
  ...(access.price === undefined ? {} : { price: access.price }),
  now,
})

/** Loads only the vendor that is asked for: an SDK takes 25 MB, and most processes need none. */
const openModel = async (access: ModelAccess): Promise<Model> =>
  access.kind === 'anthropic'
    ? (await import('./anthropic.ts')).claude(access)
    : (await import('./azure-openai.ts')).azureOpenAi(access)
