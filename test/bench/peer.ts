import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** kubernetes-mcp-server, asked over stdio for the health check that it offers as a prompt. */
export type Peer = {
  /** Milliseconds of one health check of the whole cluster. */
  readonly check: () => Promise<number>
  /** The most that it ever had resident, in MB. */
  readonly peak: () => number
  readonly stop: () => void
}

const name = 'kubernetes-mcp-server-linux-amd64'
const version = '0.0.67'
const root = join(import.meta.dirname, '../..')
const cache = join(root, 'node_modules/.cache/peer')
const patience = 60_000
const longest = 30_000

/**
 * The binary: of node_modules where it is installed, else of a cache below it, filled once with npm. Throws with a reason for
 * people where it cannot be had.
 */
const binary = async (): Promise<string> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it is looked for on Linux x64 only')
  const inside = (folder: string) => join(folder, 'node_modules', name, 'bin', name)
  for (const folder of [root, cache]) if (existsSync(inside(folder))) return inside(folder)
  mkdirSync(cache, { recursive: true })
  const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', cache, `${name}@${version}`]
  await promisify(execFile)('npm', install, { timeout: patience }).catch(() => undefined)
  if (existsSync(inside(cache))) return inside(cache)
  throw new Error(`npm could not install ${name}@${version}`)
}

type Answer = { readonly id?: number; readonly error?: { readonly message: string }; readonly result?: unknown }

/** One line of JSON out, one line with the same id back. */
const caller = (child: ChildProcess) => {
  const waiting = new Map<number, (answer: Answer) => void>()
  let [text, last] = ['', 0]
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines.filter((one) => one.trim() !== '')) {
      const answer = JSON.parse(line) as Answer
      waiting.get(answer.id ?? 0)?.(answer)
    }
  })
  const send = (message: object) => child.stdin?.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const call = (method: string, params: object): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const id = ++last
      const late = setTimeout(() => reject(new Error(`no answer to ${method} within ${longest} ms`)), longest)
      waiting.set(id, (answer) => {
        clearTimeout(late)
        waiting.delete(id)
        if (answer.error === undefined) resolve(answer)
        else reject(new Error(answer.error.message))
      })
      send({ id, method, params })
    })
  return { call, send }
}

/** Starts the peer on a kubeconfig. A text says why it is not measured: it cannot be had, or does not get on with the server. */
export const startPeer = async (kubeconfig: string): Promise<Peer | string> => {
  let child: ChildProcess | undefined
  try {
    const args = ['--kubeconfig', kubeconfig, '--read-only']
    child = spawn(await binary(), args, { stdio: ['pipe', 'pipe', 'ignore'] })
    const { pid } = child
    const { call, send } = caller(child)
    await call('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'bench', version: '1' },
    })
    send({ method: 'notifications/initialized' })
    const check = async () => {
      const began = performance.now()
      const answer = await call('prompts/get', { name: 'cluster-health-check', arguments: {} })
      if (!/Pods/.test(JSON.stringify(answer.result))) throw new Error('its health check shows no pods')
      return performance.now() - began
    }
    const started = child
    return {
      check,
      peak: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
      stop: () => void started.kill(),
    }
  } catch (error) {
    child?.kill()
    return error instanceof Error ? error.message : String(error)
  }
}
