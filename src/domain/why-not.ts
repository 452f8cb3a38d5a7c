/** One rule of the policy as it stands to one request, and if it does not apply, the first part of it that does not hold. */
export type RuleFinding = {
  readonly id: string
  readonly effect: 'permit' | 'forbid'
  readonly because: string
  readonly applies: boolean
  /** Why it applies or not: words of the rule, for people. */
  readonly why: string
  /** Whether two people could lift it with a break-glass. */
  readonly liftable: boolean
}

/** One gate that a change has to pass, and what it says now. What could not be asked never counts as passed. */
export type Gate = {
  readonly name: string
  readonly said: 'yes' | 'no' | 'could-not-tell'
  readonly says: string
}

/** Why a change is not made, gate by gate and rule by rule, as it is at this moment. */
export type WhyNot = {
  /** What it is about: the plan's summary, or the wish. */
  readonly about: string
  readonly gates: readonly Gate[]
  readonly rules: readonly RuleFinding[]
}
