/** A person or the doctor itself, as decisions know them. `id` is the Slack user id, or `doctor`. */
export type Principal = {
  readonly id: string
  readonly name: string
  /** The human behind the account where the directory knows it: two accounts of one person count as one. */
  readonly person?: string
}

/** Whether two accounts are, as far as is known, one person. */
export const samePerson = (a: Principal, b: Principal): boolean =>
  a.id === b.id || (a.person !== undefined && a.person === b.person)

/** The doctor as a requester: proposals it made by itself. It may never approve. */
export const theDoctor: Principal = { id: 'doctor', name: 'the doctor' }
