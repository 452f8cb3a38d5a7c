import { createEmulator } from 'emulate'
import { openGitHub } from '../../src/adapters/github/client.ts'
import { githubHost } from '../../src/adapters/github/git-host.ts'
import type { Change } from '../../src/domain/change.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { isRefusal } from '../../src/domain/refusal.ts'
import { checkedFilePath, isBranch, isRepository } from '../../src/domain/repository-path.ts'
import { editYaml } from '../../src/gitops/edit-yaml.ts'
import { pullRequestBody, pullRequestTitle } from '../../src/gitops/pull-request-text.ts'
import { issuePermit } from '../../src/policy/permit.ts'
import type { GitHost } from '../../src/ports.ts'
import { first, words } from './judge.ts'
import type { Group, Try } from './site.ts'

const manifest = 'kind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 2  # enough\n'

type Host = { readonly git: GitHost; readonly requests: () => Promise<number>; readonly close: () => Promise<void> }

/** A GitHub with one repository, as an emulator serves it. */
const openHost = async (): Promise<Host> => {
  const github = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { 'test-token': { login: 'doctor-bot', scopes: ['repo'] } },
      github: { users: [{ login: 'doctor-bot' }], repos: [{ owner: 'doctor-bot', name: 'deploy', auto_init: true }] },
    },
  })
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${github.url}${path}`, {
      ...init,
      headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
    })
  await call('/repos/doctor-bot/deploy/contents/apps/web.yaml', {
    method: 'PUT',
    body: JSON.stringify({ message: 'add', content: Buffer.from(manifest).toString('base64') }),
  })
  return {
    git: githubHost(openGitHub({ token: 'test-token', apiUrl: github.url })),
    requests: async () => ((await (await call('/repos/doctor-bot/deploy/pulls?state=all')).json()) as unknown[]).length,
    close: () => github.close(),
  }
}

type Pull = Extract<Change, { kind: 'pull-request' }>

/** A pull request that must not come about, told in words. */
const notOpened = (what: string, change: Partial<Pull>): Try => ({
  what,
  run: async () => {
    const { git, requests, close } = await openHost()
    try {
      const head = await git.headOf('doctor-bot/deploy', 'main')
      if (head.kind !== 'ok') return `the base cannot be read: ${JSON.stringify(head)}`
      const whole: Pull = {
        kind: 'pull-request',
        repository: 'doctor-bot/deploy',
        base: 'main',
        baseSha: head.value,
        branch: 'doctor/0123456789ab',
        title: 'Scale web',
        body: 'Why',
        edits: [{ path: 'apps/web.yaml', before: manifest, after: manifest.replace('2', '3') }],
        ...change,
      }
      const expiresAt = new Date(Date.now() + 60_000).toISOString()
      const identity = { kind: 'confirmed', cluster: 'prod', signals: [] } as const
      const result = await git.openChange(
        issuePermit({ change: whole, expiresAt } as unknown as Plan, identity, 1, Date.now()),
      )
      return first(
        result.kind === 'rejected' ? words(result.message) : `it is ${result.kind}`,
        (await requests()) === 0 ? undefined : 'it was opened',
      )
    } finally {
      await close()
    }
  },
})

const edit = (path: string): Partial<Pull> => ({ edits: [{ path, before: '', after: 'a: 1\n' }] })

const refusedPath = (what: string, path: string): Try => ({
  what,
  run: async () => (isRefusal(checkedFilePath(path)) ? undefined : 'it is taken'),
})
const no = (what: string, taken: boolean): Try => ({ what, run: async () => (taken ? 'it is taken' : undefined) })

const commented = `# at the top
x-defaults: &defaults   # an anchor
  a: 1
kind: Deployment
metadata:
  name: 'web'   # quoted
spec:
    replicas:   2    # enough
    template: {spec: {containers: [{name: app, image: "x:1"}]}}
    other: *defaults
