import type { GitHost, IssueHost } from '../../src/ports.ts'

/** A Git host without issues and without merges, for tests of pull requests alone. */
export const noIssues: IssueHost & Pick<GitHost, 'mergeChange' | 'mergeMethod' | 'openDocument' | 'readBytes'> = {
  mergeChange: async () => ({ kind: 'rejected', message: 'merges are off' }),
  mergeMethod: async () => ({ kind: 'ok', value: 'merge' }),
  findIssue: async () => ({ kind: 'absent' }),
  hasComment: async () => ({ kind: 'ok', value: false }),
  openIssue: async () => ({ kind: 'rejected', message: 'issues are off' }),
  comment: async () => ({ kind: 'rejected', message: 'issues are off' }),
  readBytes: async () => ({ kind: 'absent' }),
  openDocument: async () => ({ kind: 'rejected', message: 'issues are off' }),
  closeIssue: async () => ({ kind: 'rejected', message: 'issues are off' }),
}
