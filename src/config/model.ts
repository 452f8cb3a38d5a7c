import type { Problem } from './raw.ts'
import { dropUndefined, type Readers } from './readers.ts'

/** The language model, where one is set up, and what it may cost. */
export type ModelConfig = (
  | { readonly kind: 'anthropic'; readonly apiKey: string; readonly baseUrl?: string; readonly model: string }
  | { readonly kind: 'azure-openai'; readonly apiKey: string; readonly endpoint: string; readonly deployment: string }
) & {
  /** What may be spent in a UTC day, over all replicas. */
  readonly daily: { readonly tokens: number; readonly usd?: number }
  /** US dollars for a million tokens; absent: only tokens are counted. */
  readonly price?: { readonly input: number; readonly output: number }
}

/** Reads the model's settings; undefined where no key is set. */
export const modelFrom = (
  read: Readers,
  problem: Problem,
  profile: 'development' | 'production',
): ModelConfig | undefined => {
  // The key and what was read from a cluster would go over the line for all to see.
  const schemes = profile === 'production' ? ['https'] : ['https', 'http']
  const apiKey = read.text('ANTHROPIC_API_KEY')
  const azure = {
    endpoint: read.url('AZURE_OPENAI_ENDPOINT', schemes),
    key: read.text('AZURE_OPENAI_API_KEY'),
    deployment: read.matching('AZURE_OPENAI_DEPLOYMENT', /^[\w.-]{1,100}$/, 'the name of a deployment'),
  }
  const baseUrl = read.url('ANTHROPIC_BASE_URL', schemes)
  const name = read.text('DOCTOR_MODEL')
  const cost = costFrom(read, problem)
  if (apiKey !== undefined)
    return dropUndefined({ kind: 'anthropic', apiKey, baseUrl, model: name ?? 'claude-sonnet-5-5', ...cost } as const)
  const set = [azure.endpoint, azure.key, azure.deployment].filter((value) => value !== undefined).length
  if (set === 0) return undefined
  if (azure.endpoint === undefined || azure.key === undefined || azure.deployment === undefined) {
    problem('AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY and AZURE_OPENAI_DEPLOYMENT go together; one is missing')
    return undefined
  }
  const { endpoint, key, deployment } = azure
  return { kind: 'azure-openai', apiKey: key, endpoint, deployment, ...cost }
}

const amount = String.raw`\d{1,5}(?:\.\d{1,4})?`

/** Prices are the operator's to say: they change, and they differ by contract. */
const costFrom = (read: Readers, problem: Problem): Pick<ModelConfig, 'daily' | 'price'> => {
  const rates = 'dollars for a million tokens of input/output, such as 3/15'
  const price = read.matching('DOCTOR_MODEL_PRICE', new RegExp(`^${amount}/${amount}$`), rates)
  const usd = read.matching('DOCTOR_MODEL_DAILY_USD', new RegExp(`^${amount}$`), 'dollars, such as 5 or 2.50')
  if (usd !== undefined && price === undefined)
    problem('DOCTOR_MODEL_DAILY_USD', 'needs DOCTOR_MODEL_PRICE: else nobody can tell what was spent')
  const [input, output] = price?.split('/').map(Number) ?? []
  return dropUndefined({
    daily: dropUndefined({
      tokens: read.integer('DOCTOR_MODEL_DAILY_TOKENS', 0, 999_999_999, 2_000_000),
      usd: usd === undefined ? undefined : Number(usd),
    }),
    price: input === undefined || output === undefined ? undefined : { input, output },
  })
}
