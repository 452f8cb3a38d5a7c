import type { Alert, AlertSource } from '../domain/alert.ts'
import type { DeploymentNews } from '../domain/deployment-news.ts'
import type { PullRequestNews } from '../domain/pull-request.ts'

/** Request headers with lower-case names. A header that was sent twice is left out: none of ours may be. */
export type Headers = Readonly<Record<string, string | undefined>>

/** An issue that a person marked with our label. Its text is data: it only says where to look. */
export type LabelledIssue = {
  readonly repository: string
  readonly number: number
  readonly fingerprint: string
  /** Somebody of the repository asks to look again. */
  readonly again?: boolean
}

/** What a delivery holds: alerts, news of a pull request or deployment, nothing for us (with the reason), or what is wrong with which field. */
export type Parsed =
  | { readonly kind: 'alerts'; readonly alerts: readonly Alert[] }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'pull-request'; readonly news: PullRequestNews; readonly deliveryId: string }
  | {
      readonly kind: 'deployment'
      readonly news: DeploymentNews
      readonly alerts: readonly Alert[]
      readonly deliveryId: string
    }
  | {
      readonly kind: 'issue'
      readonly issue: LabelledIssue
      readonly alerts: readonly Alert[]
      readonly deliveryId: string
    }
  | { readonly kind: 'invalid'; readonly field: string; readonly problem: string }

/**
 * One source of alerts: its file is `src/sources/<id>.ts` and exports `source`. `verify` looks at the bytes before anything
 * is parsed; `parse` is pure, bounded, and never throws. Nothing an alert says is ever fetched or obeyed.
 */
export type Source = {
  readonly id: AlertSource
  /** Whether the sender gives each delivery an id of its own, or we make one from what it says. */
  readonly deliveryIds: 'given' | 'computed'
  /** How long a delivery's id is remembered, in seconds, so that its retries count once. */
  readonly rememberSeconds: number
  verify(headers: Headers, body: Uint8Array, secret: string): boolean
  parse(payload: unknown, headers: Headers, receivedAt: string): Parsed
}
