/** What people and the doctor may do to an incident at the pager. `escalate` without a level means the next one. */
export type PagerCommand =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'resolve' }
  | { readonly kind: 'escalate'; readonly level?: number; readonly people?: readonly string[] }
  | { readonly kind: 'assign'; readonly user: string; readonly name: string }
  | { readonly kind: 'note'; readonly text: string }

/** Somebody as the pager knows them. */
export type PagerUser = { readonly id: string; readonly name: string; readonly email?: string }

/** An incident as the pager has it now. `policy` is the id of its escalation policy, `assignees` are ids. */
export type PagerIncident = {
  readonly id: string
  readonly number?: number
  readonly status: 'triggered' | 'acknowledged' | 'resolved'
  readonly assignees: readonly PagerUser[]
  readonly policy?: string
}

/** Who is on call at one level of one escalation policy. Without a schedule somebody is it always; `until` is RFC 3339. */
export type OnCall = {
  readonly user: PagerUser
  readonly level: number
  readonly policy: { readonly id: string; readonly name: string }
  readonly schedule?: { readonly id: string; readonly name: string }
  readonly until?: string
}

/** What happened to an incident at the pager, beyond that it fires: by whom, and what they said. Text is data from outside. */
export type PagerNews = {
  readonly kind:
    | 'triggered'
    | 'reopened'
    | 'acknowledged'
    | 'unacknowledged'
    | 'escalated'
    | 'delegated'
    | 'reassigned'
    | 'resolved'
    | 'priority'
    | 'note'
    | 'responder-asked'
    | 'responder-answered'
    | 'status-update'
    | 'bridge'
    | 'moved'
    | 'other'
  readonly by?: string
  readonly byId?: string
  readonly text?: string
}

/** One thing to be told to the pager, as it waits in the store. `as` is the e-mail address of the person who asked for it. */
export type PagerEntry = {
  readonly incident: string
  /** Equal keys of one incident are told once. */
  readonly key: string
  /** The incident's id at the pager. */
  readonly at: string
  readonly command: PagerCommand
  readonly by: string
  readonly as?: string
  /** RFC 3339. */
  readonly asked: string
  /** `sending`: it left, and what became of it is not known; it is read back before it is ever sent again. */
  readonly state: 'waiting' | 'sending' | 'sent' | 'refused'
  readonly tries: number
  readonly tried?: string
  readonly reason?: string
}

/** The last line of each note of ours: by it the note is known again, whoever is named as its author. */
export const noteMark = (incident: string, key: string): string => `[cluster-doctor ${incident} ${key}]`

/** Whether a note says that it is ours. */
export const isOurNote = (text: string): boolean => /\[cluster-doctor i-[0-9a-z]{10,16} [\w:.-]{1,80}\]\s*$/.test(text)

/** The longest note that is sent, in characters. */
export const longestNote = 4_000
