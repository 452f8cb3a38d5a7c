import { createEmulator } from 'emulate'
import { closeServer, freePort, listenLocally } from '../local-server.ts'
import { startActions } from './actions/api.ts'
import { runCheck } from './checks.ts'
import { createFront } from './front.ts'
import { githubCalls } from './github-calls.ts'
import { manifestFiles } from './manifests.ts'
import { createPipeline } from './pipeline.ts'
import { closePullRequest, listPullRequests, mergePullRequest, type PullRequest } from './pull-requests.ts'
import { openRepository, type Tree } from './repository.ts'
import { sendCheckEvent, sendPullRequestEvents, sendRunEvent, type WebhookReceiver } from './webhook.ts'

/** The repository that Argo CD deploys from. */
export const repository = 'acme/deploy'

/** GitHub on this machine with the GitOps repository in it. */
export type DemoGit = {
  readonly url: string
  /** The app's token: it may push branches and open pull requests. */
  readonly token: string
  pullRequests(): readonly PullRequest[]
  /** The newest commit of `main` with its files. */
  main(): Promise<Tree>
  /** Commits to `main` as a developer does who may. */
  commit(message: string, files: ReadonlyMap<string, string>): Promise<string>
  merge(number: number): Promise<void>
  /** Tells the app by GitHub's webhook of every pull request that is opened, merged or closed, signed with this secret. */
  connect(receiver: WebhookReceiver): void
  /** Called after each write: a push, a pull request, a merge. */
  subscribe(listener: () => void): () => void
  close(): Promise<void>
}

const tokens = { app: 'ghp_local_cluster_doctor', developer: 'ghp_local_jon' } as const

/**
 * Starts GitHub with `acme/deploy` and the manifests of the Git-owned workloads on `main`. The check of a pull request runs for
 * `checkTakesMs`: long enough to be seen running.
 */
export const startGit = async ({ checkTakesMs = 1_500 }: { readonly checkTakesMs?: number } = {}): Promise<DemoGit> => {
  const listeners = new Set<() => void>()
  let pulls: readonly PullRequest[] = []
  let upstream = ''
  let receiver: WebhookReceiver | undefined
  let refreshed = Promise.resolve()
  const refresh = (): Promise<void> => {
    refreshed = refreshed.then(async () => {
      const before = pulls
      pulls = await listPullRequests(asApp, files, repository).catch(() => pulls)
      for (const pull of pulls) if (pull.state === 'open' && !checked.has(pull.commit)) void check(pull)
      if (receiver !== undefined) await sendPullRequestEvents(receiver, repository, before, pulls)
      void verify()
      for (const listener of listeners) listener()
    })
    return refreshed
  }
  // A merge reads what `main` is, then takes it over: two at once would take each other's change back.
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }
  const verify = async (): Promise<void> => {
    const run = await files
      .head('main')
      .then(pipeline.run)
      .catch(() => undefined)
    if (run !== undefined && receiver !== undefined) await sendRunEvent(receiver, url, repository, run)
  }
  const checked = new Set<string>()
  const check = async ({ commit, branch }: PullRequest): Promise<void> => {
    checked.add(commit)
    await runCheck(asApp, files, repository, commit, checkTakesMs).catch(() => undefined)
    if (receiver !== undefined) await sendCheckEvent(receiver, repository, branch)
  }
  const actions = await startActions({ repository, tokens: Object.values(tokens), origin: () => url })
  const front = createFront({
    upstream: () => upstream,
    repository,
    pullRequests: () => pulls,
    actions,
    review: (number, what) =>
      inTurn(() =>
        what === 'merge'
          ? mergePullRequest(asDeveloper, files, repository, number)
          : closePullRequest(asDeveloper, repository, number),
      ),
    written: refresh,
  })
  const url = await listenLocally(front)
  // The emulator tells its addresses by `baseUrl`, so it cannot also say which free port it took.
  const port = await freePort()
  const github = await createEmulator({ service: 'github', port, baseUrl: url, seed })
  upstream = `http://127.0.0.1:${port}`
  const [asApp, asDeveloper] = [githubCalls(url, tokens.app), githubCalls(url, tokens.developer)]
  const files = openRepository(asApp, repository)
  const pipeline = createPipeline(actions, files, checkTakesMs)
  await files.commit(asDeveloper, 'main', 'notifications 1.6.0, image-resizer 2.1.5 (#412)', manifestFiles())
  return {
    url,
    token: tokens.app,
    pullRequests: () => pulls,
    // Not in the middle of a merge.
    main: () => inTurn(async () => files.tree(await files.head('main'))),
    commit: (message, wanted) => inTurn(() => files.commit(asDeveloper, 'main', message, wanted)),
    merge: (number) => inTurn(() => mergePullRequest(asDeveloper, files, repository, number)),
    connect: (wanted) => {
      receiver = wanted
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: async () => {
      await closeServer(front)
      await Promise.all([github.close(), actions.close()])
    },
  }
}

const seed = {
  tokens: {
    [tokens.app]: { login: 'cluster-doctor', scopes: ['repo'] },
    [tokens.developer]: { login: 'jon', scopes: ['repo'] },
  },
  github: {
    users: [
      { login: 'cluster-doctor', name: 'Cluster Doctor' },
      { login: 'jon', name: 'Jon Bell' },
    ],
    orgs: [
      {
        login: 'acme',
        members: [
          { login: 'cluster-doctor', role: 'admin' },
          { login: 'jon', role: 'admin' },
        ],
      },
    ],
    repos: [{ owner: 'acme', name: 'deploy', auto_init: true }],
  },
}
