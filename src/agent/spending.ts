import type { Store } from '../ports.ts'
import type { TokenCount } from './model.ts'

/** US dollars for a million tokens. */
export type Price = { readonly input: number; readonly output: number }

/** What may be spent in one UTC day, over all replicas. `usd` needs a price. */
export type DailyBudget = { readonly tokens: number; readonly usd?: number }

/** What was spent today, kept for all. */
export type Ledger = {
  /** Whether anything is left for today. Throws where that cannot be read: then nothing may be spent. */
  left(): Promise<boolean>
  add(tokens: TokenCount): Promise<void>
}

/** What tokens cost: reading a cache costs a tenth of fresh input, writing one a quarter more. Undefined without a price. */
export const costOf = (tokens: TokenCount, price: Price | undefined): number | undefined => {
  if (price === undefined) return undefined
  const { input, cacheRead, cacheWrite, output } = tokens
  const weighted = input - cacheRead - cacheWrite + cacheRead * 0.1 + cacheWrite * 1.25
  return (weighted * price.input + output * price.output) / 1e6
}

type Day = { readonly tokens: number; readonly usd: number }

/** Three days, in seconds: a day's sum may be looked at a little longer than it counts. */
const keep = 3 * 86_400

/** The ledger in the store that all replicas share. */
export const sharedLedger = (
  store: Pick<Store, 'get' | 'put'>,
  budget: DailyBudget,
  price: Price | undefined,
  now: () => number,
): Ledger => {
  const today = (): string => new Date(now()).toISOString().slice(0, 10)
  return {
    left: async () => {
      const spent = (await store.get<Day>('model-day', today()))?.value ?? { tokens: 0, usd: 0 }
      return spent.tokens < budget.tokens && (budget.usd === undefined || spent.usd < budget.usd)
    },
    add: async (tokens) => {
      for (let tries = 0; tries < 20; tries += 1) {
        const stored = await store.get<Day>('model-day', today())
        const next = {
          tokens: (stored?.value.tokens ?? 0) + tokens.input + tokens.output,
          usd: (stored?.value.usd ?? 0) + (costOf(tokens, price) ?? 0),
        }
        if (await store.put('model-day', today(), next, stored?.version ?? 0, keep)) return
      }
      throw new Error('what the model cost could not be stored: others kept changing it')
    },
  }
}

/** For one command line: nobody else spends, and the limits of one consultation hold. */
export const noLedger: Ledger = { left: async () => true, add: async () => undefined }
