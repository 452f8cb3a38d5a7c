import { afterAll, beforeAll, expect, it } from 'vitest'
import { type DemoGit, repository, startGit } from '../../src/demo/git/start.ts'

let git: DemoGit
beforeAll(async () => {
  git = await startGit({ checkTakesMs: 10 })
})
afterAll(() => git.close())

const call = async (path: string, body?: object): Promise<any> => {
  const response = await fetch(`${git.url}/repos/${repository}/${path}`, {
    headers: { authorization: `Bearer ${git.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  return response.json()
}

/** A pull request that changes one file of `main` as it is now. */
const propose = async (branch: string, path: string, mark: string): Promise<number> => {
  const { sha, files } = await git.main()
  const parent = await call(`git/commits/${sha}`)
  const content = `${files.get(path) ?? ''}# ${mark}\n`
  const entries = [{ path, mode: '100644', type: 'blob', content }]
  const tree = await call('git/trees', { base_tree: parent.tree.sha, tree: entries })
  const commit = await call('git/commits', { message: mark, tree: tree.sha, parents: [sha] })
  await call('git/refs', { ref: `refs/heads/${branch}`, sha: commit.sha })
  return (await call('pulls', { title: mark, head: branch, base: 'main', body: '' })).number
}

it('keeps what both of two pull requests change that were opened on the same commit', async () => {
  await git.commit('before', new Map([['README.md', '# before\n']]))
  const one = await propose('doctor/dddddd', 'platform/notifications.yaml', 'first')
  const two = await propose('doctor/eeeeee', 'platform/image-resizer.yaml', 'second')
  await git.merge(one)
  expect((await git.main()).files.get('platform/notifications.yaml')).toContain('# first')
  await git.merge(two)
  const { files } = await git.main()
  expect(files.get('platform/notifications.yaml')).toContain('# first')
  expect(files.get('platform/image-resizer.yaml')).toContain('# second')
})

it('keeps what both of two pull requests change, also where they are merged at the same moment', async () => {
  const one = await propose('doctor/aaaaaa', 'platform/notifications.yaml', 'one')
  const two = await propose('doctor/bbbbbb', 'platform/image-resizer.yaml', 'two')
  await Promise.all([git.merge(one), git.merge(two), git.commit('three', new Map([['README.md', '# three\n']]))])
  const { files } = await git.main()
  expect(files.get('platform/notifications.yaml')).toContain('# one')
  expect(files.get('platform/image-resizer.yaml')).toContain('# two')
  expect(files.get('README.md')).toBe('# three\n')
})

it('shows a merge on its page right after the button', async () => {
  const number = await propose('doctor/cccccc', 'README.md', 'four')
  const url = `${git.url}/${repository}/pull/${number}`
  const page = await fetch(`${url}/merge`, { method: 'POST', headers: { origin: git.url } })
  expect(page.url).toBe(url)
  expect(await page.text()).toContain('<b class="merged">merged</b>')
})
