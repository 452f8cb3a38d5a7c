import type { CauseCode } from './cause.ts'
import type { ObjectRef } from './object.ts'

/** Words that stand in one item of evidence, letter for letter: checked, or it is not here. */
export type Citation = { readonly id: string; readonly quote: string }

/** A sentence of the model that rests on at least one checked citation. Plain text without links. */
export type Claim = { readonly text: string; readonly evidence: readonly Citation[] }

/** How likely the model holds a hypothesis to be. It has no number: nobody calibrated one. */
export type Likelihood = 'likely' | 'possible' | 'unlikely'

/** What could be the cause, by the model: never counted as explained. `object` is one that the cluster has. */
export type ModelHypothesis = Claim & {
  readonly likelihood: Likelihood
  readonly code?: CauseCode
  readonly object?: ObjectRef
  /** What would confirm or refute it. */
  readonly check?: string
}

/** An action of the catalogue with an input that holds nothing but numbers, choices and names that the cluster has. */
export type ModelProposal = {
  readonly action: string
  readonly target: ObjectRef
  readonly input: Readonly<Record<string, unknown>>
}

/** What one consultation cost. `usd` is absent where no price is set. Input tokens include cached ones. */
export type ModelUsage = {
  readonly model: string
  readonly turns: number
  /** How often each tool was called. */
  readonly tools: Readonly<Record<string, number>>
  readonly inputTokens: number
  readonly cachedTokens: number
  readonly outputTokens: number
  readonly ms: number
  readonly usd?: number
}

/** What people call a model: Claude under its name, others by what they are. */
export const modelName = (model: string): string => (/^(?:[\w-]+[./])?claude/i.test(model) ? 'Claude' : 'The model')

/** Where the words of a citation come from: `e3` of the analyzers, `t2` read by the model's tools. */
export type CitedSource = { readonly id: string; readonly title: string }

/** What a model said, after checking: claims without checked evidence are gone and only counted. */
export type Consultation =
  | {
      readonly kind: 'concluded'
      readonly answer: readonly Claim[]
      readonly hypotheses: readonly ModelHypothesis[]
      /** What it could not find out, and what would tell. */
      readonly missing: readonly string[]
      readonly sources: readonly CitedSource[]
      /** How many claims were dropped since nothing that was read says so. */
      readonly dropped: number
      readonly proposal?: ModelProposal
      /** Why a proposal was not taken, in words of ours. */
      readonly proposalRefused?: string
      readonly usage: ModelUsage
    }
  | { readonly kind: 'without'; readonly code: string; readonly reason: string; readonly usage: ModelUsage }
