import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A real git repository served over HTTP, as Argo CD clones it. */
export type GitServer = {
  /** The address of the repository `acme/deploy`. */
  readonly url: string
  /** Makes `main` hold just these files, by a commit. Returns the commit. */
  commit(message: string, files: ReadonlyMap<string, string>): string
  stop(): Promise<void>
}

/** Starts `git http-backend` behind a server on loopback, with an empty `acme/deploy`. */
export const startGitServer = async (): Promise<GitServer> => {
  const root = mkdtempSync(join(tmpdir(), 'git-server-'))
  const [bare, work] = [join(root, 'served/acme/deploy'), join(root, 'work')]
  const git = (args: readonly string[], cwd = work): string =>
    execFileSync('git', ['-c', 'user.name=mara', '-c', 'user.email=mara@acme.dev', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim()
  mkdirSync(bare, { recursive: true })
  mkdirSync(work)
  git(['init', '-q', '--bare', '-b', 'main'], bare)
  git(['init', '-q', '-b', 'main'])
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://git')
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: join(root, 'served'),
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname.replace(/deploy\.git/, 'deploy'),
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    request.pipe(backend.stdin)
    const parts: Buffer[] = []
    backend.stdout.on('data', (part: Buffer) => parts.push(part))
    backend.on('close', () => {
      const answer = Buffer.concat(parts)
      const cut = answer.indexOf('\r\n\r\n')
      const headers = answer.subarray(0, Math.max(0, cut)).toString('utf8').split('\r\n').filter(Boolean)
      const pairs = headers.map((line) => line.split(/:\s*/, 2) as [string, string])
      const status = pairs.find(([name]) => name.toLowerCase() === 'status')?.[1]
      response.writeHead(
        Number(status?.slice(0, 3) ?? 200),
        Object.fromEntries(pairs.filter(([name]) => name !== 'Status')),
      )
      response.end(answer.subarray(cut + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/deploy`,
    commit: (message, files) => {
      git(['rm', '-rqf', '--ignore-unmatch', '.'])
      for (const [path, text] of files) {
        mkdirSync(dirname(join(work, path)), { recursive: true })
        writeFileSync(join(work, path), text)
      }
      git(['add', '-A'])
      git(['commit', '-q', '--allow-empty', '-m', message])
      git(['push', '-q', '--force', bare, 'main'])
      return git(['rev-parse', 'HEAD'])
    },
    stop: async () => {
      await new Promise((resolve) => server.close(resolve))
      rmSync(root, { recursive: true, force: true })
    },
  }
}
