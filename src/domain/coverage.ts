/** Why a source could not be read. None of them ever means that what it would have held does not exist. */
export type UnreadableReason =
  | 'forbidden'
  | 'unauthorized'
  | 'timeout'
  | 'unreachable'
  | 'malformed'
  | 'truncated'
  | 'throttled'
  | 'not-served'
  | 'not-configured'
  | 'not-in-snapshot'

/** A source that could not be read, with what was said about it (redacted, one line). */
export type Unreadable = { readonly source: string; readonly reason: UnreadableReason; readonly message?: string }

/** What a diagnosis looked at and what it could not. Sources are plural resource names (`pods`) or `logs`, `metrics`… */
export type Coverage = {
  readonly checked: readonly string[]
  readonly unavailable: readonly Unreadable[]
  /** Where watches kept some lists: when the server last said a word about the oldest of them, RFC 3339. Absent: all was read now. */
  readonly asOf?: string
}

/** How old what watches kept is, as a sentence; '' where everything was read for this answer. */
export const keptText = ({ asOf }: Pick<Coverage, 'asOf'>, at: string): string => {
  const age = asOf === undefined ? Number.NaN : (Date.parse(at) - Date.parse(asOf)) / 1000
  return Number.isNaN(age) ? '' : `Kept by watches, last heard of ${Math.max(0, Math.round(age))} s ago.`
}

/** The answer of one read: the value, a definite absence, or could-not-check. */
export type Read<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: UnreadableReason; readonly message: string }
