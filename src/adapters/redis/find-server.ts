import { spawnSync } from 'node:child_process'

/** The path of a Redis-speaking server on this machine, or undefined. */
export const findServer = (): string | undefined => onPath('redis-server') ?? onPath('valkey-server')

/** One line that says how to get a Redis on this machine. */
export const howToGetRedis = (): string =>
  process.platform === 'darwin'
    ? 'no Redis found: run `brew install redis`, or set REDIS_URL'
    : 'no Redis found: run `sudo apt-get install -y redis-server` (dnf and apk: `redis`), or set REDIS_URL'

/**
 * Installs a Redis with the system's package manager where that needs no password, having said so through `say`.
 * Returns whether a server is there afterwards. At most five minutes for each step.
 */
export const installServer = (say: (line: string) => void): boolean => {
  const root = process.getuid?.() === 0
  const sudo = root || runs(['sudo', '-n', 'true'], 10_000)
  for (const { manager, commands } of managers) {
    const asUser = manager === 'brew'
    if (onPath(manager) === undefined || (!asUser && !sudo)) continue
    say(`no Redis found; installing it with ${manager}`)
    for (const command of commands) runs(asUser || root ? command : ['sudo', '-n', ...command], 300_000)
    if (findServer() !== undefined) return true
  }
  return false
}

const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', '-y', '-qq', '--no-install-recommends']

const managers: readonly { readonly manager: string; readonly commands: readonly (readonly string[])[] }[] = [
  {
    manager: 'apt-get',
    commands: [
      ['apt-get', 'update', '-qq'],
      [...apt, 'redis-server'],
    ],
  },
  {
    manager: 'dnf',
    commands: [
      ['dnf', 'install', '-y', '-q', 'redis'],
      ['dnf', 'install', '-y', '-q', 'valkey'],
    ],
  },
  { manager: 'apk', commands: [['apk', 'add', '--quiet', 'redis']] },
  { manager: 'brew', commands: [['brew', 'install', '--quiet', 'redis']] },
]

const runs = (command: readonly string[], timeout: number): boolean => {
  const [file = '', ...args] = command
  return spawnSync(file, args, { stdio: 'ignore', timeout }).status === 0
}

/** Servers often live in sbin folders that a person's PATH does not have. */
const onPath = (name: string): string | undefined => {
  const script = `PATH="$PATH:/usr/bin:/usr/sbin:/usr/local/bin:/opt/homebrew/bin" command -v ${name}`
  const found = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8', timeout: 5_000 })
  return found.status === 0 ? found.stdout.trim() || undefined : undefined
}
