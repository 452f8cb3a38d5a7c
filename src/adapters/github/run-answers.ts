import { z } from 'zod'
import { type PipelineRun, workflowFile } from '../../domain/pipeline.ts'
import { plainLine } from '../../domain/plain.ts'

const id = z.number().int().nonnegative()
const time = z.string().max(40)

/** A repository; only its default branch. */
export const repositoryAnswer = z
  .object({ default_branch: z.string().min(1).max(300) })
  .transform(({ default_branch: branch }) => plainLine(branch, 250))

/** One run, as GitHub documents it; only what is used of it. */
export const runAnswer = z.object({
  id,
  workflow_id: id,
  run_attempt: z.number().int().positive().nullish(),
  name: z.string().nullish(),
  path: z.string().max(500).nullish(),
  event: z.string().max(100).nullish(),
  status: z.string().max(50).nullish(),
  conclusion: z.string().max(50).nullish(),
  head_branch: z.string().max(300).nullish(),
  head_sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  html_url: z.string().max(2_000).nullish(),
  actor: z.object({ login: z.string().max(100) }).nullish(),
  created_at: time,
  run_started_at: time.nullish(),
  updated_at: time.nullish(),
})

/** A page of runs, newest first. */
export const runsAnswer = z.object({ total_count: z.number(), workflow_runs: z.array(runAnswer).max(100) })

const step = z.object({
  name: z.string(),
  number: z.number().int(),
  conclusion: z.string().max(50).nullish(),
  started_at: time.nullish(),
  completed_at: time.nullish(),
})

/** The jobs of a run with their steps. */
export const jobsAnswer = z.object({
  jobs: z
    .array(
      z.object({
        id,
        name: z.string(),
        conclusion: z.string().max(50).nullish(),
        steps: z.array(step).max(2_000).nullish(),
      }),
    )
    .max(100),
})

/** A job as GitHub tells it. */
export type JobAnswer = z.infer<typeof jobsAnswer>['jobs'][number]

/** What a runner or GitHub itself remarked on a job, beside its log. */
export const annotationsAnswer = z
  .array(z.object({ annotation_level: z.string().nullish(), message: z.string().nullish() }))
  .max(100)

/** A run in our words; text of it cleaned and bounded. */
export const runOf = (repository: string, one: z.infer<typeof runAnswer>): PipelineRun => {
  const over = one.status === 'completed'
  const name = plainLine(one.name ?? 'workflow', 100)
  const url = /^https?:\/\/[^\s<>|"]+$/.test(one.html_url ?? '') ? one.html_url : undefined
  return {
    repository,
    id: one.id,
    attempt: one.run_attempt ?? 1,
    workflow: workflowFile(one.path ?? '') ?? name,
    workflowId: one.workflow_id,
    name,
    event: plainLine(one.event ?? '', 50),
    status: over ? 'completed' : one.status === 'in_progress' ? 'running' : 'waiting',
    ...(over && one.conclusion ? { conclusion: one.conclusion } : {}),
    ...(one.head_branch ? { branch: plainLine(one.head_branch, 250) } : {}),
    sha: one.head_sha,
    ...(one.actor ? { actor: plainLine(one.actor.login, 100) } : {}),
    startedAt: one.run_started_at ?? one.created_at,
    ...(over && one.updated_at ? { endedAt: one.updated_at } : {}),
    ...(url ? { url } : {}),
  }
}
