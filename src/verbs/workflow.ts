import { type Answer, note, text } from '../domain/document.ts'
import { isRefusal, type Refusal, refused } from '../domain/refusal.ts'
import { isRepository } from '../domain/repository-path.ts'
import type { Arguments } from './arguments.ts'
import { oneRun } from './pipelines/one-run.ts'
import { runList } from './pipelines/run-list.ts'
import { flagNumber, flagText, refusalAnswer } from './reading/place.ts'
import type { Verb, VerbContext } from './verb.ts'

type Asked = { readonly repository: string; readonly id?: number }

export const verb: Verb = {
  name: 'workflow',
  aliases: ['workflows', 'ci'],
  summary: 'runs of GitHub Actions: how the last ones went, and why one failed',
  usage: '[OWNER/REPO] [RUN] [-w FILE] [--limit N]',
  examples: [
    'workflow acme/checkout',
    'workflow acme/checkout -w deploy.yml --limit 30',
    'workflow acme/checkout 7411',
  ],
  flags: {
    workflow: { short: 'w', value: 'FILE', help: 'only the runs of one workflow, by its file' },
    branch: { short: 'b', value: 'BRANCH', help: 'only the runs on one branch' },
    limit: { value: 'N', help: 'how many runs, 1 to 100 (10)' },
    context: { value: 'CLUSTER', help: 'the cluster to look for what the run made' },
    cluster: { value: 'CLUSTER', help: 'the same as --context' },
  },
  where: 'everywhere',
  run: async (context, args) => {
    const { pipelines } = context
    if (pipelines === undefined)
      return {
        status: 'could-not-tell',
        document: [
          text(
            'No pipelines can be read here: set GITHUB_READ_TOKEN (or GITHUB_TOKEN), and GITHUB_REPOSITORIES for those that are meant where none is named.',
          ),
        ],
      }
    const asked = askedOf(context, args.words)
    if (isRefusal(asked)) return refusalAnswer(asked)
    const limit = flagNumber(args, 'limit', 1, 100, 10)
    if (isRefusal(limit)) return refusalAnswer(limit)
    const [first] = asked
    if (first?.id !== undefined)
      return oneRun(context, pipelines.read, { repository: first.repository, id: first.id }, args)
    return lists(context, asked, args, limit)
  },
}

/** What is meant: a run, a repository, or where neither is named the thread's run or the repositories that are set up. */
const askedOf = ({ pipelines }: VerbContext, words: readonly string[]): readonly Asked[] | Refusal => {
  const parts = words.map((word) => word.replace(/^#/, ''))
  const number = parts.find((part) => /^\d{1,15}$/.test(part))
  const named = parts.find((part) => !/^\d{1,15}$/.test(part))
  const page = /\/([\w.-]+\/[\w.-]+)\/actions\/runs\/(\d{1,15})/.exec(named ?? '')
  if (page?.[1] !== undefined) return [{ repository: page[1], id: Number(page[2]) }]
  if (parts.length > 2 || (named !== undefined && !isRepository(named)))
    return refused('usage', 'Write it as workflow OWNER/REPO, or workflow OWNER/REPO RUN with the number of a run.')
  const known = pipelines?.repositories ?? []
  const run = pipelines?.run
  const whose = named ?? run?.repository ?? (known.length === 1 ? known[0] : undefined)
  if (number !== undefined)
    return whose === undefined
      ? refused('usage', `Of which repository is run ${number}? Write workflow OWNER/REPO ${number}.`)
      : [{ repository: whose, id: Number(number) }]
  if (named !== undefined) return [{ repository: named }]
  if (run !== undefined) return [run]
  return known.length === 0
    ? refused(
        'usage',
        'Name a repository: workflow OWNER/REPO. GITHUB_REPOSITORIES says which ones are meant where none is named.',
      )
    : known.map((repository) => ({ repository }))
}

const lists = async (
  context: VerbContext,
  asked: readonly Asked[],
  args: Arguments,
  limit: number,
): Promise<Answer> => {
  const [workflow, branch] = [flagText(args, 'workflow'), flagText(args, 'branch')]
  const wanted = { limit, ...(workflow === undefined ? {} : { workflow }), ...(branch === undefined ? {} : { branch }) }
  const answers = await Promise.all(asked.slice(0, 10).map(({ repository }) => runList(context, repository, wanted)))
  const worst = (['could-not-tell', 'not-found', 'ok'] as const).find((one) =>
    answers.some(({ status }) => status === one),
  )
  const more = asked.length > 10 ? [note(`and ${asked.length - 10} more repositories`)] : []
  const empty = answers.every(({ document }) => document.length === 0)
  return {
    status: worst ?? 'ok',
    document: empty ? [text('No runs.')] : [...answers.flatMap(({ document }) => document), ...more],
  }
}
