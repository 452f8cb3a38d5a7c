/**
 * The actions that change nothing that Git describes: they are made live also where Git owns the object. All others become
 * a pull request there.
 */
export const outsideGit: ReadonlySet<string> = new Set([
  'evict-pod',
  'delete-stuck-pod',
  'drain-node',
  'debug-pod',
  'exec-in-pod',
  'restart-one-by-one',
  'sync-application',
  'refresh-application',
  'renew-certificate',
  'approve-csr',
])
