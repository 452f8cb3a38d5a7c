import type { WorkflowClass } from './workflow-log.ts'

/** What to do about a failure of each class. */
export const workflowFix: Readonly<Record<WorkflowClass, string>> = {
  test: 'Run the failing test locally at that commit; correct the code or the test.',
  build: 'Build locally at that commit; correct the code or the dependency that the log names.',
  lint: 'Run the linter with its fix option and commit the result.',
  auth: 'Renew the credential, or the trust of the role that the step uses.',
  registry: 'Check the registry login of the job, the repository name and its rate limit.',
  deploy: 'Look at what the deployment waited for in the cluster before running it again.',
  runner: 'Run it again; if it comes back, give the runner more memory or disk.',
  flaky: 'Run it again, and quarantine the unstable test.',
  other: 'Read the log of the failed step.',
}
