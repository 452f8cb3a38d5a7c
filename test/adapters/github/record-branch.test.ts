import { afterAll, beforeAll, expect, it } from 'vitest'
import { openGitHub } from '../../../src/adapters/github/client.ts'
import { githubHost } from '../../../src/adapters/github/git-host.ts'
import { recordBranch } from '../../../src/adapters/github/record-branch.ts'
import type { GitHost, HeadKeeper } from '../../../src/ports.ts'
import { emulatedGitHub } from './emulated.ts'

const repository = 'doctor-bot/record'
let heads: HeadKeeper
let git: GitHost
let close: () => Promise<void>

beforeAll(async () => {
  const github = await emulatedGitHub('record')
  close = () => github.close()
  const client = openGitHub({ token: 't', apiUrl: github.url }, 0)
  heads = recordBranch(client)
  git = githubHost(client)
})
afterAll(() => close?.())

const kept = async (file: string) => {
  const read = await git.readFile(repository, file, 'doctor/record')
  return read.kind === 'ok' ? read.value.text : read.kind
}

it('adds a line for each head, once, beside what other chains keep', async () => {
  const main = await git.headOf(repository, 'main')
  expect(await heads.keep(repository, 'doctor-a.txt', '2026-11-21 doctor-a 7 aaa')).toMatchObject({ kind: 'done' })
  const second = await heads.keep(repository, 'doctor-a.txt', '2026-11-22 doctor-a 9 bbb')
  expect(await heads.keep(repository, 'doctor-a.txt', '2026-11-22 doctor-a 9 bbb')).toEqual(second)
  expect(await heads.keep(repository, 'doctor-b.txt', '2026-11-22 doctor-b 1 ccc')).toMatchObject({ kind: 'done' })
  expect(await kept('doctor-a.txt')).toBe('2026-11-21 doctor-a 7 aaa\n2026-11-22 doctor-a 9 bbb\n')
  expect(await kept('doctor-b.txt')).toBe('2026-11-22 doctor-b 1 ccc\n')
  expect(await git.headOf(repository, 'main')).toEqual(main)
})

it('loses no line when replicas write at the same time', async () => {
  const chains = ['x', 'y', 'z']
  const all = await Promise.all(
    chains.map((chain) => heads.keep(repository, `${chain}.txt`, `2026-11-23 ${chain} 1 d`)),
  )
  expect(all.map(({ kind }) => kind)).toEqual(['done', 'done', 'done'])
  for (const chain of chains) expect(await kept(`${chain}.txt`)).toBe(`2026-11-23 ${chain} 1 d\n`)
})

it('says what is refused, and what nobody answered', async () => {
  expect(await heads.keep('doctor-bot/none', 'a.txt', 'x')).toMatchObject({ kind: 'rejected' })
  expect(await heads.keep(repository, '../a.txt', 'x')).toMatchObject({ kind: 'rejected' })
  const gone = recordBranch(openGitHub({ token: 't', apiUrl: 'http://127.0.0.1:1' }, 0))
  expect(await gone.keep(repository, 'a.txt', 'x')).toMatchObject({ kind: 'unknown' })
})
