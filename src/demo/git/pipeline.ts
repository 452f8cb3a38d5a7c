import { parseAllDocuments } from 'yaml'
import type { Actions } from './actions/api.ts'
import type { ActedRun, ActedStep } from './actions/model.ts'
import type { Repository, Tree } from './repository.ts'

/** The workflow that verifies `main`: its file and name. */
export const verifyWorkflow = { id: 9_001, name: 'Verify', path: '.github/workflows/verify.yml' } as const

/** Runs the workflow of a commit on `main` and resolves to how it went. Equal commits run once. */
export type Pipeline = { run(commit: string): Promise<ActedRun | undefined> }

/**
 * The pipeline of the repository: for each commit on `main` it parses every manifest, as a team's does before Argo CD takes it.
 * Its log says what it found; a run takes `takesMs`.
 */
export const createPipeline = (actions: Actions, files: Repository, takesMs: number): Pipeline => {
  const known = new Set<string>()
  return {
    run: async (commit) => {
      if (known.has(commit)) return undefined
      known.add(commit)
      const created = Date.now()
      const [{ author }, tree] = await Promise.all([files.commitOf(commit), files.tree(commit)])
      const begun: ActedRun = {
        id: 5_000 + known.size,
        attempt: 1,
        workflow: verifyWorkflow,
        event: 'push',
        status: 'in_progress',
        conclusion: null,
        branch: 'main',
        sha: commit,
        actor: author,
        created,
        updated: created,
        jobs: [],
      }
      actions.put(begun)
      await new Promise((resolve) => setTimeout(resolve, takesMs))
      const ended = over(begun, tree, Date.now())
      actions.put(ended)
      return ended
    },
  }
}

const over = (run: ActedRun, tree: Tree, now: number): ActedRun => {
  const found = [...tree.files]
    .filter(([path]) => /\.ya?ml$/.test(path))
    .map(([path, text]) => [path, problemOf(text)] as const)
  const bad = found.filter(([, problem]) => problem !== undefined)
  const conclusion = bad.length === 0 ? 'success' : 'failure'
  const [from, middle] = [run.created, run.created + Math.max(1_000, (now - run.created) / 2)]
  const to = Math.max(now, middle + 1_000)
  const steps: readonly ActedStep[] = [
    { name: 'Set up job', conclusion: 'success', from, to: middle, lines: ['Current runner version: 2.330.0'] },
    {
      name: 'Parse the manifests',
      conclusion,
      from: middle,
      to,
      lines: [
        '##[group]Run parse-manifests platform',
        ...found.map(([path, problem]) => (problem === undefined ? `${path}: sound` : `error: ${path}: ${problem}`)),
        ...(bad.length === 0 ? [] : ['##[error]Process completed with exit code 1.']),
      ],
    },
  ]
  return {
    ...run,
    status: 'completed',
    conclusion,
    updated: to,
    jobs: [{ id: run.id * 10, name: 'manifests', conclusion, log: 'kept', steps }],
  }
}

const problemOf = (text: string): string | undefined => {
  const all = parseAllDocuments(text)
  return Array.isArray(all) ? all.flatMap(({ errors }) => errors)[0]?.message.split('\n')[0] : undefined
}
