/** What kind of step failed, as people sort failures of a pipeline. */
export type WorkflowClass = 'test' | 'build' | 'lint' | 'auth' | 'registry' | 'deploy' | 'runner' | 'flaky' | 'other'

/** In this order: the surer and more specific first. Matched against the log first, then against the name of the step. */
const byLog: readonly (readonly [WorkflowClass, RegExp])[] = [
  [
    'runner',
    /runner has received a shutdown signal|lost communication with the server|no space left on device|the hosted runner|self-hosted runner .{0,60}(?:lost|offline)|the operation was canceled|no runner matching|out of memory|oom.?kill|the job has exceeded the maximum execution time|system\.io\.ioexception: no space/i,
  ],
  [
    'registry',
    /(?:push|pull|manifest|image|docker|registry|ghcr\.io|ecr|gcr).{0,120}(?:denied|unauthorized|toomanyrequests|rate limit|not found|timeout|no such host|50[0-9])|toomanyrequests|failed to push|name unknown: repository/i,
  ],
  [
    'auth',
    /could not assume role|not authorized to perform|credentials could not be loaded|error: you must be logged in|invalid credentials|bad credentials|authentication failed|could not read username|permission denied \(publickey|resource not accessible by integration|expiredtoken|token (?:has )?expired|401 unauthorized|403 forbidden|is forbidden: user|oidc/i,
  ],
  [
    'deploy',
    /upgrade failed|installation failed|helm upgrade|timed out waiting for the condition|error from server|unable to recognize|kubectl|rollout status|exceeded its progress deadline|another operation \(install\/upgrade\/rollback\)|terraform|argocd app/i,
  ],
  [
    'lint',
    /eslint|prettier|golangci|flake8|ruff\b|rubocop|hadolint|biome|ktlint|checkstyle|stylelint|\blint\b.{0,40}(?:error|fail)/i,
  ],
  [
    'test',
    /tests? failed|failing tests?|failed tests?|--- FAIL|\bFAIL\b.{0,80}(?:test|spec)|assertionerror|expected .{0,80}(?:to (?:equal|be)|but (?:got|was))|\d+ failed,? \d* ?passed|tests run: \d+, failures: [1-9]|there are test failures/i,
  ],
  [
    'build',
    /compilation (?:error|failed)|error TS\d+|cannot find module|build failed|failed to compile|undefined reference|syntaxerror|could not resolve dependencies|npm err!|eresolve|failed to solve|error: failed to build|go: .{0,80}no required module|cannot find symbol/i,
  ],
]

const byName: readonly (readonly [WorkflowClass, RegExp])[] = [
  ['registry', /push|publish|docker login|registry/i],
  ['auth', /login|credential|assume|auth/i],
  ['deploy', /deploy|helm|kubectl|release|rollout|terraform|argo/i],
  ['lint', /lint|format|style/i],
  ['test', /test|e2e|spec|integration/i],
  ['build', /build|compile|install|bundle|package/i],
]

/** Sorts a failed step by its log, and where the log does not tell, by its name. */
export const workflowClass = (step: string, log: string): WorkflowClass =>
  byLog.find(([, pattern]) => pattern.test(log.slice(-20_000)))?.[0] ??
  byName.find(([, pattern]) => pattern.test(step))?.[0] ??
  'other'

const loud =
  /error|fail|fatal|denied|unauthori[sz]ed|exception|panic|cannot|could not|timed out|not found|##\[error\]|exit code [1-9]/i
const noise = /^\s*$|process completed with exit code|^##\[(?:group|endgroup|debug)\]|0 errors|npm warn/i

/** The lines of a step's log that say why it failed: the last loud ones, at most `limit`, in their order. */
export const errorLines = (log: string, limit = 3): readonly string[] => {
  const lines = log
    .split('\n')
    .slice(-2000)
    .map((line) =>
      line
        .slice(0, 500)
        .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z\s*/, '')
        .replace(/^##\[error\]/, '')
        .trim(),
    )
    .filter((line) => !noise.test(line))
  const hits = lines.filter((line) => loud.test(line))
  return (hits.length > 0 ? hits : lines).slice(-limit)
}
