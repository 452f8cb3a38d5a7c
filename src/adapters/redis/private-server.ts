import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from '../../domain/canonical.ts'
import { StoreUnavailable } from '../../ports.ts'

/** A Redis of our own on a unix socket. `stop` ends it only where this process started it. */
export type PrivateServer = { readonly socket: string; stop(): Promise<void> }

/**
 * Starts `binary` on a unix socket below `dir`, or joins the one that another of our processes already runs there.
 * Lasting servers write an append-only file; throw-away ones write nothing and `dir` is removed at the end.
 * The server ends when this process does, however that ends. Throws StoreUnavailable when it is not up in 20 s.
 */
export const startPrivateServer = async (binary: string, dir: string, lasting: boolean): Promise<PrivateServer> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const socket = socketPath(dir)
  if (lasting && (await answers(socket))) return { socket, stop: async () => undefined }
  const child = spawn(
    '/bin/sh',
    ['-c', script, 'redis', lasting ? '' : dir, binary, ...serverArgs(dir, socket, lasting)],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
      detached: true,
    },
  )
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.length < 20 && errors.push(chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    // It must keep the process alive now, until the last write is on disk.
    child.ref()
    child.stdin.end()
    const patience = new AbortController()
    await Promise.race([ended, sleep(5_000, undefined, { signal: patience.signal }).catch(() => undefined)])
    patience.abort()
  }
  const deadline = Date.now() + 20_000
  while (!(await answers(socket))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop()
      throw new StoreUnavailable(`the private redis did not start: ${errors.join('').trim() || 'it said nothing'}`)
    }
    await sleep(5)
  }
  child.unref()
  ;(child.stderr as unknown as { unref?: () => void }).unref?.()
  ;(child.stdin as unknown as { unref?: () => void }).unref?.()
  return { socket, stop }
}

/**
 * The shell waits on our end of a pipe, which closes when this process ends for whatever reason, and then ends the server;
 * a server of a killed parent would otherwise stay for ever.
 */
const script =
  'trap "" INT; gone=$1; shift; "$@" & pid=$!; cat >/dev/null; kill -TERM $pid 2>/dev/null; wait $pid; test -z "$gone" || rm -rf "$gone"'

const serverArgs = (dir: string, socket: string, lasting: boolean): readonly string[] => [
  ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', dir, '--daemonize', 'no'],
  ...['--save', '', '--maxmemory-policy', 'noeviction', '--loglevel', 'warning', '--logfile', join(dir, 'redis.log')],
  ...(lasting ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no']),
]

/** A socket's path may have at most about 100 bytes, so a deep folder gets one in the temporary folder instead. */
const socketPath = (dir: string): string => {
  const near = join(dir, 'redis.sock')
  if (Buffer.byteLength(near) < 100) return near
  const far = join(tmpdir(), `doctor-${sha256(dir).slice(0, 16)}`)
  mkdirSync(far, { recursive: true, mode: 0o700 })
  return join(far, 'redis.sock')
}

const answers = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = connect(socket)
    const done = (yes: boolean) => {
      connection.destroy()
      resolve(yes)
    }
    connection.setTimeout(1_000, () => done(false))
    connection.once('error', () => done(false))
    connection.once('connect', () => connection.write('PING\r\n'))
    connection.once('data', (data) => done(data.toString('latin1').startsWith('+PONG')))
  })