...
`

/** Groups 62 to 67: Git. */
export const gitGroups: readonly Group[] = [
  {
    number: 62,
    name: 'paths of files in a repository',
    tries: [
      ...(
        [
          ['a workflow by a way out', '../../.github/workflows/x.yml'],
          ['a workflow', '.github/workflows/x.yml'],
          ['a workflow in capitals', '.GitHub/workflows/x.yml'],
          ['absolute', '/etc/passwd.yaml'],
          ['with backslashes', '..\\x.yaml'],
          ['a line break', 'x\ny.yaml'],
          ['CRLF', 'x.yaml\r\n'],
          ['the git folder', '.git/config.yaml'],
          ['a git folder below', 'a/.git/config.yaml'],
          ['GitLab’s pipeline', '.gitlab-ci.yml'],
          ['two slashes', 'a//b.yaml'],
          ['a dot', './a.yaml'],
          ['a script', 'deploy.sh'],
          ['nothing', ''],
          ['an option', '-x/y.yaml'],
          ['steering characters', 'a\u202eb.yaml'],
          ['501 characters', `${'a'.repeat(500)}.yaml`],
        ] as const
      ).map(([what, path]) => refusedPath(what, path)),
      notOpened('a workflow, at the last line', edit('.github/workflows/x.yml')),
      notOpened('a way out, at the last line', edit('../x.yaml')),
    ],
  },
  {
    number: 63,
    name: 'repositories and branches',
    tries: [
      ...['a', 'a/b/c', '../x', 'a/..', 'a/.', 'a b/c', 'ü/b', 'a/b?x', '-a/b', 'a/b\n'].map((text) =>
        no(`repository ${JSON.stringify(text)}`, isRepository(text)),
      ),
      ...[
        'refs/heads/main',
        '--upload-pack=x',
        '@{-1}',
        'a..b',
        'a/',
        '/a',
        'a b',
        'a~1',
        'a^',
        'a:b',
        'x.lock',
        '',
      ].map((text) => no(`branch ${JSON.stringify(text)}`, isBranch(text))),
      notOpened('the base itself', { branch: 'main' }),
      notOpened('a branch that is not ours', { branch: 'feature/x' }),
      notOpened('a base that is a ref', { base: 'refs/heads/main' }),
    ],
  },
  {
    number: 64,
    name: 'a base that moved',
    tries: [notOpened('since it was shown', { baseSha: 'a'.repeat(40) })],
  },
  {
    number: 65,
    name: 'edits of YAML',
    tries: [
      {
        what: 'comments, anchors, quotes and spaces stay byte for byte',
        run: async () => {
          const after = editYaml(commented, { kind: 'Deployment', name: 'web' }, [
            { path: ['spec', 'replicas'], before: 2, after: 3 },
          ] as never)
          if (typeof after !== 'string') return words(after.reason)
          return after === commented.replace('2    # enough', '3    # enough') ? undefined : `it is ${after}`
        },
      },
      ...(
        [
          ['a value that was not shown', [{ path: ['spec', 'replicas'], before: 7, after: 3 }]],
          ['a value from an anchor', [{ path: ['spec', 'other', 'a'], before: 1, after: 2 }]],
        ] as const
      ).map(([what, changes]) => ({
        what,
        run: async () => {
          const after = editYaml(commented, { kind: 'Deployment', name: 'web' }, changes as never)
          return typeof after === 'string' ? 'it was edited' : words(after.reason)
        },
      })),
      {
        what: 'another object',
        run: async () => {
          const after = editYaml(commented, { kind: 'Deployment', name: 'api' }, [
            { path: ['spec', 'replicas'], before: 2, after: 3 },
          ] as never)
          return typeof after === 'string' ? 'it was edited' : words(after.reason)
        },
      },
    ],
  },
  {
    number: 66,
    name: 'titles of pull requests',
    tries: [
      ['300 characters', 'x'.repeat(300)],
      ['an organisation', 'ping @org/everyone'],
      ['a reference', 'see #1 and GH-2'],
      ['a closing word', 'fixes #1'],
      ['a comment', 'x <!-- hidden --> y'],
    ].map(([what = '', title = '']) => ({
      what,
      run: async () => {
        const wish = {
          cluster: 'prod',
          owner: { tool: 'argocd', kind: 'Application', name: 'web', namespace: 'argocd' },
          target: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'a', name: 'b' } },
          reason: { summary: title, code: 'app-crash', evidence: [{ id: 'e1', text: title }] },
          draft: { summary: 'Scale b to 3', risk: 'low', undo: { kind: 'none' }, blast: { notes: [title] } },
        }
        const told = { wish, changes: [], edits: [], base: 'main', repository: 'acme/deploy', provedBy: 'directory' }
        const text = { title: pullRequestTitle(told as never), body: pullRequestBody(told as never) }
        const whole = `${text.title}\n${text.body}`.replace(/`[^`]*`/g, '')
        return first(
          text.title.length <= 200 ? undefined : 'the title is too long',
          /(?:^|\s)@org|(?:^|[\s(])#\d|<!-- hidden|GH-2\b/.test(whole)
            ? `it is alive: ${whole.slice(0, 300)}`
            : undefined,
        )
      },
    })),
  },
  {
    number: 67,
    name: 'a search that lags behind',
    tries: [
      {
        what: 'two requests for one plan are one pull request',
        run: async () => {
          const { git, requests, close } = await openHost()
          try {
            const head = await git.headOf('doctor-bot/deploy', 'main')
            if (head.kind !== 'ok') return 'the base cannot be read'
            const change: Pull = {
              kind: 'pull-request',
              repository: 'doctor-bot/deploy',
              base: 'main',
              baseSha: head.value,
              branch: 'doctor/0123456789ab',
              title: 'Scale web',
              body: 'Why',
              edits: [{ path: 'apps/web.yaml', before: manifest, after: manifest.replace('2', '3') }],
            }
            const expiresAt = new Date(Date.now() + 60_000).toISOString()
            const identity = { kind: 'confirmed', cluster: 'prod', signals: [] } as const
            const permit = () => issuePermit({ change, expiresAt } as unknown as Plan, identity, 1, Date.now())
            const [one, two] = [await git.openChange(permit()), await git.openChange(permit())]
            const same = one.kind === 'done' && two.kind === 'done' && one.number === two.number
            return first(
              same ? undefined : `${JSON.stringify(one)} and ${JSON.stringify(two)}`,
              (await requests()) === 1 ? undefined : 'there are two',
            )
          } finally {
            await close()
          }
        },
      },
    ],
  },
]
