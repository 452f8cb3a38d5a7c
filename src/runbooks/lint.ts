import type { Action } from '../actions/action.ts'
import type { Runbook } from '../domain/runbook.ts'
import { fill, placeholders } from './fill.ts'

/** One thing wrong, with its place in the runbook. */
export type LintProblem = { readonly path: readonly (string | number)[]; readonly message: string }

/** The names that every runbook may fill in, beside the facts of the cause. */
export const builtIn: readonly string[] = ['object', 'kind', 'name', 'namespace', 'cluster', 'target', 'targetName']

/** A restart reads the same broken reference again: these causes it can never fix. */
const notByRestart =
  /^(?:image-|missing-|app-config-invalid|app-crash|container-command-invalid|quota-|insufficient-|node-affinity|storage-)/

/** What the schema cannot say: actions that exist, inputs that fit them, steps that make sense for the causes named. */
export const lintRunbook = (runbook: Runbook, actions: ReadonlyMap<string, Action>): readonly LintProblem[] =>
  runbook.steps.flatMap((step, index): readonly LintProblem[] => {
    const at = ['steps', index]
    if (step.kind === 'human') return []
    const action = actions.get(step.action)
    if (action === undefined) return [{ path: [...at, 'action'], message: `there is no action ${step.action}` }]
    const problems: LintProblem[] = []
    if (index > 0 && runbook.steps[index - 1]?.kind === 'action')
      problems.push({ path: at, message: 'a plan makes one change: put the second action into its own runbook' })
    if (step.action === 'restart-rollout')
      for (const code of runbook.codes.filter((one) => notByRestart.test(one)))
        problems.push({ path: [...at, 'action'], message: `a restart cannot fix ${code}` })
    if (step.action === 'rollback-rollout' && !runbook.preconditions.some((one) => one.kind === 'earlier-revision'))
      problems.push({ path: ['preconditions'], message: 'a rollback needs the precondition earlier-revision' })
    const tried = runbook.preconditions.some((one) => one.kind === 'not-tried' && one.action === step.action)
    if (!tried) problems.push({ path: ['preconditions'], message: `needs not-tried for ${step.action}` })
    return [...problems, ...inputProblems(step.input, action, [...at, 'input'])]
  })

/** Tries the input with stand-ins for facts: what is wrong whatever the facts are is found before an incident. */
const inputProblems = (
  input: Readonly<Record<string, unknown>>,
  action: Action,
  path: readonly (string | number)[],
): readonly LintProblem[] => {
  const names = namesIn(input)
  const tries: readonly (string | number)[] = ['app', '256Mi', '500m', 'app:1.0', 'app=web', 3]
  const fits =
    names.length === 0
      ? action.input.safeParse(input).success
      : combinations(names, tries).some((facts) => action.input.safeParse(fill(input, facts)).success)
  return fits ? [] : [{ path, message: `does not fit the input of ${action.id}` }]
}

const namesIn = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return placeholders(value) ?? []
  if (typeof value !== 'object' || value === null) return []
  return [...new Set(Object.values(value).flatMap(namesIn))]
}

const combinations = (
  names: readonly string[],
  values: readonly (string | number)[],
): readonly Readonly<Record<string, string | number>>[] =>
  names
    .slice(0, 4)
    .reduce<readonly Readonly<Record<string, string | number>>[]>(
      (sets, name) => sets.flatMap((set) => values.map((value) => ({ ...set, [name]: value }))),
      [{}],
    )
