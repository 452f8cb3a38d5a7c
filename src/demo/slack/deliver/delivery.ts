import type { Json } from '../model.ts'

/** What Slack sends an app. `interactive` covers buttons, modals and shortcuts; `options` a menu's search. */
export type AppRequest = {
  readonly kind: 'events_api' | 'slash_commands' | 'interactive'
  readonly body: Json
  readonly retry?: { readonly num: number; readonly reason: string }
}

/** What came back: an acknowledgement with its body, or the way it failed. */
export type AppReply =
  | { readonly kind: 'ack'; readonly body: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'http-error'; readonly status: number; readonly noRetry: boolean }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** A way to the app: signed HTTP or Socket Mode. */
export type Delivery = { send(request: AppRequest): Promise<AppReply> }

/** Slack's word for a failure, as it stands in X-Slack-Retry-Reason. */
export function retryReason(reply: AppReply): string {
  switch (reply.kind) {
    case 'timeout':
      return 'http_timeout'
    case 'http-error':
      return 'http_error'
    case 'unreachable':
      return 'connection_failed'
    case 'ack':
      return ''
  }
}

/** The error code a person sees when a command or button got no proper answer. */
export function failureCode(reply: AppReply): string | undefined {
  switch (reply.kind) {
    case 'ack':
      return undefined
    case 'timeout':
      return 'operation_timeout'
    case 'http-error':
      return reply.status >= 500 ? 'http_service_error' : 'http_client_error'
    case 'unreachable':
      return 'dispatch_failed'
  }
}
