/** What a source said of a failed deployment, for an issue: bounded, cleaned text. */
export type FailureNotice = {
  readonly title: string
  readonly labels: Readonly<Record<string, string>>
  readonly message?: string
  readonly resources?: string
  readonly url?: string
  readonly startsAt: string
}

/** An issue that goes with an incident: one record for each fingerprint, which is our own index of it. Times are RFC 3339. */
export type IssueRecord = {
  readonly fingerprint: string
  readonly repository: string
  readonly incident: string
  /** `filing`: asked for, and not known whether it came to be. `ours` false: a person's issue that asked for a diagnosis. */
  readonly state: 'wanted' | 'filing' | 'filed' | 'closed'
  readonly ours: boolean
  readonly number?: number
  readonly url?: string
  readonly notice?: FailureNotice
  /** Since when the source says that all is well; absent while it fails. */
  readonly healthySince?: string
  readonly filingAt?: string
  /** The newest comment on it that says that it failed again, and how many signals were counted then. */
  readonly commentedAt?: string
  readonly countedSeen?: number
  /** A diagnosis was asked for by its label; the causes that were commented last. */
  readonly asked?: boolean
  /** The draft of a review that it is for, where it is for one: an issue, or a pull request with one new file. */
  readonly draft?: {
    readonly to: 'issue' | 'pr'
    readonly title: string
    readonly text: string
    readonly path: string
    readonly branch: string
    readonly marker: string
  }
  readonly commentedCauses?: string
}
