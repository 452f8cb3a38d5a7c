import { z } from 'zod'
import type { Alert } from '../../domain/alert.ts'
import { sha256 } from '../../domain/canonical.ts'
import { workflowFile } from '../../domain/pipeline.ts'
import { cleanText, cleanTime, cleanUrl, firstProblem, limits } from '../reading/bounds.ts'
import type { Parsed } from '../source.ts'
import { repository } from './repository.ts'

const event = z.object({
  action: z.string().max(50),
  repository,
  workflow: z.object({ path: z.string().max(500).nullish() }).nullish(),
  workflow_run: z.object({
    id: z.number().int().nonnegative(),
    workflow_id: z.number().int().nonnegative(),
    name: z.string().nullish(),
    path: z.string().max(500).nullish(),
    conclusion: z.string().max(50).nullish(),
    head_branch: z.string().max(255).nullish(),
    head_sha: z.string().max(64).nullish(),
    html_url: z.string().nullish(),
    run_started_at: z.string().nullish(),
    run_attempt: z.number().int().nullish(),
  }),
})

const failed = ['failure', 'timed_out', 'startup_failure']

/** `workflow_run`: one incident for one workflow that fails on the default branch; its next success ends it. */
export const workflowRun = (payload: unknown, deliveryId: string, receivedAt: string): Parsed => {
  const parsed = event.safeParse(payload)
  if (!parsed.success) return firstProblem(parsed.error)
  const { data } = parsed
  const { conclusion, head_branch: branch } = data.workflow_run
  if (data.action !== 'completed') return { kind: 'ignored', reason: 'the run is not over' }
  if (branch !== (data.repository.default_branch ?? 'main'))
    return { kind: 'ignored', reason: 'not on the default branch' }
  const status = failed.includes(conclusion ?? '') ? 'firing' : conclusion === 'success' ? 'resolved' : undefined
  if (status === undefined) return { kind: 'ignored', reason: 'neither failed nor succeeded' }
  return { kind: 'alerts', alerts: [alertOf(data, deliveryId, status, receivedAt)] }
}

const alertOf = (
  data: z.infer<typeof event>,
  deliveryId: string,
  status: Alert['status'],
  receivedAt: string,
): Alert => {
  const { workflow_run: item, repository: repo, workflow } = data
  const name = cleanText(item.name ?? 'workflow', 100)
  const file = workflowFile(item.path ?? workflow?.path ?? '')
  const url = cleanUrl(item.html_url ?? undefined)
  return {
    source: 'github',
    deliveryId,
    // The same end of the same run, whether a webhook told it or we found it by asking.
    happening: `run-${item.id}-${item.run_attempt ?? 1}`,
    fingerprint: sha256(`github\0${repo.full_name}\0${item.workflow_id}`),
    status,
    title: cleanText(
      `Workflow ${name} of ${repo.full_name} ${status === 'firing' ? 'failed' : 'succeeded'}`,
      limits.title,
    ),
    severity: 'warning',
    labels: {
      repository: repo.full_name,
      workflow: name,
      run: String(item.id),
      ...(file === undefined ? {} : { file }),
      ...(item.head_sha ? { sha: cleanText(item.head_sha, 64) } : {}),
      ...(item.head_branch ? { branch: cleanText(item.head_branch, 250) } : {}),
    },
    annotations: {},
    workload: { kind: 'WorkflowRun', name: `${repo.full_name}/${file ?? name}` },
    startsAt: cleanTime(item.run_started_at ?? undefined, receivedAt),
    link: { id: String(item.id), run: repo.full_name, ...(url === undefined ? {} : { url }) },
  }
}
