import type { PushedImage } from './pipeline.ts'

/** What kind of step failed, as people sort failures of a pipeline. */
export type WorkflowClass = 'test' | 'build' | 'lint' | 'auth' | 'registry' | 'deploy' | 'runner' | 'flaky' | 'other'

/** In this order: the surer and more specific first. Matched against the log first, then against the name of the step. */
const byLog: readonly (readonly [WorkflowClass, RegExp])[] = [
  [
    'runner',
    /runner has received a shutdown signal|lost communication with the server|no space left on device|the hosted runner|self-hosted runner .{0,60}(?:lost|offline)|the operation was canceled|no runner matching|out of memory|oom.?kill|exceeded the maximum execution time|system\.io\.ioexception: no space/i,
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
    /eslint|prettier|golangci|flake8|ruff\b|rubocop|hadolint|biome|ktlint|checkstyle|stylelint|yamllint|kubeconform|kubeval|shellcheck|\blint\b.{0,40}(?:error|fail)/i,
  ],
  [
    'test',
    /tests? failed|failing tests?|failed tests?|--- FAIL|\bFAIL\b.{0,80}(?:test|spec)|assertionerror|expected .{0,80}(?:to (?:equal|be)|but (?:got|was))|\d+ failed,? \d* ?passed|tests run: \d+, failures: [1-9]|there are test failures|\btests?: +\d+ failed/i,
  ],
  [
    'build',
    /compilation (?:error|failed)|error TS\d+|cannot find module|build failed|failed to compile|undefined reference|syntaxerror|could not resolve dependencies|npm err!|npm error code e|eresolve|failed to solve|error: failed to build|go: .{0,80}no required module|cannot find symbol/i,
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

/** Whether running it again may help: what a registry, a cluster or a linter said no to has its reason there, however often it passed. */
export const mayBeFlaky = (kind: WorkflowClass): boolean => ['test', 'runner', 'build', 'other'].includes(kind)

const loud =
  /error|fail|fatal|denied|unauthori[sz]ed|exception|panic|cannot|could not|timed out|not found|##\[error\]|exit code [1-9]/i
/** What every failure leaves: the runner's own end of a step, and what npm says after the program that it ran. */
const noise =
  /^\s*$|process completed with exit code|^##\[(?:group|endgroup|debug)\]|\b0 (?:errors|failed)|npm warn|^npm (?:err!|error)(?:\s*$| (?:code \d|path|workspace|location|command|lifecycle|errno|syscall|a complete log|.{0,200}-debug-\d))/i

const stamp = /^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?/

// Colours begin with the escape character.
const colour = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]{0,20}[A-Za-z]`, 'g')

/** A line as its program wrote it: the runner's time and the colours taken out. */
const bare = (line: string): string => line.slice(0, 600).replace(stamp, '').replace(colour, '').slice(0, 500)

/** The lines of a step's log that say why it failed: the last loud ones, at most `limit`, in their order. */
export const errorLines = (log: string, limit = 3): readonly string[] => {
  const lines = log
    .split('\n')
    .slice(-2000)
    .map((line) =>
      bare(line)
        .replace(/^##\[error\]/, '')
        .trim(),
    )
    .filter((line) => !noise.test(line))
  const hits = lines.filter((line) => loud.test(line))
  return (hits.length > 0 ? hits : lines).slice(-limit)
}

/** When a step ran, as the host tells it in whole seconds. */
export type StepTimes = {
  readonly started_at?: string | null | undefined
  readonly completed_at?: string | null | undefined
}

/**
 * The part of a job's log that is a step's: its lines by their time, from where the runner began it to where it said that it
 * failed. All of the log where the times do not tell.
 */
export const stepLog = (log: string, step: StepTimes | undefined): string => {
  const [from, to] = [Date.parse(step?.started_at ?? ''), Date.parse(step?.completed_at ?? '')]
  if (!Number.isFinite(from) || !Number.isFinite(to)) return log.trimEnd()
  const lines = log.split('\n')
  let at = Number.NaN
  const mine = lines.filter((line) => {
    const time = stamp.exec(line)?.[0]
    if (time !== undefined) at = Date.parse(time.replace('\ufeff', '').trim())
    return at >= from && at < to + 1_000
  })
  const end = mine.findLastIndex((line) => /##\[error\]/.test(line))
  const until = end < 0 ? mine : mine.slice(0, end + 1)
  const start = until.findLastIndex((line) => /##\[group\]Run /.test(line))
  const own = start < 0 ? until : until.slice(start)
  return (own.length === 0 ? lines : own).join('\n').trimEnd()
}

const digest = 'sha256:[0-9a-f]{64}'
/** How docker, buildx, crane, ko and kaniko say what they pushed. */
const pushes: readonly RegExp[] = [
  new RegExp(`pushing manifest for (?<image>[\\w.:/-]{1,300}?)(?::(?<tag>[\\w][\\w.-]{0,127}))?@(?<digest>${digest})`),
  new RegExp(`^(?<tag>[\\w][\\w.-]{0,127}): digest: (?<digest>${digest}) size: \\d+`),
  new RegExp(
    `(?:pushed|published|push(?:ed)? image to) (?<image>[\\w.:/-]{1,300}?)(?::(?<tag>[\\w][\\w.-]{0,127}))?@(?<digest>${digest})`,
    'i',
  ),
  new RegExp(`"containerimage\\.digest": ?"(?<digest>${digest})"`),
]

/** The images that a log says were pushed, each digest once, in the order of the log. */
export const pushedImages = (log: string): readonly PushedImage[] => {
  const found = new Map<string, PushedImage>()
  for (const line of log.split('\n')) {
    if (!line.includes('sha256:')) continue
    for (const pattern of pushes) {
      const { image, tag, digest: pushed } = pattern.exec(bare(line))?.groups ?? {}
      if (pushed === undefined || found.get(pushed)?.image !== undefined) continue
      found.set(pushed, {
        ...(image === undefined ? {} : { image }),
        ...(tag === undefined ? {} : { tag }),
        digest: pushed,
      })
    }
  }
  return [...found.values()]
}
