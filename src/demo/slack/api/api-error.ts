import type { Json } from '../model.ts'

/** What Slack refuses: becomes `{ ok: false, error: code, ...details }` with HTTP 200, as Slack answers. */
export class ApiError extends Error {
  readonly code: string
  readonly details: Json

  constructor(code: string, details: Json = {}) {
    super(code)
    this.name = 'ApiError'
    this.code = code
    this.details = details
  }
}

/** `invalid_arguments` with Slack's `[ERROR] …` lines, one for each complaint. */
export function invalidArguments(...complaints: readonly string[]): ApiError {
  return new ApiError('invalid_arguments', {
    response_metadata: { messages: complaints.map((complaint) => `[ERROR] ${complaint}`) },
  })
}
