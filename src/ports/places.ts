import type { IncidentNews } from '../domain/incident-news.ts'

/** What became of telling a place: `ref` is what it calls the incident there. `refused`: asking again would not help. */
export type PlaceAnswer =
  | { readonly kind: 'done'; readonly ref?: string }
  | { readonly kind: 'refused'; readonly message: string }

/** What a place is given beside the news: what it was told before (`begun`: when something was begun there whose end is not known, in ms), and the case as the record has it. */
export type PlaceContext = {
  readonly before?: { readonly ref?: string; readonly begun?: number }
  /** To be called before something is made there that must not be made twice. */
  begin(): Promise<void>
  evidence(): Promise<object>
  readonly signal: AbortSignal
}

/** Another place that is told how incidents stand. A throw means that it is tried again later; nothing waits for it. */
export type Place = { tell(news: IncidentNews, context: PlaceContext): Promise<PlaceAnswer> }

/** Sends mail. A throw means that it is tried again later. `id` makes a repeated one recognizable. */
export type Mailer = {
  send(
    mail: { readonly id: string; readonly subject: string; readonly text: string },
    signal: AbortSignal,
  ): Promise<void>
}
