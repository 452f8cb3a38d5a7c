/** Everything for which a case goes on without the model. */
export type FailureCode =
  | 'key-refused'
  | 'no-credit'
  | 'rate-limited'
  | 'overloaded'
  | 'timeout'
  | 'unreachable'
  | 'unknown-model'
  | 'rejected'
  | 'malformed'
  | 'too-large'
  | 'refused'
  | 'cut-off'
  | 'budget'
  | 'daily-budget'
  | 'resting'
  | 'looping'
  | 'no-conclusion'
  | 'uncited'

const sentences: Readonly<Record<FailureCode, string>> = {
  'key-refused': 'the API key was refused',
  'no-credit': 'the account has no credit left or reached its spend limit',
  'rate-limited': 'the API limits our rate',
  overloaded: 'the API is overloaded',
  timeout: 'it did not answer in time',
  unreachable: 'it could not be reached',
  'unknown-model': 'there is no such model; see DOCTOR_MODEL',
  rejected: 'the API rejected the request',
  malformed: 'its answer could not be understood',
  'too-large': 'its answer was too large',
  refused: 'it declined to answer',
  'cut-off': 'its answer was cut off',
  budget: 'it used up what one question may cost without a conclusion',
  'daily-budget': 'what it may cost in a day is used up',
  resting: 'it failed several times just now, so it is left alone for a while',
  looping: 'it went in circles',
  'no-conclusion': 'it came to no conclusion',
  uncited: 'nothing of what it said was backed by what was read',
}

/** Why there is no answer of the model, as a part of a sentence for people. Never words of a library or of the model. */
export const failureText = (code: FailureCode): string => sentences[code]

/** A failure outside: at the API or on the way there. `wait` is how long the API asks us to stay away, in ms. */
export class ModelFailure extends Error {
  readonly code: FailureCode
  readonly wait: number | undefined

  constructor(code: FailureCode, options: { readonly wait?: number; readonly cause?: unknown } = {}) {
    super(`the model failed: ${code}`, { cause: options.cause })
    this.name = 'ModelFailure'
    this.code = code
    this.wait = options.wait
  }
}
