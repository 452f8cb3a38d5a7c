/** A person or the doctor itself, as decisions know them. `id` is the Slack user id, or `doctor`. */
export type Principal = { readonly id: string; readonly name: string }

/** The doctor as a requester: proposals it made by itself. It may never approve. */
export const theDoctor: Principal = { id: 'doctor', name: 'the doctor' }
