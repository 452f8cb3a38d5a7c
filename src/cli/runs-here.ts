import { openPipelines } from '../adapters/github/pipelines.ts'
import { workflowRunsFrom } from '../collectors/workflow-runs.ts'
import { githubSettings } from '../config/github.ts'
import type { WorkflowSource } from '../snapshot/view.ts'

/** The workflow runs of GITHUB_REPOSITORIES, for the command line; nothing where none are named or nothing lets us read them. */
export const runsHere = (): WorkflowSource | undefined => {
  const github = githubSettings()
  const repositories = github?.repositories ?? []
  const pipelines = github === undefined || repositories.length === 0 ? undefined : openPipelines(github)
  return pipelines === undefined ? undefined : workflowRunsFrom(pipelines, repositories)
}
