import type { IssueHost } from '../../src/ports.ts'

/** A Git host without issues, for tests of pull requests alone. */
export const noIssues: IssueHost = {
  findIssue: async () => ({ kind: 'absent' }),
  hasComment: async () => ({ kind: 'ok', value: false }),
  openIssue: async () => ({ kind: 'rejected', message: 'issues are off' }),
  comment: async () => ({ kind: 'rejected', message: 'issues are off' }),
  closeIssue: async () => ({ kind: 'rejected', message: 'issues are off' }),
}
